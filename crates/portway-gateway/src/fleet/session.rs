//! What was last seen of a peer, typed.

use std::{net::SocketAddr, time::SystemTime};

use super::row::SessionRow;

/// What a gateway last told of a peer. Nobody seals it, so it is for people to look at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PeerSession {
    /// The gateway that has the session.
    pub gateway: String,
    /// Where the peer was last heard.
    pub endpoint: Option<SocketAddr>,
    /// When the last handshake was completed.
    pub last_handshake: Option<SystemTime>,
    /// By which index the peer addresses the gateway.
    pub receiver_index: Option<u32>,
    /// Bytes of whole messages sent to the peer.
    pub sent_bytes: u64,
    /// Bytes of whole authenticated messages received from the peer.
    pub received_bytes: u64,
}

impl From<SessionRow> for PeerSession {
    fn from(row: SessionRow) -> Self {
        Self {
            gateway: row.gateway,
            endpoint: row.endpoint.and_then(|endpoint| endpoint.parse().ok()),
            last_handshake: row.last_handshake,
            receiver_index: row.receiver_index.and_then(|index| index.try_into().ok()),
            sent_bytes: row.sent_bytes.try_into().unwrap_or(0),
            received_bytes: row.received_bytes.try_into().unwrap_or(0),
        }
    }
}

/// One observation of the data path on its way to the grid. A later one replaces an earlier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Observation {
    pub(super) endpoint: Option<SocketAddr>,
    /// When the last handshake was completed, if this or a coalesced event was one.
    pub(super) handshake: Option<SystemTime>,
    pub(super) receiver_index: u32,
    pub(super) totals: Totals,
}

/// Bytes since the peer was added to the data path.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Totals {
    pub(super) sent: u64,
    pub(super) received: u64,
}

impl Totals {
    /// What came since `earlier` was told; all of it where the peer was added anew.
    fn since(self, earlier: Self) -> Self {
        if self.sent < earlier.sent || self.received < earlier.received {
            return self;
        }
        Self {
            sent: self.sent - earlier.sent,
            received: self.received - earlier.received,
        }
    }
}

impl Observation {
    /// Joins with a later observation of the same peer.
    pub(super) fn followed_by(self, later: Self) -> Self {
        Self {
            handshake: later.handshake.or(self.handshake),
            ..later
        }
    }

    /// The row to write over `known`, adding what came since `told` was written.
    pub(super) fn onto(self, known: Option<SessionRow>, told: Totals, gateway: &str) -> SessionRow {
        let known = known.unwrap_or_default();
        let news = self.totals.since(told);
        SessionRow {
            gateway: gateway.to_owned(),
            endpoint: self
                .endpoint
                .map(|endpoint| endpoint.to_string())
                .or(known.endpoint),
            last_handshake: self.handshake.or(known.last_handshake),
            receiver_index: Some(self.receiver_index.into()),
            sent_bytes: plus(known.sent_bytes, news.sent),
            received_bytes: plus(known.received_bytes, news.received),
            stamp_seen: known.stamp_seen,
            stamp_sent: known.stamp_sent,
        }
    }
}

fn plus(sum: i64, news: u64) -> i64 {
    sum.saturating_add(i64::try_from(news).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn observation(sent: u64, received: u64) -> Observation {
        Observation {
            endpoint: Some("192.0.2.1:1000".parse().unwrap()),
            handshake: Some(UNIX_EPOCH + Duration::from_secs(5)),
            receiver_index: 7,
            totals: Totals { sent, received },
        }
    }

    #[test]
    fn sums_grow_by_what_came_since_they_were_told() {
        let first = observation(100, 200).onto(None, Totals::default(), "one");
        assert_eq!((first.sent_bytes, first.received_bytes), (100, 200));
        let told = Totals {
            sent: 100,
            received: 200,
        };
        let second = observation(150, 300).onto(Some(first), told, "one");
        assert_eq!((second.sent_bytes, second.received_bytes), (150, 300));
    }

    #[test]
    fn a_restarted_gateway_adds_to_the_sums_of_the_one_before() {
        let before = SessionRow {
            sent_bytes: 1_000,
            received_bytes: 2_000,
            ..SessionRow::default()
        };
        let row = observation(10, 20).onto(Some(before), Totals::default(), "one");
        assert_eq!((row.sent_bytes, row.received_bytes), (1_010, 2_020));
    }

    #[test]
    fn a_peer_that_was_added_anew_counts_from_zero() {
        let known = SessionRow {
            sent_bytes: 500,
            ..SessionRow::default()
        };
        let row = observation(3, 0).onto(
            Some(known),
            Totals {
                sent: 500,
                received: 9,
            },
            "one",
        );
        assert_eq!((row.sent_bytes, row.received_bytes), (503, 0));
    }

    #[test]
    fn a_roam_does_not_hide_the_handshake_before_it() {
        let roam = Observation {
            handshake: None,
            receiver_index: 8,
            ..observation(2, 2)
        };
        let joined = observation(1, 1).followed_by(roam);
        assert_eq!(joined.handshake, observation(1, 1).handshake);
        assert_eq!((joined.receiver_index, joined.totals), (8, roam.totals));
    }
}
