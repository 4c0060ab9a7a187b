//! The JSON that `--json` prints. It is stable: fields are added, never renamed or removed.

use std::net::{IpAddr, SocketAddr};

use portway_gateway::{
    PublicKey, Tally,
    fleet::{FlowEntry, FlowSum},
};
use serde::Serialize;

use crate::commands::moment::utc;

#[derive(Serialize)]
pub(super) struct FlowsJson<'a> {
    pub(super) flows: Vec<FlowJson<'a>>,
}

#[derive(Serialize)]
pub(super) struct SumsJson<'a> {
    pub(super) sums: Vec<SumJson<'a>>,
}

/// Whose it is.
#[derive(Serialize)]
struct PeerJson<'a> {
    /// None where it is no longer in the fleet.
    peer: Option<&'a str>,
    public_key: String,
}

#[derive(Serialize)]
struct CountsJson {
    received_packets: u64,
    received_bytes: u64,
    sent_packets: u64,
    sent_bytes: u64,
}

#[derive(Serialize)]
pub(super) struct FlowJson<'a> {
    #[serde(flatten)]
    peer: PeerJson<'a>,
    gateway: &'a str,
    protocol: u8,
    inner: SocketAddr,
    remote: SocketAddr,
    #[serde(flatten)]
    counts: CountsJson,
    first_seen: String,
    last_seen: String,
}

#[derive(Serialize)]
pub(super) struct SumJson<'a> {
    #[serde(flatten)]
    peer: PeerJson<'a>,
    protocol: u8,
    remote_address: IpAddr,
    service_port: u16,
    #[serde(flatten)]
    counts: CountsJson,
}

impl<'a> FlowJson<'a> {
    pub(super) fn new(flow: &'a FlowEntry, name: Option<&'a str>) -> Self {
        Self {
            peer: peer(name, flow.peer),
            gateway: &flow.gateway,
            protocol: flow.protocol,
            inner: flow.inner,
            remote: flow.remote,
            counts: counts(flow.received, flow.sent),
            first_seen: utc(flow.first_seen),
            last_seen: utc(flow.last_seen),
        }
    }
}

impl<'a> SumJson<'a> {
    pub(super) fn new(sum: &FlowSum, name: Option<&'a str>) -> Self {
        Self {
            peer: peer(name, sum.peer),
            protocol: sum.protocol,
            remote_address: sum.remote_address,
            service_port: sum.service_port,
            counts: counts(sum.received, sum.sent),
        }
    }
}

fn peer(name: Option<&str>, key: PublicKey) -> PeerJson<'_> {
    PeerJson {
        peer: name,
        public_key: key.to_base64(),
    }
}

const fn counts(received: Tally, sent: Tally) -> CountsJson {
    CountsJson {
        received_packets: received.packets,
        received_bytes: received.bytes,
        sent_packets: sent.packets,
        sent_bytes: sent.bytes,
    }
}
