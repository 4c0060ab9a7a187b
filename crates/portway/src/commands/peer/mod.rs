//! `portway peer`: who may connect.

mod add;
mod change;
mod invite;
pub(super) mod json;
mod list;
mod place;
mod redeem;
mod watch;

use clap::{Args, Subcommand};
use ipnet::IpNet;
use portway_gateway::{PublicKey, fleet::PeerName};

use crate::arguments::{ControlArguments, DataArguments, Expiry, GridArguments};
use change::Service;

const EXAMPLES: &str = "\
Examples:
  portway peer add laptop > laptop.conf
  portway peer list
  portway peer remove laptop";

const ADD_EXAMPLES: &str = "\
Examples:
  # A new peer; the configuration with its private key is shown this once
  portway peer add laptop > laptop.conf

  # A phone scans the code, and is out again tomorrow
  portway peer add phone --qr --expires 24h

  # A branch office with a network behind it, that made its own key
  portway peer add office --public-key KEY --allowed-ip 192.168.7.0/24 --keepalive 25";

const LIST_EXAMPLES: &str = "\
Examples:
  portway peer list
  portway peer list --json

JSON: {\"peers\": [PEER, ...], \"refused\": [{\"key\", \"reason\"}, ...]}; a PEER has name, public_key,
prefixes, keepalive, enabled, expires, state (enabled, disabled, expired), source (grid, or interface
for what `wg` gave to the interface of this gateway), preshared_key (whether it has one) and session: null, or an object with gateway, endpoint, last_handshake,
receiver_index, sent_bytes and received_bytes. Times are UTC, as in 2030-01-31T12:00:00Z, or null.";

const SHOW_EXAMPLES: &str = "\
Examples:
  portway peer show laptop
  portway peer show laptop --json";

const INVITE_EXAMPLES: &str = "\
Examples:
  # A token that is good for a day
  portway peer invite laptop

  portway peer invite phone --expires 30m --json

JSON: {\"name\", \"token\", \"expires\"}; the time is UTC, as in 2030-01-31T12:00:00Z.";

const REDEEM_EXAMPLES: &str = "\
Examples:
  portway peer redeem - --control grpcs://vpn.example.com:51821 < token > me.conf

JSON: {\"name\", \"public_key\", \"addresses\", \"configuration\"}.";

const WATCH_EXAMPLES: &str = "\
Examples:
  portway peer watch
  portway peer watch --json

JSON: an object a line. The first is {\"event\": \"ready\", \"gateway\"}: from then on everything is told; {\"event\": \"lost\",
\"count\"} says how many changes went by because they were not read in time. The others are the events of
`portway up --events`, which docs/control.md lists: peer.added, peer.changed, peer.removed, peer.expired,
session.handshake, session.roamed.";

const REMOVE_EXAMPLES: &str = "\
Examples:
  portway peer remove laptop";

const ENABLE_EXAMPLES: &str = "\
Examples:
  portway peer enable laptop";

const DISABLE_EXAMPLES: &str = "\
Examples:
  portway peer disable laptop";

/// Let peers in, show them, cut them off
///
/// Goes through the gateway of the data directory (or --control), or straight to the grid (--grid); every
/// running gateway of the fleet follows at once.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PeerArguments {
    #[command(subcommand)]
    pub(crate) command: PeerCommand,
}

/// What to do with peers.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PeerCommand {
    Add(AddArguments),
    List(ListArguments),
    Show(ShowArguments),
    Remove(RemoveArguments),
    Enable(EnableArguments),
    Disable(DisableArguments),
    Invite(InviteArguments),
    Redeem(RedeemArguments),
    Watch(WatchArguments),
}

/// Let a peer in, and print the configuration for its side
///
/// Makes its keys, claims an address in the tunnel and prints a wg-quick configuration on stdout.
/// The private key is shown this once and stored nowhere.
#[derive(Args, Clone, Debug)]
#[command(after_help = ADD_EXAMPLES)]
pub(crate) struct AddArguments {
    /// Name of the peer, for people
    pub(crate) name: PeerName,

    /// A further prefix behind the peer, which the gateway routes to it (may be repeated)
    #[arg(long, value_name = "PREFIX", value_delimiter = ',')]
    pub(crate) allowed_ip: Vec<IpNet>,

    /// Take the prefixes of --allowed-ip away from the peer that has them
    #[arg(long)]
    pub(crate) steal: bool,

    /// Seconds between keepalives; for a peer behind NAT that must be reachable, 25
    #[arg(long, value_name = "SECONDS")]
    pub(crate) keepalive: Option<u16>,

    /// Add a symmetric key, against an attacker with a quantum computer one day
    #[arg(long)]
    pub(crate) preshared_key: bool,

    /// Cut the peer off then: a time from now (24h, 7d) or a UTC time (2030-01-31T12:00:00Z)
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<Expiry>,

    /// The peer's own public key, in base64; no private key is made
    #[arg(long, value_name = "KEY", conflicts_with = "qr")]
    pub(crate) public_key: Option<PublicKey>,

    /// Print the configuration as a QR code
    #[arg(long, conflicts_with = "json")]
    pub(crate) qr: bool,

    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

/// List all peers, and where they come from
#[derive(Args, Clone, Debug)]
#[command(after_help = LIST_EXAMPLES)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

/// Show one peer
#[derive(Args, Clone, Debug)]
#[command(after_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    pub(crate) peer: PeerSelector,
}

/// Remove a peer and give its address back
#[derive(Args, Clone, Debug)]
#[command(after_help = REMOVE_EXAMPLES)]
pub(crate) struct RemoveArguments {
    #[command(flatten)]
    pub(crate) peer: PeerSelector,
}

/// Let a disabled peer in again
#[derive(Args, Clone, Debug)]
#[command(after_help = ENABLE_EXAMPLES)]
pub(crate) struct EnableArguments {
    #[command(flatten)]
    pub(crate) peer: PeerSelector,
}

/// Cut a peer off without forgetting it
#[derive(Args, Clone, Debug)]
#[command(after_help = DISABLE_EXAMPLES)]
pub(crate) struct DisableArguments {
    #[command(flatten)]
    pub(crate) peer: PeerSelector,
}

/// Make a one-time token with which somebody becomes a peer himself
///
/// Prints the token on stdout, this once: the grid keeps its hash. The first who redeems it, before it
/// expires, is let in under the name; an enrolment function does that for people.
#[derive(Args, Clone, Debug)]
#[command(after_help = INVITE_EXAMPLES)]
pub(crate) struct InviteArguments {
    /// Name of the peer, for people
    pub(crate) name: PeerName,

    /// Until when the token is good: a time from now (24h, 7d) or a UTC time (2030-01-31T12:00:00Z)
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub(crate) expires: Expiry,

    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

/// Become a peer with the token of an invitation
///
/// Makes a key pair, sends its public half with the token, and prints a wg-quick configuration on
/// stdout. A token for --control with the role enrol is enough.
#[derive(Args, Clone, Debug)]
#[command(after_help = REDEEM_EXAMPLES)]
pub(crate) struct RedeemArguments {
    /// The token, or - to read it from stdin, where no other user of this machine sees it
    pub(crate) token: String,

    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

/// Show what becomes of peers and sessions, as it happens
///
/// Goes on until SIGTERM or SIGINT. Asks a gateway: that of the data directory, or --control.
#[derive(Args, Clone, Debug)]
#[command(after_help = WATCH_EXAMPLES)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

/// Selects one peer.
#[derive(Args, Clone, Debug)]
pub(crate) struct PeerSelector {
    /// Name of the peer, or its public key in base64
    #[arg(value_name = "NAME|KEY")]
    pub(crate) peer: String,

    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

/// What every one of them takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct CommonArguments {
    /// Write JSON on stdout
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) data: DataArguments,

    #[command(flatten)]
    pub(crate) control: ControlArguments,

    #[command(flatten)]
    pub(crate) grid: GridArguments,
}

/// Changes or shows peers.
///
/// # Errors
///
/// Fails when neither gateway nor grid answers, or it refuses.
pub(crate) async fn run(arguments: PeerArguments) -> anyhow::Result<()> {
    match arguments.command {
        PeerCommand::Add(arguments) => add::run(arguments).await,
        PeerCommand::List(arguments) => list::run(&arguments).await,
        PeerCommand::Show(arguments) => list::show(&arguments.peer).await,
        PeerCommand::Remove(arguments) => change::remove(&arguments.peer).await,
        PeerCommand::Invite(arguments) => invite::run(&arguments).await,
        PeerCommand::Redeem(arguments) => redeem::run(&arguments).await,
        PeerCommand::Watch(arguments) => watch::run(&arguments).await,
        PeerCommand::Enable(arguments) => {
            change::set_service(&arguments.peer, Service::Enable).await
        }
        PeerCommand::Disable(arguments) => {
            change::set_service(&arguments.peer, Service::Disable).await
        }
    }
}
