//! Conversations and their sums, for people or as JSON.

use std::{collections::HashMap, net::SocketAddr, time::SystemTime};

use indicatif::HumanBytes;
use portway_gateway::{
    PublicKey,
    fleet::{FlowEntry, FlowSum, Roster},
};

use super::{
    json::{FlowJson, FlowsJson, SumJson, SumsJson},
    protocol,
};
use crate::{
    commands::moment::ago,
    output::{self, columns},
};

const FLOW_HEADINGS: [&str; 7] = [
    "PEER",
    "PROTOCOL",
    "INNER",
    "REMOTE",
    "RECEIVED",
    "SENT",
    "LAST SEEN",
];
const SUM_HEADINGS: [&str; 6] = ["PEER", "PROTOCOL", "REMOTE", "SERVICE", "RECEIVED", "SENT"];

pub(super) fn show_flows(flows: &[FlowEntry], roster: &Roster, json: bool) -> anyhow::Result<()> {
    let names = Names::of(roster);
    if json {
        let flows = flows
            .iter()
            .map(|flow| FlowJson::new(flow, names.of_peer(&flow.peer)));
        let flows = flows.collect();
        return output::print_json(&FlowsJson { flows });
    }
    let now = SystemTime::now();
    let rows = flows.iter().map(|flow| {
        [
            names.shown(&flow.peer),
            protocol::name(flow.protocol).into_owned(),
            end(flow.inner),
            end(flow.remote),
            HumanBytes(flow.received.bytes).to_string(),
            HumanBytes(flow.sent.bytes).to_string(),
            ago(now.duration_since(flow.last_seen).unwrap_or_default()),
        ]
    });
    output::print(columns(FLOW_HEADINGS, rows).as_bytes())
}

pub(super) fn show_sums(sums: &[FlowSum], roster: &Roster, json: bool) -> anyhow::Result<()> {
    let names = Names::of(roster);
    if json {
        let sums = sums
            .iter()
            .map(|sum| SumJson::new(sum, names.of_peer(&sum.peer)));
        let sums = sums.collect();
        return output::print_json(&SumsJson { sums });
    }
    let rows = sums.iter().map(|sum| {
        [
            names.shown(&sum.peer),
            protocol::name(sum.protocol).into_owned(),
            sum.remote_address.to_string(),
            port(sum.service_port),
            HumanBytes(sum.received.bytes).to_string(),
            HumanBytes(sum.sent.bytes).to_string(),
        ]
    });
    output::print(columns(SUM_HEADINGS, rows).as_bytes())
}

/// What people call the peers of the fleet.
struct Names<'a>(HashMap<PublicKey, &'a str>);

impl<'a> Names<'a> {
    fn of(roster: &'a Roster) -> Self {
        let peers = roster.peers();
        Self(
            peers
                .map(|peer| (peer.public_key, peer.name.as_str()))
                .collect(),
        )
    }

    fn of_peer(&self, key: &PublicKey) -> Option<&'a str> {
        self.0.get(key).copied()
    }

    /// The name, or the key of a peer that is gone.
    fn shown(&self, key: &PublicKey) -> String {
        self.of_peer(key)
            .map_or_else(|| key.to_base64(), str::to_owned)
    }
}

fn end(end: SocketAddr) -> String {
    if end.port() == 0 {
        end.ip().to_string()
    } else {
        end.to_string()
    }
}

fn port(port: u16) -> String {
    if port == 0 {
        "-".to_owned()
    } else {
        port.to_string()
    }
}
