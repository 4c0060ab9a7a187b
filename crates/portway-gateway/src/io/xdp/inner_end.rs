//! The inner side's way past the kernel: packets of peers into the network behind the gateway.

use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use ipnet::IpNet;
use portway_dataplane::{
    Burst, Frame, Neighbour, NextHops, PortSender, Towards, wire::EthernetAddress,
};
use portway_xdp::program::Match;

use super::waiting::Waiting;
use crate::{
    stack::compose::Refusal,
    state::{Counters, DropReason, destination_of, travel_on},
};

/// Length of a header of Ethernet.
const ETHERNET: usize = 14;

/// The sending half of the inner side, for the threads of all queues and for the worker.
#[derive(Debug)]
pub(super) struct InnerEnd {
    /// The gateway's own addresses in the tunnel.
    addresses: Vec<IpAddr>,
    next_hops: Mutex<NextHops>,
    /// One for each queue.
    senders: Vec<Mutex<PortSender>>,
    waiting: Mutex<Waiting>,
}

/// What became of a packet on its way into the network.
pub(super) enum Passed {
    /// It has an Ethernet header and may be sent.
    Addressed(Frame),
    /// It waits for its neighbour, or was dropped and counted.
    Gone,
    /// Its sender is to be told.
    Refused(Frame, Refusal),
}

impl InnerEnd {
    pub(super) fn new(
        addresses: Vec<IpAddr>,
        next_hops: NextHops,
        senders: Vec<PortSender>,
    ) -> Self {
        Self {
            addresses,
            next_hops: Mutex::new(next_hops),
            senders: senders.into_iter().map(Mutex::new).collect(),
            waiting: Mutex::default(),
        }
    }

    /// What is taken off the interface: packets into the tunnel's networks.
    pub(super) fn rule(networks: &[IpNet]) -> Match {
        Match::any(networks.iter().map(|network| Match::destination(*network)))
    }

    /// Whether this is the gateway's own address.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    /// The gateway's own address of the same version of IP as a packet.
    pub(super) fn address_for(&self, packet: &[u8]) -> Option<IpAddr> {
        let is_version_4 = packet.first().is_some_and(|first| first >> 4 == 4);
        let mut addresses = self.addresses.iter();
        addresses
            .find(|address| address.is_ipv4() == is_version_4)
            .copied()
    }

    /// The interface's own address on its link.
    pub(super) fn mac(&self) -> EthernetAddress {
        self.next_hops().mac()
    }

    /// The next hops of the interface.
    pub(super) fn next_hops(&self) -> MutexGuard<'_, NextHops> {
        self.next_hops
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a packet of IP on, whose sender is a peer: takes a hop of it and addresses it to its neighbour.
    pub(super) fn pass(&self, mut frame: Frame, now: Instant, counters: &Counters) -> Passed {
        match travel_on(&mut frame) {
            Ok(()) => self.address(frame, now, now, counters),
            Err(DropReason::HopLimit) => Passed::Refused(frame, Refusal::HopsUsedUp),
            Err(reason) => {
                counters.count_drop(reason);
                Passed::Gone
            }
        }
    }

    fn address(
        &self,
        mut frame: Frame,
        since: Instant,
        now: Instant,
        counters: &Counters,
    ) -> Passed {
        let Some(destination) = destination_of(&frame) else {
            counters.count_drop(DropReason::MalformedInner);
            return Passed::Gone;
        };
        let mut next_hops = self.next_hops();
        let (from, towards) = (next_hops.mac(), next_hops.towards(destination, now));
        drop(next_hops);
        match towards {
            Towards::Neighbour(hop) if frame.len() > hop.mtu => {
                Passed::Refused(frame, Refusal::TooBig(hop.mtu))
            }
            Towards::Neighbour(hop) => {
                write_header(&mut frame, from, &hop);
                Passed::Addressed(frame)
            }
            Towards::Unresolved => {
                let dropped = self.waiting().push(frame, since);
                counters.count_drops(DropReason::NoNeighbour, dropped);
                Passed::Gone
            }
            Towards::Elsewhere => {
                counters.count_drop(DropReason::NoRoute);
                Passed::Gone
            }
        }
    }

    /// Sends what waited for neighbours that are known now.
    pub(super) fn retry(&self, now: Instant, counters: &Counters) {
        let (kept, late) = self.waiting().take(now);
        counters.count_drops(DropReason::NoNeighbour, late);
        let mut burst = Burst::new();
        for (since, frame) in kept {
            if let Passed::Addressed(frame) = self.address(frame, since, now, counters) {
                self.gather(frame, &mut burst, 0, counters);
            }
        }
        self.transmit(0, &mut burst, counters);
    }

    /// Adds an addressed packet to a burst, which is sent when it is full.
    pub(super) fn gather(
        &self,
        frame: Frame,
        burst: &mut Burst,
        queue: usize,
        counters: &Counters,
    ) {
        if burst.is_full() {
            self.transmit(queue, burst, counters);
        }
        // Sending has emptied it.
        let _ = burst.push(frame);
    }

    /// Sends addressed packets on a queue; what finds no place is dropped.
    pub(super) fn transmit(&self, queue: usize, burst: &mut Burst, counters: &Counters) {
        if burst.is_empty() {
            return;
        }
        let mut sender = self.sender(queue);
        sender.tx_burst(burst);
        if !burst.is_empty() {
            counters.count_drops(DropReason::InnerFailed, burst.len() as u64);
            sender.drop_unsent(burst);
        }
    }

    /// An empty frame for a packet that begins here.
    pub(super) fn empty_frame(&self) -> Option<Frame> {
        let mut burst = Burst::with_limit(1);
        self.sender(0).prepare(&mut burst, 1);
        burst.pop()
    }

    fn sender(&self, queue: usize) -> MutexGuard<'_, PortSender> {
        let sender = &self.senders[queue % self.senders.len()];
        sender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_header(frame: &mut Frame, from: EthernetAddress, hop: &Neighbour) {
    let is_version_4 = frame[0] >> 4 == 4;
    let header = frame.prepend(ETHERNET);
    let header = header.expect("every frame of the region has 256 bytes of headroom");
    header[..6].copy_from_slice(hop.mac.as_bytes());
    header[6..12].copy_from_slice(from.as_bytes());
    let ether_type: u16 = if is_version_4 { 0x0800 } else { 0x86dd };
    header[12..].copy_from_slice(&ether_type.to_be_bytes());
}
