//! `portway flows`: who of the peers talks to whom.

mod json;
mod list;
mod protocol;

use std::time::SystemTime;

use clap::Args;
use portway_gateway::fleet::{FlowFilter, Roster};

use super::fleet_access::{self, explain};
use crate::{
    arguments::{DataArguments, GridArguments, TimeSpan},
    failure::Advised,
};

const EXAMPLES: &str = "\
Examples:
  # Conversations of the last hour, the latest first
  portway flows

  # Which services took or gave the most bytes today
  portway flows --top --since 24h

  # All of one peer, for a program
  portway flows --peer laptop --limit 1000 --json

JSON: {\"flows\": [FLOW, ...]}; a FLOW has peer (its name, null where it is gone), public_key, gateway, protocol (the IP
protocol number), inner and remote (ADDRESS:PORT), received_packets, received_bytes, sent_packets, sent_bytes,
first_seen and last_seen (UTC). With --top: {\"sums\": [SUM, ...]}; a SUM has peer, public_key, protocol, remote_address,
service_port and the four counts. Received came from the peer, sent went to it.";

/// Show who talks to whom
///
/// Gateways count the packets of their peers by conversation and write them into the grid every few
/// seconds (`portway up --flow-interval`). This reads them there, from all gateways of the fleet.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FlowsArguments {
    /// Only the conversations of this peer: its name, or its public key in base64
    #[arg(long, value_name = "NAME|KEY")]
    pub(crate) peer: Option<String>,

    /// Sum up by peer and service, those with the most bytes first
    #[arg(long)]
    pub(crate) top: bool,

    /// How far to look back
    #[arg(long, value_name = "TIME", default_value = "1h")]
    pub(crate) since: TimeSpan,

    /// How many lines to show at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) limit: u32,

    /// Write JSON on stdout
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) data: DataArguments,

    #[command(flatten)]
    pub(crate) grid: GridArguments,
}

/// Shows conversations.
///
/// # Errors
///
/// Fails when the grid does not answer or has no table of conversations, and when there is no such peer.
pub(crate) async fn run(arguments: &FlowsArguments) -> anyhow::Result<()> {
    let fleet = fleet_access::open(&arguments.data, &arguments.grid).await?;
    let roster = fleet.roster().await;
    let roster = roster.map_err(explain("cannot read the peers"))?;
    let filter = filter(arguments, &roster)?;
    let log = fleet.flows().await;
    let log = log.map_err(explain("cannot look for conversations"))?;
    let Some(log) = log else {
        let hint =
            "no gateway has written any: `portway up` does, unless it is started with --no-flows";
        return Err(Advised::failed("the grid has no table of conversations", hint).into());
    };
    let unread = "cannot read the conversations";
    if arguments.top {
        let sums = log.top(&filter).await.map_err(explain(unread))?;
        return list::show_sums(&sums, &roster, arguments.json);
    }
    let flows = log.recent(&filter).await.map_err(explain(unread))?;
    list::show_flows(&flows, &roster, arguments.json)
}

fn filter(arguments: &FlowsArguments, roster: &Roster) -> anyhow::Result<FlowFilter> {
    let peer = match &arguments.peer {
        Some(peer) => {
            let what = format!("cannot show the conversations of {peer}");
            Some(roster.find(peer).map_err(explain(what))?.public_key)
        }
        None => None,
    };
    let now = SystemTime::now();
    let since = now.checked_sub(arguments.since.0);
    Ok(FlowFilter {
        since: since.unwrap_or(SystemTime::UNIX_EPOCH),
        peer,
        limit: arguments.limit,
    })
}
