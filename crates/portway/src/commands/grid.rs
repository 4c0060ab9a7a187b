//! `portway grid`: a grid of its own.

use std::path::PathBuf;

use clap::Args;

use crate::{
    arguments::{CredentialArguments, GridListener, ServiceArguments},
    failure::Advised,
};

const EXAMPLES: &str = "\
Examples:
  # A grid for tests, in memory; any Ignite thin client can use it
  portway grid

  # A durable grid with a password
  PORTWAY_GRID_PASSWORD=secret portway grid --data ./grid --grid-user ignite

  # On a Unix socket, at a port that the system chooses as well
  portway grid --listen unix:/tmp/grid.sock --listen 127.0.0.1:0";

/// Start a stand-alone grid
///
/// Speaks the thin client protocol of Apache Ignite, without a JVM. Without --data everything is
/// kept in memory and gone at the end. Runs until SIGTERM or SIGINT.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GridServerArguments {
    /// Where to listen: ADDR:PORT, `[V6]:PORT` or unix:PATH (may be repeated)
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:10800")]
    pub(crate) listen: Vec<GridListener>,

    /// Keep the data in this folder; what was acknowledged survives a crash
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) credentials: CredentialArguments,

    /// Listen off loopback without TLS
    #[arg(long)]
    pub(crate) insecure: bool,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// Runs a grid until a signal ends it.
///
/// # Errors
///
/// Whatever keeps it from starting.
pub(crate) async fn run(_arguments: GridServerArguments) -> anyhow::Result<()> {
    Err(Advised::failed("`portway grid` is not there yet", "it comes next").into())
}
