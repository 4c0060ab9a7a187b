//! All TCP connections of a stack, which of them have something to do, and when.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Instant,
};

use mio::event::Event;
use portway_dataplane::Lane;

use super::{
    connection::{Connection, Patience},
    deadlines::{Deadlines, FlowId},
    packet::FlowKey,
};

/// What became of a connection, for whoever keeps account of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Report {
    /// The handshake with the peer is complete.
    Established(FlowId),
    /// It is gone.
    Closed(FlowId),
}

struct Entry {
    connection: Connection,
    queued: bool,
    established: bool,
}

/// The connections of one stack.
pub(crate) struct Connections {
    /// The way through smoltcp.
    pub(crate) lane: Lane,
    patience: Patience,
    // Ordered, so that a seeded run repeats.
    entries: BTreeMap<FlowId, Entry>,
    by_key: HashMap<FlowKey, FlowId>,
    ready: VecDeque<FlowId>,
    deadlines: Deadlines,
    reports: VecDeque<Report>,
}

impl Connections {
    /// Has no connection yet.
    pub(crate) fn new(lane: Lane, patience: Patience) -> Self {
        Self {
            lane,
            patience,
            entries: BTreeMap::new(),
            by_key: HashMap::new(),
            ready: VecDeque::new(),
            deadlines: Deadlines::default(),
            reports: VecDeque::new(),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The connection that a packet belongs to.
    pub(crate) fn find(&self, key: &FlowKey) -> Option<FlowId> {
        self.by_key.get(key).copied()
    }

    /// Adds a connection under a fresh id.
    pub(crate) fn insert(&mut self, id: FlowId, connection: Connection) {
        self.by_key.insert(connection.key(), id);
        let entry = Entry {
            connection,
            queued: true,
            established: false,
        };
        self.entries.insert(id, entry);
        self.ready.push_back(id);
    }

    /// Takes a packet of a connection.
    pub(crate) fn receive(&mut self, id: FlowId, packet: &[u8], now: Instant) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.connection.receive(packet, &mut self.lane, now);
            if !entry.established && entry.connection.is_established() {
                entry.established = true;
                self.reports.push_back(Report::Established(id));
            }
            queue(&mut self.ready, id, entry);
        }
    }

    /// Takes a readiness event; tells whether it was for one of these connections.
    pub(crate) fn handle_event(&mut self, id: FlowId, event: &Event) -> bool {
        let Some(entry) = self.entries.get_mut(&id) else {
            return false;
        };
        entry.connection.handle_event(event);
        queue(&mut self.ready, id, entry);
        true
    }

    /// Lets every connection whose time has come have its turn in [`transmit`](Self::transmit).
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.deadlines.pop_due(now) {
            if let Some(entry) = self.entries.get_mut(&id) {
                queue(&mut self.ready, id, entry);
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Writes the next packet for a peer; connections that have several take turns.
    pub(crate) fn transmit(&mut self, buffer: &mut [u8], now: Instant) -> Option<usize> {
        if let Some(length) = self.lane.replies.pop_into(buffer) {
            return Some(length);
        }
        while let Some(id) = self.ready.pop_front() {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if let Some(length) = entry.connection.transmit(buffer, &mut self.lane, now) {
                self.ready.push_back(id);
                return Some(length);
            }
            entry.queued = false;
            self.settle(id, now);
        }
        None
    }

    /// Takes the next report.
    pub(crate) fn poll_report(&mut self) -> Option<Report> {
        self.reports.pop_front()
    }

    /// Drops a connection at once, without a word to the peer.
    pub(crate) fn remove(&mut self, id: FlowId) {
        if let Some(entry) = self.entries.remove(&id) {
            self.by_key.remove(&entry.connection.key());
            self.deadlines.remove(id);
            self.reports.push_back(Report::Closed(id));
        }
    }

    /// Decides about a connection that has nothing to send: it waits for its next moment, is
    /// broken off, or is over.
    fn settle(&mut self, id: FlowId, now: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let connection = &mut entry.connection;
        if connection.is_over() {
            self.remove(id);
            return;
        }
        match connection.next_look(&mut self.lane, &self.patience, now) {
            Some(at) => self.deadlines.no_later_than(id, at),
            None => {
                connection.abort();
                queue(&mut self.ready, id, entry);
            }
        }
    }
}

fn queue(ready: &mut VecDeque<FlowId>, id: FlowId, entry: &mut Entry) {
    if !entry.queued {
        entry.queued = true;
        ready.push_back(id);
    }
}
