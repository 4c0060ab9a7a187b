//! Conversations of peers as any tool of the grid sees them (`PORTWAY.FLOW`).

use std::{
    net::{IpAddr, SocketAddr},
    time::SystemTime,
};

use portway_ignite::{FromRow, IgniteObject};
use ring::digest::{SHA256, digest};

use super::GatewayId;
use crate::{FlowRecord, PublicKey, Tally};

/// Names a row: a conversation in an interval.
#[derive(Clone, Debug, Eq, IgniteObject, PartialEq)]
#[ignite(type_name = "portway.FlowKey")]
pub struct FlowRowKey {
    /// Stands for gateway, peer, protocol and both ends; the same in each interval.
    pub flow: i64,
    /// When the interval began.
    pub began: SystemTime,
}

/// What peer and remote end had to say to each other in one interval, seen by one gateway. "Sent" went to the peer,
/// "received" came from it, as everywhere.
#[derive(Clone, Debug, Eq, IgniteObject, PartialEq)]
#[ignite(type_name = "portway.Flow")]
pub struct FlowRow {
    /// The gateway that saw it.
    pub gateway: String,
    /// The peer's public key in base64.
    pub peer: String,
    /// The IP protocol number.
    pub protocol: i32,
    /// The address at the peer's side.
    pub address: String,
    /// The port at the peer's side; 0 where there is none.
    pub port: i32,
    /// The address of the other end.
    pub remote_address: String,
    /// The port of the other end; 0 where there is none.
    pub remote_port: i32,
    /// IP packets from the peer.
    pub received_packets: i64,
    /// Their bytes.
    pub received_bytes: i64,
    /// IP packets to the peer.
    pub sent_packets: i64,
    /// Their bytes.
    pub sent_bytes: i64,
    /// When the first packet of the interval was seen.
    pub first_seen: SystemTime,
    /// When the last one was.
    pub last_seen: SystemTime,
}

/// The row of a conversation and its key.
pub(super) fn row_of(
    record: &FlowRecord,
    gateway: &GatewayId,
    began: SystemTime,
) -> (FlowRowKey, FlowRow) {
    let (inner, remote) = (record.key.inner, record.key.remote);
    let row = FlowRow {
        gateway: gateway.as_str().to_owned(),
        peer: record.public_key.to_base64(),
        protocol: record.key.protocol.into(),
        address: inner.0.to_string(),
        port: inner.1.into(),
        remote_address: remote.0.to_string(),
        remote_port: remote.1.into(),
        received_packets: long(record.received.packets),
        received_bytes: long(record.received.bytes),
        sent_packets: long(record.sent.packets),
        sent_bytes: long(record.sent.bytes),
        first_seen: record.first,
        last_seen: record.last,
    };
    let flow = name_of(&row);
    (FlowRowKey { flow, began }, row)
}

/// The first eight bytes of a digest: two conversations of one interval never have the same by chance.
fn name_of(row: &FlowRow) -> i64 {
    let text = format!(
        "{} {} {} {} {} {} {}",
        row.gateway,
        row.peer,
        row.protocol,
        row.address,
        row.port,
        row.remote_address,
        row.remote_port
    );
    let digest = digest(&SHA256, text.as_bytes());
    let first = digest.as_ref().first_chunk();
    first.copied().map_or(0, i64::from_be_bytes)
}

fn long(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A conversation in one interval, read back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FlowEntry {
    /// The gateway that saw it, as the row says.
    pub gateway: String,
    /// The peer, as the row says.
    pub peer: PublicKey,
    /// The IP protocol number.
    pub protocol: u8,
    /// The end at the peer's side.
    pub inner: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
    /// What came from the peer.
    pub received: Tally,
    /// What went to it.
    pub sent: Tally,
    /// When the first packet was seen.
    pub first_seen: SystemTime,
    /// When the last one was.
    pub last_seen: SystemTime,
}

/// All that a peer and a service had to say to each other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FlowSum {
    /// The peer.
    pub peer: PublicKey,
    /// The IP protocol number.
    pub protocol: u8,
    /// The address of the other end.
    pub remote_address: IpAddr,
    /// The lesser port of the two ends, which is usually that of a service; 0 where there is none.
    pub service_port: u16,
    /// What came from the peer.
    pub received: Tally,
    /// What went to it.
    pub sent: Tally,
}

/// The columns of a [`FlowEntry`], in the order of its statement.
#[derive(FromRow)]
pub(super) struct EntryColumns {
    gateway: String,
    peer: String,
    protocol: i32,
    address: String,
    port: i32,
    remote_address: String,
    remote_port: i32,
    received_packets: i64,
    received_bytes: i64,
    sent_packets: i64,
    sent_bytes: i64,
    first_seen: SystemTime,
    last_seen: SystemTime,
}

impl EntryColumns {
    /// Nothing where somebody else wrote nonsense there.
    pub(super) fn typed(self) -> Option<FlowEntry> {
        Some(FlowEntry {
            peer: self.peer.parse().ok()?,
            protocol: self.protocol.try_into().ok()?,
            inner: end(&self.address, self.port)?,
            remote: end(&self.remote_address, self.remote_port)?,
            received: tally(self.received_packets, self.received_bytes),
            sent: tally(self.sent_packets, self.sent_bytes),
            gateway: self.gateway,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        })
    }
}

/// The columns of a [`FlowSum`]. Sums are wide numbers on some grids, so the statement casts them.
#[derive(FromRow)]
pub(super) struct SumColumns {
    peer: String,
    protocol: i32,
    remote_address: String,
    service_port: i32,
    received_packets: i64,
    received_bytes: i64,
    sent_packets: i64,
    sent_bytes: i64,
}

impl SumColumns {
    /// Nothing where somebody else wrote nonsense there.
    pub(super) fn typed(self) -> Option<FlowSum> {
        Some(FlowSum {
            peer: self.peer.parse().ok()?,
            protocol: self.protocol.try_into().ok()?,
            remote_address: self.remote_address.parse().ok()?,
            service_port: self.service_port.try_into().ok()?,
            received: tally(self.received_packets, self.received_bytes),
            sent: tally(self.sent_packets, self.sent_bytes),
        })
    }
}

fn end(address: &str, port: i32) -> Option<SocketAddr> {
    let address: IpAddr = address.parse().ok()?;
    Some((address, port.try_into().ok()?).into())
}

fn tally(packets: i64, bytes: i64) -> Tally {
    Tally {
        packets: packets.try_into().unwrap_or_default(),
        bytes: bytes.try_into().unwrap_or_default(),
    }
}
