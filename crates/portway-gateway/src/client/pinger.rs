//! Sends pings and matches their answers. Sans-IO.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::{
    collections::BTreeMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::Sender;

use super::handle::PingReply;
use crate::stack::packet::Echo;

/// The time between two requests of one ping, unless all of them would not fit into its time.
const INTERVAL: Duration = Duration::from_secs(1);

/// The least time between two requests of one ping, however short its time is.
const LEAST_INTERVAL: Duration = Duration::from_millis(10);

/// How long a ping waits at most: longer than any answer travels.
const LONGEST_PING: Duration = Duration::from_secs(86_400);

/// How many pings run at once; further ones are turned away at once.
pub(super) const MAXIMUM_PINGS: usize = 16;

/// What is asked for: a number of requests to one address, and how long to wait in all.
#[derive(Debug)]
pub(super) struct Ping {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) count: u16,
    pub(super) timeout: Duration,
    /// Has room for `count` replies; closed when the ping has ended.
    pub(super) replies: Sender<PingReply>,
}

/// A request to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Request {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) identifier: u16,
    pub(super) sequence: u16,
}

#[derive(Debug)]
struct Running {
    ping: Ping,
    ends_at: Instant,
    next_at: Instant,
    next_sequence: u16,
    unanswered: BTreeMap<u16, Instant>,
}

/// All pings that run.
#[derive(Debug)]
pub(super) struct Pinger {
    next_identifier: u16,
    running: BTreeMap<u16, Running>,
}

impl Pinger {
    pub(super) const fn new(first_identifier: u16) -> Self {
        Self {
            next_identifier: first_identifier,
            running: BTreeMap::new(),
        }
    }

    /// Starts a ping. Over the limit it ends at once, without a reply.
    pub(super) fn start(&mut self, ping: Ping, now: Instant) {
        if self.running.len() >= MAXIMUM_PINGS {
            return;
        }
        let identifier = self.next_identifier;
        self.next_identifier = identifier.wrapping_add(1);
        let running = Running {
            ends_at: now + ping.timeout.min(LONGEST_PING),
            next_at: now,
            next_sequence: 0,
            unanswered: BTreeMap::new(),
            ping,
        };
        self.running.insert(identifier, running);
    }

    /// The next request that is due.
    pub(super) fn poll_request(&mut self, now: Instant) -> Option<Request> {
        let mut running = self.running.iter_mut();
        running.find_map(|(&identifier, running)| running.poll_request(identifier, now))
    }

    /// Takes an answer; one that nobody waits for is ignored.
    pub(super) fn handle_reply(&mut self, echo: &Echo<'_>, now: Instant) {
        let Some(running) = self.running.get_mut(&echo.identifier) else {
            return;
        };
        if echo.source != running.ping.destination {
            return;
        }
        let Some(sent_at) = running.unanswered.remove(&echo.sequence) else {
            return;
        };
        let reply = PingReply {
            sequence: echo.sequence,
            round_trip: now.saturating_duration_since(sent_at),
        };
        // There is room for every reply; where nobody listens any more the ping ends.
        let heard = running.ping.replies.try_send(reply).is_ok();
        if !heard || running.is_complete() {
            self.running.remove(&echo.identifier);
        }
    }

    /// Ends the pings whose time is over.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.running.retain(|_, running| running.ends_at > now);
    }

    /// When a request is due or a ping ends.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.running.values().map(Running::next_timeout).min()
    }
}

impl Running {
    fn poll_request(&mut self, identifier: u16, now: Instant) -> Option<Request> {
        if self.has_sent_all() || self.next_at > now {
            return None;
        }
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let share = self.ping.timeout / u32::from(self.ping.count);
        self.next_at = now + share.clamp(LEAST_INTERVAL, INTERVAL);
        self.unanswered.insert(sequence, now);
        Some(Request {
            source: self.ping.source,
            destination: self.ping.destination,
            identifier,
            sequence,
        })
    }

    fn has_sent_all(&self) -> bool {
        self.next_sequence >= self.ping.count
    }

    fn is_complete(&self) -> bool {
        self.has_sent_all() && self.unanswered.is_empty()
    }

    fn next_timeout(&self) -> Instant {
        if self.has_sent_all() {
            self.ends_at
        } else {
            self.next_at.min(self.ends_at)
        }
    }
}
