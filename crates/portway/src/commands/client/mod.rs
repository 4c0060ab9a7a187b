//! `portway client`: a WireGuard client without root.

mod forward;
mod ping;
mod session;
mod tunnel;

use std::{net::IpAddr, path::PathBuf};

use clap::Args;

use portway_gateway::Forward;

use crate::{arguments::ServiceArguments, failure::Advised};
use tunnel::Tunnel;

const EXAMPLES: &str = "\
Examples:
  # Is the gateway there?
  portway client laptop.conf --ping 10.77.0.1

  # The same for programs: a JSON object for each reply, and one at the end
  portway client laptop.conf --ping 10.77.0.1 --json

  # A service of the tunnel at a local port, until the client is stopped
  portway client laptop.conf -L 127.0.0.1:8080:10.77.0.1:80

JSON of --ping: {\"event\": \"reply\", \"from\", \"sequence\", \"milliseconds\"} for each reply, then
{\"event\": \"end\", \"sent\", \"received\"}. The ready line of -L tells the local ends, in their order,
as forward=ADDR:PORT[,ADDR:PORT].";

/// Use a tunnel from user space: no root, no interface
///
/// Reads a wg-quick file (addresses, keys, endpoint, prefixes) and pings or forwards through the
/// tunnel.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
#[command(group = clap::ArgGroup::new("task").required(true).multiple(false).args(["ping", "forward"]))]
pub(crate) struct ClientArguments {
    /// The wg-quick file of the tunnel
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Send echo requests to this address and show the replies; without any the exit code is 1
    #[arg(long, value_name = "ADDR")]
    pub(crate) ping: Option<IpAddr>,

    /// How many echo requests
    #[arg(long, value_name = "N", default_value_t = 3, requires = "ping", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) count: u16,

    /// Seconds for all of them together
    #[arg(long, value_name = "SECONDS", default_value_t = 5, requires = "ping", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) timeout: u16,

    /// Forward a local TCP port to an address in the tunnel (may be repeated)
    #[arg(short = 'L', long, value_name = "[BIND:]PORT:HOST:PORT")]
    pub(crate) forward: Vec<Forward>,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

impl ClientArguments {
    const fn json(&self) -> bool {
        self.service.json
    }
}

/// Pings or forwards through a tunnel.
///
/// # Errors
///
/// Fails when the file is wrong, or nothing answers.
pub(crate) async fn run(arguments: ClientArguments) -> anyhow::Result<()> {
    let tunnel = Tunnel::read(&arguments.file).await?;
    let targets = arguments.forward.iter().map(|forward| forward.target.ip());
    for target in targets.chain(arguments.ping) {
        if !tunnel.reaches(target) {
            let message = format!(
                "no AllowedIPs in {} cover {target}",
                arguments.file.display()
            );
            let hint = "name an address of the tunnel, or add its network to AllowedIPs";
            return Err(Advised::failed(message, hint).into());
        }
    }
    match arguments.ping {
        Some(destination) => ping::run(tunnel, destination, &arguments).await,
        None => forward::run(tunnel, &arguments).await,
    }
}
