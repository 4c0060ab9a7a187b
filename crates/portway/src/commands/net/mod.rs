//! `portway net`: the data plane from a configuration file.

mod check;
mod control;
mod file;
mod metrics;
mod report;
mod run;
mod stats;
mod table;

use std::path::PathBuf;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  # What it would do here, and what is missing
  portway net check echo.jsonc

  # Do it, and look at it from another terminal
  portway net run echo.jsonc
  portway net stats";

const CHECK_EXAMPLES: &str = "\
Examples:
  portway net check echo.jsonc
  portway net check echo.jsonc --json

JSON: {\"ok\": BOOL, \"file\", \"regions\": [{\"name\", \"buffers\", \"buffer_size\", \"pages\"}],
\"ports\": [{\"name\", \"how\", \"region\"}], \"threads\": [{\"name\", \"mode\", \"lports\", \"cores\"}],
\"lacks\" and \"notes\": [{\"names\", \"line\", \"column\", \"problem\", \"remedy\"}],
\"errors\" and \"warnings\": [{\"line\", \"column\", \"key\", \"message\", \"legal\", \"help\"}]}";

/// Move packets between interfaces, as a configuration file says
///
/// The file is JSON with comments, in the form of CNDP's files: regions of memory, ports, threads
/// and what they do.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NetArguments {
    #[command(subcommand)]
    pub(crate) command: NetCommand,
}

/// What to do with a configuration.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum NetCommand {
    Run(run::RunArguments),
    Check(CheckArguments),
    Stats(stats::StatsArguments),
}

/// Say what a configuration would do on this machine, and what the machine lacks for it
///
/// Opens nothing and changes nothing. Each thing that is missing comes with the command that mends
/// it; the exit code is 1 then, and also when the file itself is wrong.
#[derive(Args, Clone, Debug)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct CheckArguments {
    /// The configuration
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Write JSON on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs one subcommand.
///
/// # Errors
///
/// Whatever it could not do.
pub(crate) async fn run(arguments: &NetArguments) -> anyhow::Result<()> {
    match &arguments.command {
        NetCommand::Run(arguments) => run::run(arguments).await,
        NetCommand::Stats(arguments) => stats::run(arguments),
        NetCommand::Check(arguments) => check::run(arguments),
    }
}
