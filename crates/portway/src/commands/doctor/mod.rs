//! `portway doctor`: what this machine can do.

use clap::Args;

use crate::{arguments::DataArguments, failure::Advised};

const EXAMPLES: &str = "\
Examples:
  portway doctor
  portway doctor --json";

/// Check what this machine can do: kernel, privileges, sockets, ports, data directory
///
/// Prints one line for each check and, where it helps, what to do. The exit code is 1 when
/// something essential is missing.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArguments {
    /// Write JSON on stdout
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) data: DataArguments,
}

/// Runs every check.
///
/// # Errors
///
/// Fails when an essential check did not pass.
pub(crate) fn run(_arguments: &DoctorArguments) -> anyhow::Result<()> {
    Err(Advised::failed("`portway doctor` is not there yet", "it comes next").into())
}
