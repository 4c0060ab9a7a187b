//! Events as JSON. It is stable: fields are added, never renamed or removed.

use portway_control::v1::{Peer, Session, peer_change, session_change, watched_change::Change};
use prost_types::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::peer::json::{PeerJson, SessionJson, text_of};

/// One event.
#[derive(Serialize)]
struct EventJson<'a> {
    event: &'static str,
    gateway: &'a str,
    at: Option<String>,
    /// Counts the events of the gateway since it started.
    sequence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<PeerJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<NamedSessionJson<'a>>,
}

/// A session, and whose it is.
#[derive(Serialize)]
struct NamedSessionJson<'a> {
    /// Nothing for a peer that `wg` gave to the interface.
    name: Option<&'a str>,
    public_key: &'a str,
    #[serde(flatten)]
    session: SessionJson<'a>,
}

/// The kind of a change and its event; nothing for what is no event.
pub(super) fn event(change: &Change, gateway: &str) -> Option<(&'static str, Value)> {
    let kind = kind(change)?;
    match change {
        Change::Peer(change) => {
            let peer = change.peer.as_ref();
            written(
                kind,
                gateway,
                change.at.as_ref(),
                change.sequence,
                (peer, None),
            )
        }
        Change::Session(change) => {
            let session = change.session.as_ref();
            written(
                kind,
                gateway,
                change.at.as_ref(),
                change.sequence,
                (None, session),
            )
        }
        Change::Started(_) | Change::Lost(_) => None,
    }
}

/// The kind of a change; nothing for what is no event.
pub(super) fn kind(change: &Change) -> Option<&'static str> {
    match change {
        Change::Peer(change) => peer_kind(change.kind()),
        Change::Session(change) => session_kind(change.kind()),
        Change::Started(_) | Change::Lost(_) => None,
    }
}

/// Says that so many events are missing.
pub(super) fn lost(count: u64, gateway: &str) -> (&'static str, Value) {
    let body = json!({"event": "lost", "gateway": gateway, "count": count});
    ("lost", body)
}

fn written(
    kind: &'static str,
    gateway: &str,
    at: Option<&Timestamp>,
    sequence: u64,
    (peer, session): (Option<&Peer>, Option<&Session>),
) -> Option<(&'static str, Value)> {
    let event = EventJson {
        event: kind,
        gateway,
        at: text_of(at),
        sequence,
        peer: peer.map(PeerJson::new),
        session: session.map(|session| NamedSessionJson {
            name: Some(session.name.as_str()).filter(|name| !name.is_empty()),
            public_key: &session.public_key,
            session: SessionJson::new(session),
        }),
    };
    serde_json::to_value(event).ok().map(|body| (kind, body))
}

const fn peer_kind(kind: peer_change::Kind) -> Option<&'static str> {
    match kind {
        peer_change::Kind::Added => Some("peer.added"),
        peer_change::Kind::Changed => Some("peer.changed"),
        peer_change::Kind::Removed => Some("peer.removed"),
        peer_change::Kind::Expired => Some("peer.expired"),
        peer_change::Kind::Unspecified => None,
    }
}

const fn session_kind(kind: session_change::Kind) -> Option<&'static str> {
    match kind {
        session_change::Kind::Handshake => Some("session.handshake"),
        session_change::Kind::Roamed => Some("session.roamed"),
        session_change::Kind::Unspecified => None,
    }
}

#[cfg(test)]
mod tests {
    use portway_control::v1::SessionChange;

    use super::*;

    #[test]
    fn a_session_is_told_with_its_peer() {
        let session = Session {
            public_key: "key".to_owned(),
            name: "laptop".to_owned(),
            gateway: "one".to_owned(),
            endpoint: "192.0.2.1:5".to_owned(),
            sent_bytes: 7,
            ..Session::default()
        };
        let change = Change::Session(SessionChange {
            kind: session_change::Kind::Roamed.into(),
            session: Some(session),
            at: Some(Timestamp::default()),
            sequence: 3,
        });
        let (kind, body) = event(&change, "one").unwrap();
        assert_eq!(kind, "session.roamed");
        let expected = json!({
            "event": "session.roamed", "gateway": "one", "at": "1970-01-01T00:00:00Z", "sequence": 3,
            "session": {
                "name": "laptop", "public_key": "key", "gateway": "one", "endpoint": "192.0.2.1:5",
                "last_handshake": null, "receiver_index": null, "sent_bytes": 7, "received_bytes": 0,
            },
        });
        assert_eq!(body, expected);
    }
}
