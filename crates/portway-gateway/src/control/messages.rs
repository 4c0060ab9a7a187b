//! What a fleet and its gateways know, as messages of the API.

use std::time::SystemTime;

use ipnet::IpNet;
use portway_control::v1::{Gateway, Peer, PeerSource, PeerState, RefusedRow, Session};

use crate::{
    PeerEvent, PeerSnapshot, PublicKey,
    fleet::{GatewayRecord, PeerRecord, PeerSession, RefusedRow as Refused, UnixSeconds},
};

/// A peer of the grid.
pub(super) fn peer(record: &PeerRecord, session: Option<Session>, now: SystemTime) -> Peer {
    Peer {
        name: record.name.to_string(),
        public_key: record.public_key.to_base64(),
        prefixes: texts(record.prefixes.as_slice()),
        keepalive_seconds: record.keepalive.into(),
        expires: record
            .expires
            .map(|expires| expires.to_system_time().into()),
        has_preshared_key: record.preshared_key.is_some(),
        state: state(record, now).into(),
        source: PeerSource::Grid.into(),
        session,
    }
}

fn state(record: &PeerRecord, now: SystemTime) -> PeerState {
    if !record.enabled {
        PeerState::Disabled
    } else if record.is_active(UnixSeconds::from_system_time(now)) {
        PeerState::Enabled
    } else {
        PeerState::Expired
    }
}

/// A peer that `wg` gave to the interface of the gateway `gateway`.
pub(super) fn interface_peer(snapshot: &PeerSnapshot, gateway: &str) -> Peer {
    Peer {
        name: String::new(),
        public_key: snapshot.public_key.to_base64(),
        prefixes: texts(&snapshot.allowed_prefixes),
        keepalive_seconds: snapshot.keepalive.into(),
        expires: None,
        has_preshared_key: snapshot.preshared_key.is_some(),
        state: PeerState::Enabled.into(),
        source: PeerSource::Interface.into(),
        session: live_session(snapshot, gateway, String::new()),
    }
}

/// The session of a peer as it is now; nothing before its first handshake.
pub(super) fn live_session(
    snapshot: &PeerSnapshot,
    gateway: &str,
    name: String,
) -> Option<Session> {
    let last_handshake = snapshot.last_handshake?;
    Some(Session {
        public_key: snapshot.public_key.to_base64(),
        name,
        gateway: gateway.to_owned(),
        endpoint: snapshot
            .endpoint
            .map(|endpoint| endpoint.to_string())
            .unwrap_or_default(),
        last_handshake: Some(last_handshake.into()),
        receiver_index: None,
        sent_bytes: snapshot.sent_bytes,
        received_bytes: snapshot.received_bytes,
    })
}

/// The session of a peer as its gateway last told.
pub(super) fn told_session(key: &PublicKey, name: String, session: &PeerSession) -> Session {
    Session {
        public_key: key.to_base64(),
        name,
        gateway: session.gateway.clone(),
        endpoint: session
            .endpoint
            .map(|endpoint| endpoint.to_string())
            .unwrap_or_default(),
        last_handshake: session.last_handshake.map(Into::into),
        receiver_index: session.receiver_index,
        sent_bytes: session.sent_bytes,
        received_bytes: session.received_bytes,
    }
}

/// The session that an event of the data path is about.
pub(super) fn session_of_event(event: &PeerEvent, gateway: &str, name: String) -> Session {
    let seen = event.sighting();
    Session {
        public_key: seen.public_key.to_base64(),
        name,
        gateway: gateway.to_owned(),
        endpoint: seen
            .endpoint
            .map(|endpoint| endpoint.to_string())
            .unwrap_or_default(),
        last_handshake: seen.handshake.map(Into::into),
        receiver_index: Some(seen.receiver_index),
        sent_bytes: seen.sent_bytes,
        received_bytes: seen.received_bytes,
    }
}

/// A gateway; `own` is the id of the one that answers.
pub(super) fn gateway(record: &GatewayRecord, own: Option<&str>) -> Gateway {
    Gateway {
        id: record.id.to_string(),
        endpoint: record.endpoint.to_string(),
        public_key: record.public_key.to_base64(),
        networks: texts(record.networks.as_slice()),
        weight: record.weight.into(),
        answers: own == Some(record.id.as_str()),
    }
}

/// A row that is not believed.
pub(super) fn refused(row: &Refused) -> RefusedRow {
    RefusedRow {
        key: row.key.clone(),
        reason: row.reason.label().to_owned(),
        explanation: row.reason.to_string(),
    }
}

/// Prefixes as texts.
pub(super) fn texts(prefixes: &[IpNet]) -> Vec<String> {
    prefixes.iter().map(ToString::to_string).collect()
}
