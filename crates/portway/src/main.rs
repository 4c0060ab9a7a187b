//! The `portway` command: reads its arguments, runs one subcommand and owns the exit code.

mod arguments;
mod commands;
mod failure;
mod function;
mod live;
mod logging;
mod metrics;
mod output;
mod ready;
mod shutdown;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{arguments::Cli, failure::Outcome};

fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(arguments::from_environment()) {
        Ok(cli) => cli,
        Err(error) => return wrong_use(&error),
    };
    let outcome = logging::start(&cli.logging).and_then(|()| commands::run(cli));
    match Outcome::of(outcome) {
        Outcome::Ok => ExitCode::SUCCESS,
        Outcome::Failed(failure) => failure.report(),
    }
}

/// Prints what clap has to say: the help that was asked for (exit code 0), or what is wrong (2).
fn wrong_use(error: &clap::Error) -> ExitCode {
    // Nothing is left to tell anybody when the terminal is gone.
    let _ = error.print();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
