//! `portway wireguard`: a drop-in for wireguard-go, without a grid.

mod background;

use std::{path::Path, sync::Arc};

use clap::Args;
use portway_gateway::{
    DataPath, DataPathConfiguration, DataPathError, DataPathHandle, Inner, ListenAddress,
    PeerEvent, SOCKET_DIRECTORY, TunConfiguration, UapiServer,
};
use tokio::sync::mpsc;

use crate::{
    arguments::{ServiceArguments, interface_name},
    failure::Advise as _,
    logging::LoggingArguments,
    metrics::{Metrics, register_data_path},
    ready::{Ready, ReadyKey},
    shutdown::{self, Shutdown},
};

/// With the value 1 it keeps wireguard-go in the foreground, and so us.
const FOREGROUND_VARIABLE: &str = "WG_PROCESS_FOREGROUND";

const EXAMPLES: &str = "\
Examples:
  # An interface for `wg` and `ip`, as wireguard-go would make it
  portway wireguard wg0

  # Let wg-quick use it
  ln -s \"$(command -v portway)\" /usr/local/bin/portway-wireguard
  WG_QUICK_USERSPACE_IMPLEMENTATION=portway-wireguard wg-quick up wg0

  # In the foreground, for a supervisor
  portway wireguard --foreground wg0";

/// Run one plain WireGuard interface, for `wg` and `wg-quick`
///
/// Makes a TUN interface and its control socket, goes to the background when both are there, and
/// ends when one of them is removed. Under a name such as portway-wireguard (a symbolic link) the
/// program needs no subcommand, as wg-quick wants it.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WireguardArguments {
    /// Stay in the foreground; WG_PROCESS_FOREGROUND=1 asks for the same
    #[arg(short, long)]
    pub(crate) foreground: bool,

    /// Name of the interface
    #[arg(value_name = "NAME", value_parser = interface_name)]
    pub(crate) interface: String,

    /// Serve as the process in the background; its parent waits for the ready line
    #[arg(long, hide = true)]
    pub(crate) detached: bool,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// Runs the interface until a signal, or the end of its socket or interface, ends it; in the
/// background unless it was told otherwise.
///
/// # Errors
///
/// Whatever keeps it from starting.
pub(crate) fn run(
    arguments: &WireguardArguments,
    logging: &LoggingArguments,
) -> anyhow::Result<()> {
    let variable = std::env::var_os(FOREGROUND_VARIABLE);
    if arguments.detached {
        background::leave_the_session();
    } else if !arguments.foreground && variable.is_none_or(|value| value != "1") {
        return background::start(arguments, logging);
    }
    super::block_on(serve(arguments))
}

/// Serves the interface in this process.
async fn serve(arguments: &WireguardArguments) -> anyhow::Result<()> {
    let mut shutdown = Shutdown::listen()?;
    let interface = &arguments.interface;
    let (path, mut events) = start_data_path(interface)?;
    let socket = Path::new(SOCKET_DIRECTORY).join(format!("{interface}.sock"));
    let mut control = UapiServer::start(&socket, Arc::new(path.clone())).advise(
        format_args!("cannot serve `wg` for {interface}"),
        "only root can listen there; if another program has the socket, stop it",
    )?;
    let metrics = metrics_of(&path).serve(arguments.service.metrics).await?;
    Ready::default()
        .with(ReadyKey::Interface, interface)
        .with(ReadyKey::Socket, socket.display())
        .with(ReadyKey::Metrics, metrics.address())
        .announce(&arguments.service)?;
    let end = loop {
        tokio::select! {
            () = shutdown.requested() => break None,
            () = control.removed() => break None,
            end = path.ended() => break Some(end),
            Some(event) = events.recv() => tracing::debug!(?event, "a peer"),
        }
    };
    drop(control);
    path.stop();
    shutdown::finish(async { drop(path.ended().await) }).await;
    match end {
        None | Some(DataPathError::Stopped | DataPathError::InterfaceRemoved(_)) => Ok(()),
        Some(error) => Err(error.into()),
    }
}

fn start_data_path(interface: &str) -> anyhow::Result<(DataPathHandle, mpsc::Receiver<PeerEvent>)> {
    // As wireguard-go does, addresses, MTU and the state of the link are left to others.
    let inner = Inner::Tun(TunConfiguration::new(interface));
    let outer = DataPathConfiguration::new(ListenAddress::Any(0));
    let started = DataPath::start(outer, inner).advise(
        format_args!("cannot start {interface}"),
        "it needs root or CAP_NET_ADMIN, /dev/net/tun, and a name that is not taken; \
         `portway doctor` checks the first two",
    )?;
    Ok(started)
}

fn metrics_of(path: &DataPathHandle) -> Metrics {
    let mut metrics = Metrics::new();
    register_data_path(&mut metrics, path);
    metrics
}
