//! Connections to destinations that have not answered yet, each with the SYN that asked for it.

use std::{
    collections::{BTreeMap, HashSet},
    io::{self, ErrorKind},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, net::TcpStream};

use super::engine::Arrival;
use crate::{
    PeerId,
    stack::{
        deadlines::{Deadlines, FlowId},
        packet::FlowKey,
    },
};

/// A connection that is being made.
#[derive(Debug)]
pub(super) struct Dial {
    pub(super) peer: PeerId,
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
    keys: HashSet<FlowKey>,
    deadlines: Deadlines,
}

impl Dials {
    /// Gives up on a destination after `patience`.
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            patience,
            dials: BTreeMap::new(),
            keys: HashSet::new(),
            deadlines: Deadlines::default(),
        }
    }

    /// Whether a SYN of this flow has started a dial already.
    pub(super) fn has(&self, key: &FlowKey) -> bool {
        self.keys.contains(key)
    }

    /// Starts a dial to `target` for the packet `syn`.
    ///
    /// # Errors
    ///
    /// Fails when the host gives no socket or knows at once that the target is unreachable.
    pub(super) fn start(
        &mut self,
        id: FlowId,
        target: SocketAddr,
        syn: Arrival<'_>,
        registry: &Registry,
        now: Instant,
    ) -> io::Result<()> {
        let mut stream = TcpStream::connect(target)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, Token(id.0), interest)?;
        let dial = Dial {
            peer: syn.peer,
            key: syn.key,
            stream,
            syn: syn.packet.to_vec(),
        };
        self.dials.insert(id, dial);
        self.keys.insert(syn.key);
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
        self.keys.remove(&dial.key);
        self.deadlines.remove(id);
        Some(dial)
    }
}
