//! `portway net stats`: what a running configuration has counted.

use std::path::PathBuf;

use clap::Args;

use super::{
    control::{self, Request},
    report::Report,
    table,
};
use crate::{failure::Advise as _, output};

const EXAMPLES: &str = "\
Examples:
  # Of the only one that runs
  portway net stats

  # As JSON, of one of several
  portway net stats --control /run/portway/net-4711.sock --json";

/// Tell what a running configuration has counted
///
/// Rates and loads are those since its start. --json has every counter; docs/commands.md names them.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatsArguments {
    /// Socket of the `portway net run` [default: that of the only one of this user]
    #[arg(long, value_name = "PATH")]
    pub(crate) control: Option<PathBuf>,

    /// Write JSON on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// Asks and prints.
///
/// # Errors
///
/// None runs, several do and none was named, or it does not answer.
pub(super) fn run(arguments: &StatsArguments) -> anyhow::Result<()> {
    let path = match &arguments.control {
        Some(path) => path.clone(),
        None => control::find()?,
    };
    let answer = control::ask(&path, &Request::Statistics {})?;
    let report: Report = serde_json::from_value(answer).advise(
        format_args!("the answer of {} is not understood", path.display()),
        "is that process of another version?",
    )?;
    if arguments.json {
        return output::print_json(&report);
    }
    output::print_line(&table::text(&report, None))
}
