//! The JSON that `--json` prints. It is stable: fields are added, never renamed or removed.

use std::time::SystemTime;

use portway_gateway::fleet::{PeerRecord, PeerSession, RefusedRow, UnixSeconds};
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
pub(super) struct PeerJson<'a> {
    name: &'a str,
    public_key: String,
    /// Tunnel addresses, then what is behind the peer.
    prefixes: Vec<String>,
    /// Seconds; 0 is off.
    keepalive: u16,
    enabled: bool,
    expires: Option<String>,
    state: State,
    /// Whether there is one; the key itself is shown once, by `peer add`.
    preshared_key: bool,
    session: Option<SessionJson<'a>>,
}

/// Whether the gateways serve a peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Enabled,
    Disabled,
    Expired,
}

impl State {
    pub(super) fn of(record: &PeerRecord, now: SystemTime) -> Self {
        if !record.enabled {
            Self::Disabled
        } else if record.is_active(UnixSeconds::from_system_time(now)) {
            Self::Enabled
        } else {
            Self::Expired
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
        }
    }
}

#[derive(Serialize)]
struct SessionJson<'a> {
    gateway: &'a str,
    endpoint: Option<String>,
    last_handshake: Option<String>,
    receiver_index: Option<u32>,
    sent_bytes: u64,
    received_bytes: u64,
}

#[derive(Serialize)]
pub(super) struct RefusedJson<'a> {
    key: &'a str,
    reason: &'static str,
}

/// `peer add`.
#[derive(Serialize)]
pub(super) struct AddedJson<'a> {
    pub(super) peer: PeerJson<'a>,
    /// The wg-quick file of the peer's side, with its private key unless it made that itself.
    pub(super) configuration: &'a str,
}

impl<'a> PeerJson<'a> {
    pub(super) fn new(
        record: &'a PeerRecord,
        session: Option<&'a PeerSession>,
        now: SystemTime,
    ) -> Self {
        Self {
            name: record.name.as_str(),
            public_key: record.public_key.to_base64(),
            prefixes: record
                .prefixes
                .as_slice()
                .iter()
                .map(ToString::to_string)
                .collect(),
            keepalive: record.keepalive,
            enabled: record.enabled,
            expires: record.expires.map(|expires| utc(expires.to_system_time())),
            state: State::of(record, now),
            preshared_key: record.preshared_key.is_some(),
            session: session.map(SessionJson::new),
        }
    }
}

impl<'a> SessionJson<'a> {
    fn new(session: &'a PeerSession) -> Self {
        Self {
            gateway: &session.gateway,
            endpoint: session.endpoint.map(|endpoint| endpoint.to_string()),
            last_handshake: session.last_handshake.map(utc),
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
            reason: row.reason.label(),
        }
    }
}
