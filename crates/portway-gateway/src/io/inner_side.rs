//! The inner side as the data path sees it, whichever it is.

use std::{net::IpAddr, time::Instant};

use mio::{Registry, event::Event};

use super::{DataPathError, outgoing::Outgoing, tun::TunSide, xdp::XdpSide};
use crate::{
    InnerStack, PeerId,
    stack::compose::Refusal,
    state::{Counters, Device, DropReason, destination_of},
    tunnel::Packet,
};

/// Packets taken from the stack in one turn, so that the outer side gets its turn too.
const PACKETS_PER_TURN: usize = 256;

/// A stack inside the process, and what it needs around it.
pub(super) struct StackSide {
    stack: Box<dyn InnerStack>,
    packet: Box<[u8]>,
    /// Whether it was called since packets were last taken from it.
    touched: bool,
    next_timeout: Option<Instant>,
}

impl StackSide {
    /// Hands the stack its registry.
    pub(super) fn new(
        mut stack: Box<dyn InnerStack>,
        mtu: u16,
        registry: Registry,
        first_token: usize,
    ) -> std::io::Result<Self> {
        stack.attach(registry, first_token)?;
        let packet = vec![0; mtu.into()].into();
        Ok(Self {
            stack,
            packet,
            touched: true,
            next_timeout: None,
        })
    }

    pub(super) fn handle_event(&mut self, event: &Event, now: Instant) {
        self.stack.handle_event(event, now);
        self.touched = true;
    }

    pub(super) fn relays(&self, destination: IpAddr) -> bool {
        self.stack.relays(destination)
    }

    pub(super) fn deliver(&mut self, peer: PeerId, packet: &[u8], now: Instant) {
        self.stack.handle_packet(peer, packet, now);
        self.touched = true;
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.next_timeout.is_some_and(|at| at <= now) {
            self.stack.handle_timeout(now);
            self.touched = true;
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.next_timeout
    }

    pub(super) fn forget(&mut self, peer: PeerId) {
        self.stack.forget_peer(peer);
        self.touched = true;
    }

    /// Takes packets from the stack as far as there is room, and tells whether there may be
    /// more.
    pub(super) fn read(&mut self, outgoing: &mut Outgoing, device: &Device, now: Instant) -> bool {
        if !self.touched {
            return false;
        }
        for _ in 0..PACKETS_PER_TURN {
            if !outgoing.has_room(1, self.packet.len()) {
                return true;
            }
            let Some(length) = self.stack.poll_packet(&mut self.packet, now) else {
                self.touched = false;
                self.next_timeout = self.stack.next_timeout();
                return false;
            };
            route(&self.packet[..length], outgoing, device);
        }
        true
    }
}

/// Puts a packet among those of its peer.
pub(super) fn route(packet: &[u8], outgoing: &mut Outgoing, device: &Device) {
    match destination_of(packet).and_then(|destination| device.route(destination)) {
        Some(peer) => outgoing.push(peer, packet),
        None => device.drop_packet(DropReason::NoRoute),
    }
}

/// The inner side.
pub(super) enum InnerSide {
    Tun(Box<TunSide>),
    Xdp(Box<XdpSide>),
    Stack(StackSide),
}

impl InnerSide {
    /// Takes an opened packet of a peer, whose source was checked. What is gathered only goes
    /// on at the next [`flush`](Self::flush).
    pub(super) fn deliver(
        &mut self,
        peer: PeerId,
        packet: Packet,
        memory: &[u8],
        counters: &Counters,
        now: Instant,
    ) {
        match self {
            Self::Tun(tun) => tun.deliver(packet, memory, counters),
            Self::Xdp(side) => {
                let bytes = &memory[packet.offset..packet.offset + packet.length];
                side.deliver(bytes, counters, now);
            }
            Self::Stack(stack) => {
                let bytes = &memory[packet.offset..packet.offset + packet.length];
                stack.deliver(peer, bytes, now);
            }
        }
    }

    /// Whether packets to this address go from one peer straight to another. Behind an interface
    /// the system decides that.
    pub(super) fn relays(&self, destination: IpAddr) -> bool {
        match self {
            Self::Tun(_) => false,
            Self::Xdp(side) => !side.is_own(destination),
            Self::Stack(stack) => stack.relays(destination),
        }
    }

    /// Passes on what was gathered; before the memory is used again.
    pub(super) fn flush(&mut self, memory: &[u8], counters: &Counters) {
        match self {
            Self::Tun(tun) => tun.flush(memory, counters),
            Self::Xdp(side) => side.flush(counters),
            Self::Stack(_) => {}
        }
    }

    /// Tells the sender of a peer's packet why it goes no further.
    pub(super) fn refuse(&mut self, packet: &[u8], refusal: Refusal, counters: &Counters) {
        if let Self::Xdp(side) = self {
            side.refuse(packet, refusal, counters);
        }
    }

    pub(super) fn handle_event(&mut self, event: &Event, now: Instant) {
        match self {
            Self::Tun(_) => {}
            Self::Xdp(side) => side.handle_event(event),
            Self::Stack(stack) => stack.handle_event(event, now),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Tun(_) | Self::Xdp(_) => {}
            Self::Stack(stack) => stack.handle_timeout(now),
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        match self {
            Self::Tun(_) | Self::Xdp(_) => None,
            Self::Stack(stack) => stack.next_timeout(),
        }
    }

    pub(super) fn forget(&mut self, peer: PeerId) {
        match self {
            Self::Tun(_) | Self::Xdp(_) => {}
            Self::Stack(stack) => stack.forget(peer),
        }
    }

    /// Whether [`read`](Self::read) may have something without an event, because a call made
    /// the inner side want to speak.
    pub(super) fn wants_to_speak(&self) -> bool {
        match self {
            Self::Tun(_) => false,
            Self::Xdp(side) => side.wants_to_speak(),
            Self::Stack(stack) => stack.touched,
        }
    }

    /// Takes packets for the peers as far as there is room, and tells whether there may be
    /// more.
    pub(super) fn read(
        &mut self,
        outgoing: &mut Outgoing,
        device: &Device,
        counters: &Counters,
        now: Instant,
    ) -> Result<bool, DataPathError> {
        match self {
            Self::Tun(tun) => tun.read(outgoing, device, now),
            Self::Xdp(side) => side.read(outgoing, device, counters, now),
            Self::Stack(stack) => Ok(stack.read(outgoing, device, now)),
        }
    }
}
