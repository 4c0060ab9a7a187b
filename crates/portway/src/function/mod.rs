//! Packages of Rust programs for platforms that run functions, and what belongs to making them.

mod addon;
mod archive;
mod build;
mod cargo;
pub(crate) mod deployment;
mod description;
mod executable;
mod hosting;
mod invocation;
mod layout;
mod module;
mod new;
mod platform;
mod typescript;

pub(crate) use build::{BuildOptions, Package, build, package_path, write_clients};
pub(crate) use cargo::{Program, Tools, compile_here};
pub(crate) use deployment::{Cli, DeployOptions};
pub(crate) use hosting::emulate;
pub(crate) use invocation::{Call, Outcome, Target, invoke};
pub(crate) use new::{Template, create};
pub(crate) use platform::{Architecture, Platform};
