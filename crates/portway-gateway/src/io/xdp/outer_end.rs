//! The outer side's way past the kernel: messages in frames, with headers before them.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    time::Instant,
};

use portway_dataplane::{
    Burst, Datagram, Frame, Neighbour, NextHops, PortSender, Towards, wire::EthernetAddress,
};
use portway_xdp::program::Match;

use super::own_addresses::OwnAddresses;
use crate::state::{CongestionMark, Counters, DropReason, Endpoint};

/// IP and UDP header before a message.
const HEADERS_4: usize = 28;
const HEADERS_6: usize = 48;

/// The sending half of the outer side, for the threads of all queues and for the worker.
#[derive(Debug)]
pub(in crate::io) struct OuterEnd {
    own: OwnAddresses,
    port: AtomicU16,
    next_hops: Mutex<NextHops>,
    /// One for each queue.
    senders: Vec<Mutex<PortSender>>,
    /// Tells the fragments of our datagrams apart, should a router make some.
    identification: AtomicU16,
}

/// Where messages to one endpoint go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    from: EthernetAddress,
    hop: Neighbour,
    source: SocketAddr,
    to: SocketAddr,
}

impl Way {
    /// Whether a message of this length fits the path.
    pub(super) fn takes(&self, message: usize) -> bool {
        let headers = if self.to.is_ipv4() {
            HEADERS_4
        } else {
            HEADERS_6
        };
        message + headers <= self.hop.mtu
    }
}

impl OuterEnd {
    pub(super) fn new(
        own: OwnAddresses,
        port: u16,
        next_hops: NextHops,
        senders: Vec<PortSender>,
    ) -> Self {
        Self {
            own,
            port: AtomicU16::new(port),
            next_hops: Mutex::new(next_hops),
            senders: senders.into_iter().map(Mutex::new).collect(),
            identification: AtomicU16::new(0),
        }
    }

    /// What is taken off the interface.
    pub(in crate::io) fn rule(&self) -> Match {
        self.own.rule(self.port.load(Ordering::Relaxed))
    }

    /// From now on messages come from this port.
    pub(in crate::io) fn set_port(&self, port: u16) {
        self.port.store(port, Ordering::Relaxed);
    }

    /// The addresses of this end.
    pub(super) fn own(&self) -> &OwnAddresses {
        &self.own
    }

    /// The next hops of the interface.
    pub(in crate::io) fn next_hops(&self) -> MutexGuard<'_, NextHops> {
        self.next_hops
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The way to an endpoint; none where the kernel has to find it first, or knows another one.
    pub(super) fn way(&self, to: Endpoint, now: Instant) -> Option<Way> {
        let port = self.port.load(Ordering::Relaxed);
        let source = SocketAddr::new(self.own.towards(to)?, port);
        let to = to.remote;
        let mut next_hops = self.next_hops();
        let from = next_hops.mac();
        match next_hops.towards(to.ip(), now) {
            Towards::Neighbour(hop) => Some(Way {
                from,
                hop,
                source,
                to,
            }),
            Towards::Unresolved | Towards::Elsewhere => None,
        }
    }

    /// Writes the headers before a message.
    pub(super) fn address(&self, frame: &mut Frame, way: &Way, mark: CongestionMark) {
        let datagram = Datagram {
            source: way.source,
            destination: way.to,
            congestion: mark.bits(),
        };
        let identification = self.identification.fetch_add(1, Ordering::Relaxed);
        datagram
            .seal(frame, way.from, way.hop.mac, identification)
            .expect("every frame of the region has 256 bytes of headroom");
    }

    /// Sends addressed messages on a queue; what finds no place is dropped, as by a full socket.
    pub(super) fn transmit(&self, queue: usize, burst: &mut Burst, counters: &Counters) {
        let mut sender = self.sender(queue);
        sender.tx_burst(burst);
        if !burst.is_empty() {
            counters.count_drops(DropReason::SendFailed, burst.len() as u64);
            sender.drop_unsent(burst);
        }
    }

    /// Sends a copy of messages of `length` bytes each, the last one perhaps shorter. Returns those that have to go by the
    /// kernel: all of them, or what no frame was free for.
    pub(in crate::io) fn send<'messages>(
        &self,
        to: Endpoint,
        mark: CongestionMark,
        messages: &'messages [u8],
        length: usize,
    ) -> &'messages [u8] {
        let way = self.way(to, Instant::now());
        let Some(way) = way.filter(|way| way.takes(length)) else {
            return messages;
        };
        let (mut burst, mut rest) = (Burst::new(), messages);
        let mut sender = self.sender(0);
        while !rest.is_empty() && sender.prepare(&mut burst, rest.len().div_ceil(length)) > 0 {
            let (first, others) = rest.split_at(rest.len().min(burst.len() * length));
            for (frame, message) in burst.iter_mut().zip(first.chunks(length)) {
                frame.append(message).expect("it fits the path's MTU");
                self.address(frame, &way, mark);
            }
            sender.tx_burst(&mut burst);
            sender.drop_unsent(&mut burst);
            rest = others;
        }
        rest
    }

    fn sender(&self, queue: usize) -> MutexGuard<'_, PortSender> {
        let sender = &self.senders[queue % self.senders.len()];
        sender.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
