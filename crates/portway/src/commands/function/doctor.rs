//! `portway function doctor`: what this machine has for making and trying packages.

use std::process::Command;

use clap::Args;

use crate::{
    commands::doctor::{check::Check, conclude},
    function::{
        Architecture, Cli, Platform, Tools,
        deployment::{self, Access},
    },
};

const EXAMPLES: &str = "\
Examples:
  portway function doctor
  portway function doctor --json";

/// Check what this machine has for making packages
///
/// Tool chain, targets with their linkers, Node, and the platforms' command lines with their logins; each with the command that mends it.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs every check.
///
/// # Errors
///
/// If an essential one did not pass.
pub(crate) fn run(arguments: &DoctorArguments) -> anyhow::Result<()> {
    let mut checks = vec![
        cargo(),
        target("x86_64 packages", Architecture::X86_64),
        target("arm64 packages", Architecture::Arm64),
        node(),
    ];
    checks.extend(deployment::platforms().into_iter().filter_map(command_line));
    conclude(checks, arguments.json)
}

fn cargo() -> Check {
    match version("cargo") {
        Some(version) => Check::ok("cargo", version),
        None => Check::fail("cargo", "not found", "install Rust: https://rustup.rs"),
    }
}

/// Packages for another processor are not essential.
fn target(name: &'static str, architecture: Architecture) -> Check {
    let essential = Architecture::here() == Some(architecture);
    match Tools::find(architecture) {
        Ok(tools) => Check::ok(name, tools.description()),
        Err(error) if essential => Check::fail(name, error, hint(architecture)),
        Err(error) => Check::warn(name, error, hint(architecture)),
    }
}

fn hint(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86_64 => {
            "rustup target add x86_64-unknown-linux-gnu; apt install gcc libc6-dev (on another processor: gcc-x86-64-linux-gnu)"
        }
        Architecture::Arm64 => {
            "rustup target add aarch64-unknown-linux-gnu; apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
        }
    }
}

/// Node is only needed to try packages here.
fn node() -> Check {
    const NAME: &str = "node";
    match version("node") {
        Some(version) if is_too_old(&version) => Check::warn(
            NAME,
            format!("{version}: packages need 20.16 or newer"),
            "install Node 22 or newer: https://nodejs.org",
        ),
        Some(version) => Check::ok(NAME, take_over(&version)),
        None => Check::warn(
            NAME,
            "not found: packages cannot be tried here",
            "install Node 20 or newer: https://nodejs.org",
        ),
    }
}

/// Only `deploy` needs them.
fn command_line(platform: Platform) -> Option<Check> {
    let cli = Cli::of(platform).ok()?;
    Some(match cli.access() {
        Access::LoggedIn => Check::ok(cli.program, "installed and logged in"),
        Access::LoggedOut => Check::warn(cli.program, "nobody is logged in", cli.log_in),
        Access::Missing => Check::warn(cli.program, "not found", cli.install),
    })
}

/// How a program takes Node's place in this version: `process.execve` is in 22.15, 23.11 and all later ones.
fn take_over(version: &str) -> String {
    let (major, minor) = numbers(version);
    let has_execve = match major {
        22 => minor >= 15,
        23 => minor >= 11,
        _ => major > 23,
    };
    let way = if has_execve {
        "process.execve"
    } else {
        "the add-on"
    };
    format!("{version}: programs take its place by {way}")
}

/// Modules of packages ask for `process.getBuiltinModule`, which is in 20.16, 22.3 and all later ones.
fn is_too_old(version: &str) -> bool {
    match numbers(version) {
        (20, minor) => minor < 16,
        (22, minor) => minor < 3,
        (major, _) => major < 22,
    }
}

/// Major and minor version; zeros if it has none.
fn numbers(version: &str) -> (u32, u32) {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor),
        _ => (0, 0),
    }
}

/// What a program says of its version.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{is_too_old, take_over};

    #[test]
    fn the_way_into_nodes_place_goes_by_its_version() {
        for version in ["v22.15.0", "v23.11.1", "v24.0.0", "v30.1.2"] {
            assert!(take_over(version).ends_with("process.execve"), "{version}");
        }
        for version in ["v20.20.2", "v22.14.9", "v23.10.0", "unknown"] {
            assert!(take_over(version).ends_with("the add-on"), "{version}");
        }
    }

    #[test]
    fn a_node_that_packages_do_not_run_in_is_told() {
        for version in ["v18.20.0", "v20.15.1", "v21.7.3", "v22.2.0", "unknown"] {
            assert!(is_too_old(version), "{version}");
        }
        for version in ["v20.16.0", "v22.3.0", "v23.0.0", "v30.1.2"] {
            assert!(!is_too_old(version), "{version}");
        }
    }
}
