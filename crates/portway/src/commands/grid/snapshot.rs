//! `portway grid snapshot`: a consistent copy of a grid that runs.

use clap::{Args, Subcommand};
use portway_grid::SNAPSHOT_TASK;

use crate::{
    arguments::{CredentialArguments, DataArguments, GridAddress, GridTlsArguments},
    commands::fleet_access,
    failure::Advise as _,
    output,
};

const EXAMPLES: &str = "\
Examples:
  # Of a grid on this machine; it prints the folder
  portway grid snapshot monday 127.0.0.1:10800

  # Of the grid inside the gateway on this machine
  portway grid snapshot monday

  # To restore it, start a grid on a copy of the folder
  cp -r grid/snapshots/monday restored && portway grid --data restored";

/// What can be done to a grid that runs.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum GridCommand {
    Snapshot(SnapshotArguments),
}

/// Make a consistent copy of a durable grid that runs
///
/// The grid makes it, in the folder snapshots/NAME of its data, and goes on serving meanwhile. It
/// holds all that was acknowledged before. Prints the folder, which is on the grid's machine.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SnapshotArguments {
    /// What to call it: letters, digits, _ and -
    #[arg(value_name = "NAME")]
    name: String,

    /// Addresses of the grid: HOST:PORT, `[V6]:PORT` or unix:PATH, comma-separated
    /// [default: the gateway's own, DATA/grid.sock]
    #[arg(value_name = "ADDR[,ADDR]", value_delimiter = ',')]
    grid: Vec<GridAddress>,

    #[command(flatten)]
    data: DataArguments,

    #[command(flatten)]
    credentials: CredentialArguments,

    #[command(flatten)]
    tls: GridTlsArguments,
}

/// Asks for a snapshot and waits until it is on the disk.
pub(super) async fn run(arguments: &SnapshotArguments) -> anyhow::Result<()> {
    let SnapshotArguments {
        name,
        grid,
        data,
        credentials,
        tls,
    } = arguments;
    let grid = fleet_access::named_or_own(grid, data, credentials, tls)?;
    let client = fleet_access::dial_patiently(&grid).await?;
    let made: Result<String, _> = client.compute().execute(SNAPSHOT_TASK, name).await;
    let folder = made.advise(
        format_args!("no snapshot {name} was made"),
        "the grid is as it was; a node of Apache Ignite makes them with `control.sh --snapshot create`",
    )?;
    output::print_line(&folder)
}
