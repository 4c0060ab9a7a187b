//! Logs on stderr, coloured only on a terminal.

use clap::{ArgAction, Args};
use tracing_subscriber::EnvFilter;

use crate::{
    failure::{Advise as _, Advised},
    live,
    output::is_coloured,
};

/// How much is logged.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Logging")]
pub(crate) struct LoggingArguments {
    /// Log more: -v what happens, -vv why, -vvv each packet
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Log by module, such as `info,portway_gateway=debug`; takes the place of -v
    #[arg(long, global = true, value_name = "FILTER", env = "PORTWAY_LOG")]
    pub(crate) log: Option<String>,
}

/// Starts logging to stderr.
///
/// # Errors
///
/// Fails when the filter cannot be read.
pub(crate) fn start(arguments: &LoggingArguments) -> anyhow::Result<()> {
    let colours = is_coloured(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter(arguments)?)
        .with_writer(|| live::Above)
        .with_ansi(colours)
        // A program in the background outlives the reader of its stderr.
        .log_internal_errors(false)
        .init();
    Ok(())
}

fn filter(arguments: &LoggingArguments) -> anyhow::Result<EnvFilter> {
    let text = arguments.log.as_deref().unwrap_or(match arguments.verbose {
        0 => level_of_wireguard_go(),
        1 => "info",
        2 => "debug",
        _ => "trace",
    });
    let filter = EnvFilter::try_new(text).advise(
        format_args!("cannot read the log filter {text:?}"),
        "write it like `--log info,portway_gateway=debug`",
    );
    Ok(filter.map_err(Advised::into_wrong_use)?)
}

/// What `LOG_LEVEL` asks for, the variable that wireguard-go reads.
fn level_of_wireguard_go() -> &'static str {
    match std::env::var("LOG_LEVEL").as_deref() {
        Ok("verbose" | "debug") => "debug",
        Ok("error") => "error",
        Ok("silent") => "off",
        _ => "warn",
    }
}
