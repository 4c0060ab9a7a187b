//! `portway wireguard`: a drop-in for wireguard-go, without a grid.

use clap::Args;

use crate::{
    arguments::{ServiceArguments, interface_name},
    failure::Advised,
};

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

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// Runs the interface until a signal, or the end of its socket or interface, ends it.
///
/// # Errors
///
/// Whatever keeps it from starting.
pub(crate) fn run(_arguments: WireguardArguments) -> anyhow::Result<()> {
    Err(Advised::failed("`portway wireguard` is not there yet", "it comes next").into())
}
