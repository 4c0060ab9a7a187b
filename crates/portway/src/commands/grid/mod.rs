//! `portway grid`: a grid of its own.

mod limits;
mod recovery_bar;
mod snapshot;
mod telling;

use std::{num::NonZero, path::PathBuf, time::Duration};

use clap::Args;
use limits::LimitArguments;
use portway_grid::{Credentials, Grid, GridConfiguration, Listener, ListenerTls, WalMode};
use recovery_bar::RecoveryBar;
use snapshot::GridCommand;

pub(super) use telling::register_grid;

use crate::{
    arguments::{CredentialArguments, GridListener, GridTlsArguments, ServiceArguments},
    failure::{Advise as _, Advised},
    metrics::Metrics,
    ready::{Ready, ReadyKey},
    shutdown::{self, Shutdown},
};

const EXAMPLES: &str = "\
Examples:
  # A grid for tests, in memory; any Ignite thin client can use it
  portway grid

  # A durable grid whose writes survive a power cut
  portway grid --data ./grid --sync

  # A durable grid with a password
  PORTWAY_GRID_PASSWORD=secret portway grid --data ./grid --grid-user ignite

  # For a network: inside TLS, with users
  portway grid --listen 0.0.0.0:10800 --grid-cert node.pem --grid-key node.key --auth

  # On a Unix socket, at a port that the system chooses as well
  portway grid --listen unix:/tmp/grid.sock --listen 127.0.0.1:0

  # A consistent copy of a durable grid while it runs
  portway grid snapshot monday 127.0.0.1:10800";

/// Start a stand-alone grid
///
/// Speaks the thin client protocol of Apache Ignite, without a JVM. Without --data everything is
/// kept in memory and gone at the end. Runs until SIGTERM or SIGINT.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct GridServerArguments {
    #[command(subcommand)]
    command: Option<GridCommand>,

    /// Where to listen: ADDR:PORT, `[V6]:PORT` or unix:PATH (may be repeated)
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:10800")]
    pub(crate) listen: Vec<GridListener>,

    /// Keep the data in this folder; what was acknowledged survives a crash
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Acknowledge a write when it has reached the disk: it survives a power cut (Ignite's FSYNC)
    ///
    /// Without it a write is acknowledged when the operating system has it, Ignite's LOG_ONLY: it
    /// survives the death of the process, and a power cut may cost about the last second.
    #[arg(long, requires = "data")]
    pub(crate) sync: bool,

    /// Ask every client for a user of the grid; without users it begins with ignite, password ignite
    ///
    /// Users are kept beside the data. --grid-user asks for that one user instead.
    #[arg(long, conflicts_with = "grid_user")]
    pub(crate) auth: bool,

    #[command(flatten)]
    pub(crate) credentials: CredentialArguments,

    #[command(flatten)]
    pub(crate) tls: GridTlsArguments,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// Stay awake for so long for the next request of a client that asks one after the other; 0: sleep at once
    ///
    /// To wake up takes longer than most requests. It is left off while it does not pay, and on a
    /// machine with one processor.
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 50, value_parser = clap::value_parser!(u64).range(..=1000))]
    pub(crate) stay_awake: u64,

    /// Listen off loopback without TLS, or without asking who comes
    #[arg(long)]
    pub(crate) insecure: bool,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// Runs a grid until a signal ends it, or asks one that runs.
///
/// # Errors
///
/// Whatever keeps it from starting.
pub(crate) async fn run(arguments: GridServerArguments) -> anyhow::Result<()> {
    if let Some(GridCommand::Snapshot(arguments)) = &arguments.command {
        return snapshot::run(arguments).await;
    }
    let mut shutdown = Shutdown::listen()?;
    check_listeners(&arguments)?;
    let credentials = arguments.credentials.credentials()?;
    let tls = arguments.tls.listener()?;
    let grid = open(&arguments)?;
    let door = Door { credentials, tls };
    let addresses = serve(&grid, &arguments.listen, &door).await?;
    let mut metrics = Metrics::new();
    register_grid(&mut metrics, &grid);
    let metrics = metrics.serve(arguments.service.metrics).await?;
    let mut ready = Ready::default()
        .with(ReadyKey::Listen, addresses.join(","))
        .with(ReadyKey::Metrics, metrics.address());
    if let Some(data) = &arguments.data {
        ready = ready.with(ReadyKey::Data, std::path::absolute(data)?.display());
    }
    ready.announce(&arguments.service)?;
    shutdown.requested().await;
    shutdown::finish(grid.shutdown()).await;
    Ok(())
}

/// What every listener shows and asks for.
struct Door {
    credentials: Option<(String, String)>,
    tls: Option<ListenerTls>,
}

/// Off loopback whoever is on the way, or comes by, must not read and change everything.
fn check_listeners(arguments: &GridServerArguments) -> Result<(), Advised> {
    let leaves = |listener: &&GridListener| match listener {
        GridListener::Tcp(address) => !address.ip().is_loopback(),
        GridListener::Unix(_) => false,
    };
    let asks = arguments.auth
        || arguments.credentials.grid_user.is_some()
        || arguments.tls.grid_ca.is_some();
    let missing = match (&arguments.tls.grid_cert, asks) {
        (Some(_), true) => return Ok(()),
        (None, _) => "TLS",
        (Some(_), false) => "asking who comes",
    };
    match arguments.listen.iter().find(leaves) {
        Some(GridListener::Tcp(address)) if !arguments.insecure => Err(Advised::wrong_use(
            format_args!("--listen {address} leaves loopback without {missing}"),
            "give --grid-cert and --grid-key, and --auth, --grid-user or --grid-ca; or add \
             --insecure where the network is yours alone",
        )),
        _ => Ok(()),
    }
}

fn open(arguments: &GridServerArguments) -> Result<Grid, Advised> {
    let configuration = match &arguments.data {
        Some(data) if arguments.sync => GridConfiguration::durable(data).wal_mode(WalMode::Fsync),
        Some(data) => GridConfiguration::durable(data),
        None => GridConfiguration::in_memory(),
    };
    let configuration = configuration
        .authentication(arguments.auth)
        .limits(arguments.limits.limits())
        .stay_awake(stay_awake(arguments.stay_awake));
    let bar = RecoveryBar::new();
    Grid::open_with_progress(configuration, |progress| bar.show(progress)).advise(
        "cannot open the grid",
        "name another folder with --data DIR, or none to keep everything in memory",
    )
}

/// Where there is one processor, the client needs it.
fn stay_awake(microseconds: u64) -> Duration {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    match processors {
        1 => Duration::ZERO,
        _ => Duration::from_micros(microseconds),
    }
}

/// Listens everywhere that was asked for, and tells the real addresses.
async fn serve(
    grid: &Grid,
    listeners: &[GridListener],
    door: &Door,
) -> Result<Vec<String>, Advised> {
    let mut addresses = Vec::new();
    for listener in listeners {
        let mut listener = listen(listener).await?;
        if let Some((user, password)) = &door.credentials {
            listener = listener.with_credentials(Credentials::new(user, password));
        }
        if let Some(tls) = &door.tls {
            listener = listener.with_tls(tls.clone());
        }
        addresses.push(listener.address().to_string());
        grid.serve(listener);
    }
    Ok(addresses)
}

async fn listen(listener: &GridListener) -> Result<Listener, Advised> {
    match listener {
        GridListener::Tcp(address) => Listener::bind_tcp(address).await.advise(
            format_args!("cannot listen on {address}"),
            "name a free address of this host with --listen; port 0 lets the system choose",
        ),
        GridListener::Unix(path) => Listener::bind_unix(path).advise(
            format_args!("cannot listen on {}", path.display()),
            "its folder must exist; a socket's path has at most 107 bytes",
        ),
    }
}
