//! Packages of Rust programs for platforms that run functions, and what belongs to making them.

mod addon;
mod archive;
mod build;
mod cargo;
mod description;
mod executable;
mod layout;
mod module;
mod new;
mod platform;
mod typescript;

pub(crate) use build::{BuildOptions, Package, build, write_clients};
pub(crate) use cargo::{Program, Tools, compile_here};
pub(crate) use new::{Template, create};
pub(crate) use platform::{Architecture, Platform};
