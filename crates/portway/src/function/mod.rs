//! Packages of Rust programs for platforms that run functions, and what belongs to making them.

mod addon;
mod archive;
mod build;
mod cargo;
pub(crate) mod deployment;
mod description;
mod executable;
mod genezio;
mod hosting;
mod invocation;
mod layout;
mod module;
mod new;
mod platform;
mod template;
mod typescript;

pub(crate) use build::{BuildOptions, Order, Package, build, write_clients};
pub(crate) use cargo::{Program, Services, Tools, compile_here};
pub(crate) use deployment::{Cli, DeployOptions};
pub(crate) use hosting::emulate;
pub(crate) use invocation::{Call, Outcome, Target, invoke};
pub(crate) use new::create;
pub(crate) use platform::{Architecture, Platform};
pub(crate) use template::Template;
