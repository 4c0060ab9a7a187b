//! Connections to destinations that have not answered yet, each with the SYN that asked for it.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, ErrorKind},
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, net::TcpStream};

use crate::stack::{
    deadlines::{Deadlines, FlowId},
    packet::FlowKey,
};

/// A connection that is being made.
#[derive(Debug)]
pub(super) struct Dial {
    pub(super) key: FlowKey,
    pub(super) stream: TcpStream,
    /// The packet that asked for it: answered once the destination has.
    pub(super) syn: Vec<u8>,
}

/// How a dial stands.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Not known yet, or no dial of ours.
    Pending,
    /// The destination accepted.
    Connected(Dial),
    /// It did not.
    Failed(Dial),
}

/// All dials.
#[derive(Debug)]
pub(super) struct Dials {
    patience: Duration,
    dials: BTreeMap<FlowId, Dial>,
    by_key: HashMap<FlowKey, FlowId>,
    deadlines: Deadlines,
}

impl Dials {
    /// Gives up on a destination after `patience`.
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            patience,
            dials: BTreeMap::new(),
            by_key: HashMap::new(),
            deadlines: Deadlines::default(),
        }
    }

    /// The dial that a SYN has started already.
    pub(super) fn find(&self, key: &FlowKey) -> Option<FlowId> {
        self.by_key.get(key).copied()
    }

    /// Starts a dial to `target`.
    ///
    /// # Errors
    ///
    /// Fails when the host gives no socket or knows at once that the target is unreachable.
    pub(super) fn start(
        &mut self,
        id: FlowId,
        target: std::net::SocketAddr,
        (key, syn): (FlowKey, &[u8]),
        registry: &Registry,
        now: Instant,
    ) -> io::Result<()> {
        let mut stream = TcpStream::connect(target)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, Token(id.0), interest)?;
        let syn = syn.to_vec();
        self.dials.insert(id, Dial { key, stream, syn });
        self.by_key.insert(key, id);
        self.deadlines.no_later_than(id, now + self.patience);
        Ok(())
    }

    /// Looks how a dial stands after a readiness event.
    pub(super) fn check(&mut self, id: FlowId) -> Outcome {
        let Some(dial) = self.dials.get(&id) else {
            return Outcome::Pending;
        };
        let connected = match dial.stream.take_error() {
            Ok(None) => dial.stream.peer_addr().map(|_| ()),
            Ok(Some(error)) | Err(error) => Err(error),
        };
        match connected {
            Ok(()) => self.remove(id).map_or(Outcome::Pending, Outcome::Connected),
            Err(error) if error.kind() == ErrorKind::NotConnected => Outcome::Pending,
            Err(_) => self.remove(id).map_or(Outcome::Pending, Outcome::Failed),
        }
    }

    /// Takes a dial whose destination did not answer in time.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(FlowId, Dial)> {
        let id = self.deadlines.pop_due(now)?;
        self.remove(id).map(|dial| (id, dial))
    }

    /// When [`pop_due`](Self::pop_due) has something, at the earliest.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Takes a dial out.
    pub(super) fn remove(&mut self, id: FlowId) -> Option<Dial> {
        let dial = self.dials.remove(&id)?;
        self.by_key.remove(&dial.key);
        self.deadlines.remove(id);
        Some(dial)
    }
}
