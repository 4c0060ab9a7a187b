//! What is known of one peer.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant, SystemTime},
};

use ipnet::IpNet;

use super::{
    handshake::Stamp,
    timers::{REJECT_AFTER_TIME, REKEY_AFTER_TIME, REKEY_ON_RECEIPT, Timers},
};
use crate::{PeerSnapshot, PresharedKey, PublicKey};

/// Where datagrams to a peer go, and from which of our addresses, if that is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Endpoint {
    pub(crate) remote: SocketAddr,
    /// The address that the peer sent to; answers must come from there on a host with several.
    pub(crate) local: Option<IpAddr>,
}

impl From<SocketAddr> for Endpoint {
    fn from(remote: SocketAddr) -> Self {
        Self {
            remote,
            local: None,
        }
    }
}

/// Who began the handshake that made a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Initiator,
    Responder,
}

/// A pair of transport keys, as far as decisions need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub(super) index: u32,
    pub(super) made_at: Instant,
    pub(super) role: Role,
}

impl Session {
    fn is_live(&self, now: Instant) -> bool {
        now < self.made_at + REJECT_AFTER_TIME
    }

    fn is_ours_and_older(&self, age: Duration, now: Instant) -> bool {
        self.role == Role::Initiator && now >= self.made_at + age
    }
}

/// The three sessions that a peer may have at once.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    previous: Option<Session>,
    current: Option<Session>,
    /// Made as responder and not yet confirmed by a first message under it.
    next: Option<Session>,
}

impl Sessions {
    /// Whether a packet can be sealed now.
    pub(super) fn can_seal(&self, now: Instant) -> bool {
        self.current.is_some_and(|session| session.is_live(now))
    }

    /// Whether a message under this receiver index is of a session that still counts.
    pub(super) fn can_open(&self, receiver: u32, now: Instant) -> bool {
        let sessions = [self.current, self.previous, self.next];
        let found = sessions
            .into_iter()
            .flatten()
            .find(|session| session.index == receiver);
        found.is_some_and(|session| session.is_live(now))
    }

    /// Takes the session of an answered initiation of ours. One that the peer began meanwhile
    /// can still be opened: it may be the one that the peer uses.
    pub(super) fn complete(&mut self, session: Session) {
        let current = self.current.replace(session);
        self.previous = self.next.take().or(current);
    }

    /// Takes the session of an initiation that we answered.
    pub(super) fn respond(&mut self, session: Session) {
        self.next = Some(session);
    }

    /// Promotes the unconfirmed session when a message under it was received; tells whether.
    pub(super) fn confirm(&mut self, receiver: u32) -> bool {
        let confirmed = self.next.take_if(|session| session.index == receiver);
        let Some(session) = confirmed else {
            return false;
        };
        self.previous = self.current.replace(session);
        true
    }

    /// Whether sending under the present session calls for a new handshake.
    pub(super) fn wants_rekey_on_send(&self, now: Instant) -> bool {
        self.current
            .is_some_and(|session| session.is_ours_and_older(REKEY_AFTER_TIME, now))
    }

    /// Whether receiving under the present session calls for a new handshake.
    pub(super) fn wants_rekey_on_receipt(&self, now: Instant) -> bool {
        self.current
            .is_some_and(|session| session.is_ours_and_older(REKEY_ON_RECEIPT, now))
    }

    /// The index of the session in use, for people who compare it with a capture.
    pub(super) fn current_index(&self) -> Option<u32> {
        self.current.map(|session| session.index)
    }
}

/// One peer.
pub(super) struct Peer {
    pub(super) public_key: PublicKey,
    pub(super) preshared_key: Option<PresharedKey>,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) keepalive: u16,
    pub(super) prefixes: Vec<IpNet>,
    pub(super) sent_bytes: u64,
    pub(super) received_bytes: u64,
    pub(super) last_handshake: Option<SystemTime>,
    /// When an initiation of this peer was last answered.
    pub(super) last_answered: Option<Instant>,
    /// The time in the latest of its authentic initiations.
    pub(super) latest_stamp: Option<Stamp>,
    pub(super) sessions: Sessions,
    pub(super) timers: Timers,
    /// The index of the open tunnel, if there is one.
    pub(super) tunnel_index: Option<u32>,
    /// Its place in the queue of deadlines.
    pub(super) queued: Option<Instant>,
}

impl Peer {
    pub(super) fn new(public_key: PublicKey) -> Self {
        Self {
            public_key,
            preshared_key: None,
            endpoint: None,
            keepalive: 0,
            prefixes: Vec::new(),
            sent_bytes: 0,
            received_bytes: 0,
            last_handshake: None,
            last_answered: None,
            latest_stamp: None,
            sessions: Sessions::default(),
            timers: Timers::default(),
            tunnel_index: None,
            queued: None,
        }
    }

    /// The interval of the persistent keepalive, if it is on.
    pub(super) fn keepalive_interval(&self) -> Option<Duration> {
        (self.keepalive > 0).then(|| Duration::from_secs(self.keepalive.into()))
    }

    pub(super) fn snapshot(&self) -> PeerSnapshot {
        PeerSnapshot {
            public_key: self.public_key,
            preshared_key: self.preshared_key.clone(),
            endpoint: self.endpoint.map(|endpoint| endpoint.remote),
            last_handshake: self.last_handshake,
            sent_bytes: self.sent_bytes,
            received_bytes: self.received_bytes,
            keepalive: self.keepalive,
            allowed_prefixes: self.prefixes.clone(),
        }
    }
}
