//! `portway up`: a gateway.

mod control;
mod control_tls;
mod events;
mod flows;
mod folder;
mod gateway;
mod grid_side;
mod inner;
mod membership;
mod plan;
mod routes;
mod status_line;
mod telling;
mod welcome;

use std::net::{IpAddr, SocketAddr};

use clap::Args;
use ipnet::IpNet;
use portway_gateway::HostPort;

use crate::{
    arguments::{
        ControlServerArguments, DataArguments, ExitPolicy, GridArguments, InnerSide, OuterSide,
        Publish, ServiceArguments, TimeSpan,
    },
    output::remark,
    shutdown::{self, Shutdown},
};
pub(super) use control::CONTROL_SOCKET;
use events::EventsAddress;
pub(super) use folder::usable;
use gateway::Gateway;
use plan::Plan;

const EXAMPLES: &str = "\
Examples:
  # A gateway on this machine: no root, no configuration file
  portway up

  # Reachable from outside, with one service published at the tunnel address
  portway up --listen 0.0.0.0:51820 --endpoint vpn.example.com:51820 --publish 80=127.0.0.1:8080

  # Packets go to a TUN interface (needs CAP_NET_ADMIN)
  portway up --inner tun:wg0

  # Past the kernel on both sides: clients dial eth0, the network behind is on eth1 (needs root)
  portway up --listen 192.0.2.1:51820 --outer xdp:eth0 --inner xdp:eth1

  # Controlled from elsewhere: whoever has the token may look, and change nothing
  portway up --control-listen 0.0.0.0:51821 --control-token read=read.token

  # The same gateway on an Apache Ignite cluster
  portway up --grid 10.0.0.1:10800,10.0.0.2:10800";

/// Start a gateway
///
/// Makes its key at the first start, starts a grid inside the process (unless --grid names
/// another), follows the peers in it and serves them until SIGTERM or SIGINT. Tells on stdout, in
/// one line, when it is ready.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UpArguments {
    /// Address of WireGuard's UDP socket; short for --outer udp:ADDR:PORT
    /// [default: 127.0.0.1:51820]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,

    /// Outer side: udp:ADDR:PORT, or `xdp:INTERFACE[:QUEUES]` beside --listen, which then names what AF_XDP takes off the
    /// interface
    #[arg(long, value_name = "SIDE")]
    pub(crate) outer: Option<OuterSide>,

    /// Inner side: `exit` leaves through ordinary sockets without root, tun:NAME is an interface,
    /// `xdp:INTERFACE[:QUEUES]` routes between peers and the network behind that interface
    #[arg(long, value_name = "SIDE", default_value = "exit")]
    pub(crate) inner: InnerSide,

    /// Networks of the tunnel, one IPv4 and one IPv6; the gateway has the first address of each
    /// [default: 10.77.0.0/16 and a unique local IPv6 network]
    #[arg(long, value_name = "PREFIX", value_delimiter = ',')]
    pub(crate) network: Vec<IpNet>,

    /// What clients dial, told to them as it is [default: the listen address]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) endpoint: Option<HostPort>,

    /// Name servers that peers are told when they enrol by an invitation (may be repeated)
    #[arg(long, value_name = "ADDR", value_delimiter = ',')]
    pub(crate) peer_dns: Vec<IpAddr>,

    /// Offer a TCP service of this host at the gateway's tunnel address (may be repeated)
    #[arg(long, value_name = "PORT=HOST:PORT")]
    pub(crate) publish: Vec<Publish>,

    /// What the user-space exit lets peers reach
    #[arg(long, value_name = "POLICY", value_enum, default_value_t)]
    pub(crate) exit: ExitPolicy,

    #[command(flatten)]
    pub(crate) data: DataArguments,

    /// Keep everything in a private temporary folder that is gone at the end
    #[arg(long, conflicts_with = "data")]
    pub(crate) ephemeral: bool,

    #[command(flatten)]
    pub(crate) grid: GridArguments,

    /// Serve the embedded grid on TCP too; asks for --grid-user and its password
    ///
    /// Inside TLS with --grid-cert and --grid-key; with --grid-ca clients show certificates, too.
    #[arg(
        long,
        value_name = "ADDR:PORT",
        help_heading = "Grid",
        requires = "grid_user",
        conflicts_with = "grid"
    )]
    pub(crate) grid_listen: Option<SocketAddr>,

    /// Let --grid-listen leave loopback without TLS
    #[arg(long, help_heading = "Grid")]
    pub(crate) insecure: bool,

    #[command(flatten)]
    pub(crate) control: ControlServerArguments,

    /// Publish what becomes of peers and sessions to NATS, as JSON at portway.events.GATEWAY.KIND
    #[arg(long, value_name = "nats://HOST[:PORT]", help_heading = "Control")]
    pub(crate) events: Option<EventsAddress>,

    #[command(flatten)]
    pub(crate) flows: FlowArguments,

    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

/// What is remembered of conversations.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Flows")]
pub(crate) struct FlowArguments {
    /// How often the conversations of peers are written into the grid, from 1s to 1h; `portway flows` shows them
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(crate) flow_interval: TimeSpan,

    /// How long the grid remembers conversations; what made its table counts
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub(crate) flow_retention: TimeSpan,

    /// Take no note of who talks to whom
    #[arg(long, conflicts_with_all = ["flow_interval", "flow_retention"])]
    pub(crate) no_flows: bool,
}

/// Runs a gateway until a signal ends it.
///
/// # Errors
///
/// Whatever keeps it from starting, and whatever ends it before a signal does.
pub(crate) async fn run(arguments: UpArguments) -> anyhow::Result<()> {
    let mut shutdown = Shutdown::listen()?;
    let plan = Plan::of(&arguments)?;
    let gateway = tokio::select! {
        gateway = Gateway::start(&plan) => gateway?,
        // Nothing has been promised yet, so nothing has to be undone.
        () = shutdown.requested() => return Ok(()),
    };
    gateway.ready().announce(&arguments.service)?;
    remark(&welcome::text(&plan, &gateway));
    let end = tokio::select! {
        () = shutdown.requested() => Ok(()),
        error = gateway.ended() => Err(error),
        () = status_line::show(&gateway) => Ok(()),
    };
    shutdown::finish(gateway.stop()).await;
    end
}
