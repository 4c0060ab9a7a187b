//! The JSON that `--json` prints and events carry. It is stable: fields are added, never renamed or removed.

use std::time::SystemTime;

use portway_control::v1::{Peer, PeerSource, PeerState, RefusedRow, Session};
use prost_types::Timestamp;
use serde::Serialize;

use crate::commands::moment::utc;

/// `peer list`.
#[derive(Serialize)]
pub(super) struct ListJson<'a> {
    pub(super) peers: Vec<PeerJson<'a>>,
    /// Rows that no gateway believes.
    pub(super) refused: Vec<RefusedJson<'a>>,
}

/// One peer: `peer show`, `enable`, `disable` and `remove`, and in the others.
#[derive(Serialize)]
pub(in crate::commands) struct PeerJson<'a> {
    name: &'a str,
    public_key: &'a str,
    /// Tunnel addresses, then what is behind the peer.
    prefixes: &'a [String],
    /// Seconds; 0 is off.
    keepalive: u32,
    enabled: bool,
    expires: Option<String>,
    state: &'static str,
    /// Where the gateway has it from.
    source: &'static str,
    /// Whether there is one; the key itself is shown once, by `peer add`.
    preshared_key: bool,
    session: Option<SessionJson<'a>>,
}

#[derive(Serialize)]
pub(in crate::commands) struct SessionJson<'a> {
    gateway: &'a str,
    endpoint: Option<&'a str>,
    last_handshake: Option<String>,
    receiver_index: Option<u32>,
    sent_bytes: u64,
    received_bytes: u64,
}

#[derive(Serialize)]
pub(super) struct RefusedJson<'a> {
    key: &'a str,
    reason: &'a str,
}

/// `peer add`.
#[derive(Serialize)]
pub(super) struct AddedJson<'a> {
    pub(super) peer: PeerJson<'a>,
    /// The wg-quick file of the peer's side, with its private key unless it made that itself.
    pub(super) configuration: &'a str,
}

/// `peer invite`.
#[derive(Serialize)]
pub(super) struct InvitationJson<'a> {
    pub(super) name: &'a str,
    /// Told this once.
    pub(super) token: &'a str,
    pub(super) expires: Option<String>,
}

impl<'a> PeerJson<'a> {
    pub(in crate::commands) fn new(peer: &'a Peer) -> Self {
        Self {
            name: &peer.name,
            public_key: &peer.public_key,
            prefixes: &peer.prefixes,
            keepalive: peer.keepalive_seconds,
            enabled: peer.state() != PeerState::Disabled,
            expires: text_of(peer.expires.as_ref()),
            state: state(peer),
            source: source(peer),
            preshared_key: peer.has_preshared_key,
            session: peer.session.as_ref().map(SessionJson::new),
        }
    }
}

impl<'a> SessionJson<'a> {
    pub(in crate::commands) fn new(session: &'a Session) -> Self {
        Self {
            gateway: &session.gateway,
            endpoint: Some(session.endpoint.as_str()).filter(|endpoint| !endpoint.is_empty()),
            last_handshake: text_of(session.last_handshake.as_ref()),
            receiver_index: session.receiver_index,
            sent_bytes: session.sent_bytes,
            received_bytes: session.received_bytes,
        }
    }
}

impl<'a> RefusedJson<'a> {
    pub(super) fn new(row: &'a RefusedRow) -> Self {
        Self {
            key: &row.key,
            reason: &row.reason,
        }
    }
}

/// Whether the gateways serve a peer.
pub(super) fn state(peer: &Peer) -> &'static str {
    match peer.state() {
        PeerState::Enabled => "enabled",
        PeerState::Disabled => "disabled",
        PeerState::Expired => "expired",
        PeerState::Unspecified => "unknown",
    }
}

/// Where the gateway has a peer from.
pub(super) fn source(peer: &Peer) -> &'static str {
    match peer.source() {
        PeerSource::Grid => "grid",
        PeerSource::Interface => "interface",
        PeerSource::Unspecified => "unknown",
    }
}

/// A time of the API; nothing where it is none.
pub(super) fn moment(time: Option<&Timestamp>) -> Option<SystemTime> {
    time.and_then(|time| SystemTime::try_from(*time).ok())
}

/// A time of the API as people and programs read it.
pub(in crate::commands) fn text_of(time: Option<&Timestamp>) -> Option<String> {
    moment(time).map(utc)
}
