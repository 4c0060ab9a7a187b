//! Packets through the thread, in both directions.

use std::{io, net::IpAddr, ops::Range, time::Instant};

use mio::Token;

use super::{
    DataPathError, incoming::Incoming, outgoing::Outgoing, sockets::Arrival, worker::Worker,
};
use crate::{
    PeerId,
    flow::Heading,
    state::{CongestionMark, Content, DropReason, Endpoint, Message, Readiness, source_of},
    tunnel::{Packet, Tunnel as _},
};

impl Worker {
    /// Receives what has arrived on a socket, within the bounds of one turn, and tells whether
    /// there may be more.
    pub(super) fn receive(&mut self, token: Token, now: Instant) -> Result<bool, DataPathError> {
        let mut incoming = std::mem::take(&mut self.incoming);
        let more = self.receive_into(&mut incoming, token, now);
        self.incoming = incoming;
        more
    }

    fn receive_into(
        &mut self,
        incoming: &mut Incoming,
        token: Token,
        now: Instant,
    ) -> Result<bool, DataPathError> {
        let Some(socket) = self.sockets.of(token) else {
            return Ok(false);
        };
        let more = match incoming.receive(socket) {
            Ok(more) => more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => {
                // An error of one datagram (ICMP, memory) says nothing about the next.
                tracing::debug!(%error, "receiving failed");
                return Ok(false);
            }
        };
        let mut number = 0;
        while let Some((note, datagrams)) = incoming.buffer(number) {
            let arrival = self.sockets.of(token).map(|socket| socket.arrival(&note));
            let Some(arrival) = arrival else { break };
            self.counters
                .count_received(datagrams.len() as u64, note.len as u64);
            self.came.from_outside += datagrams.len();
            datagrams.for_each(|datagram| self.take_datagram(incoming, datagram, arrival, now));
            number += 1;
        }
        self.open_and_deliver(incoming, now);
        Ok(more)
    }

    /// Opens what was gathered last and passes everything on, before the memory is used again.
    pub(super) fn open_and_deliver(&mut self, incoming: &mut Incoming, now: Instant) {
        self.open_run(incoming, now);
        self.inner.flush(incoming.memory(), &self.counters);
    }

    pub(super) fn take_datagram(
        &mut self,
        incoming: &mut Incoming,
        datagram: Range<usize>,
        arrival: Arrival,
        now: Instant,
    ) {
        match Message::classify(incoming.bytes(datagram.clone())) {
            Ok(Message::Transport { receiver }) => {
                if !incoming.continues(receiver, arrival) {
                    self.open_run(incoming, now);
                    incoming.begin(receiver, arrival);
                }
                incoming.push(datagram);
            }
            Ok(handshake) => {
                self.open_run(incoming, now);
                self.handle_handshake(handshake, incoming.bytes(datagram), arrival.source, now);
            }
            Err(reason) => self.counters.count_drop(reason),
        }
    }

    /// Opens the messages of one session and delivers what is in them.
    fn open_run(&mut self, incoming: &mut Incoming, now: Instant) {
        let Some((receiver, arrival)) = incoming.end_run() else {
            return;
        };
        let bytes: usize = incoming.packets().iter().map(|packet| packet.length).sum();
        let opened = self.device.prepare_open(receiver, now).and_then(|peer| {
            let tunnel = self.tunnels.existing(peer);
            let mut tunnel = tunnel.ok_or(DropReason::UnknownIndex)?;
            tunnel.open(&mut incoming.batch(), now);
            Ok(peer)
        });
        match opened {
            Ok(peer) => self.note_opened(incoming, bytes, peer, (receiver, arrival), now),
            Err(reason) => self
                .counters
                .count_drops(reason, incoming.packets().len() as u64),
        }
        incoming.clear_run();
    }

    fn note_opened(
        &mut self,
        incoming: &mut Incoming,
        mut bytes: usize,
        peer: PeerId,
        (receiver, arrival): (u32, Arrival),
        now: Instant,
    ) {
        let mut authentic = false;
        let mut content = Content::Keepalive;
        for packet in incoming.packets() {
            if let Some(reason) = packet.dropped {
                self.counters.count_drop(reason);
                bytes -= packet.length;
                continue;
            }
            authentic = true;
            if packet.length > 0 {
                content = Content::Data;
            }
        }
        if authentic {
            self.device
                .received(peer, receiver, arrival.source, bytes, content, now);
            self.deliver(incoming, peer, arrival.mark, now);
            self.carry_out_actions(now);
        }
    }

    /// Hands opened packets to the inner side, where their source is the peer's.
    fn deliver(
        &mut self,
        incoming: &mut Incoming,
        peer: PeerId,
        mark: CongestionMark,
        now: Instant,
    ) {
        let mut accepted = None;
        for number in 0..incoming.packets().len() {
            let packet = incoming.packets()[number];
            if packet.dropped.is_some() || packet.length == 0 {
                continue;
            }
            let checked = self
                .check_source(peer, incoming.packet_mut(packet), &mut accepted)
                .and_then(|()| mark.apply_to(incoming.packet_mut(packet)));
            match checked {
                Ok(()) => {
                    let heading = Heading::FromPeer;
                    self.note_flow(peer, heading, incoming.packet_mut(packet), now);
                    self.pass_on(incoming, peer, packet, now);
                }
                Err(reason) => self.counters.count_drop(reason),
            }
        }
        if !self.outgoing.is_empty() {
            self.flush_outgoing(now);
        }
    }

    /// Counts a packet among those of its conversation, where somebody wants to know.
    pub(super) fn note_flow(
        &mut self,
        peer: PeerId,
        heading: Heading,
        packet: &[u8],
        now: Instant,
    ) {
        if let Some(flows) = &mut self.flows {
            let device = &self.device;
            flows.note(peer, heading, packet, now, || device.public_key_of(peer));
        }
    }

    /// Hands one packet to another peer, or else to the inner side.
    fn pass_on(&mut self, incoming: &mut Incoming, peer: PeerId, packet: Packet, now: Instant) {
        match self.relay_target(peer, incoming.packet_mut(packet)) {
            Some(other) => self.relay(other, incoming.packet_mut(packet), now),
            None => self
                .inner
                .deliver(peer, packet, incoming.memory(), &self.counters, now),
        }
    }

    /// Whether a packet may bear its source address; `accepted` is the last one that was looked
    /// up and found good.
    pub(super) fn check_source(
        &self,
        peer: PeerId,
        packet: &[u8],
        accepted: &mut Option<IpAddr>,
    ) -> Result<(), DropReason> {
        let source = source_of(packet).ok_or(DropReason::BadSource)?;
        if *accepted != Some(source) {
            if !self.device.accepts_source(peer, source) {
                return Err(DropReason::BadSource);
            }
            *accepted = Some(source);
        }
        Ok(())
    }

    /// Seals and sends the packets that were gathered, or does with them what else is right.
    pub(super) fn flush_outgoing(&mut self, now: Instant) {
        let mut outgoing = std::mem::take(&mut self.outgoing);
        let mut start = 0;
        while let Some((peer, run)) = outgoing.run_from(start) {
            start = run.end;
            self.send_run(&mut outgoing, peer, run, now);
        }
        outgoing.clear();
        self.outgoing = outgoing;
        self.carry_out_actions(now);
    }

    fn send_run(&mut self, outgoing: &mut Outgoing, peer: PeerId, run: Range<usize>, now: Instant) {
        match self.device.prepare_send(peer, now) {
            Readiness::Ready(endpoint) => self.seal_run(outgoing, peer, run, endpoint, now),
            Readiness::Refuse(reason) => self.counters.count_drops(reason, run.len() as u64),
            Readiness::Hold => {
                for packet in outgoing.each(run).filter(|packet| !packet.is_empty()) {
                    let dropped = self.held.push(peer, packet);
                    self.counters.count_drops(DropReason::QueueFull, dropped);
                }
            }
        }
    }

    fn seal_run(
        &mut self,
        outgoing: &mut Outgoing,
        peer: PeerId,
        run: Range<usize>,
        endpoint: Endpoint,
        now: Instant,
    ) {
        let data = outgoing.has_data(run.clone());
        let content = if data {
            Content::Data
        } else {
            Content::Keepalive
        };
        if self.flows.is_some() {
            for packet in outgoing.each(run.clone()) {
                self.note_flow(peer, Heading::ToPeer, packet, now);
            }
        }
        let tunnel = self.tunnels.existing(peer).ok_or(DropReason::SendFailed);
        let sealed =
            tunnel.and_then(|mut tunnel| tunnel.seal(&mut outgoing.batch(run.clone()), now));
        match sealed {
            Ok(()) => {
                let bytes = outgoing.transmit(run, endpoint, &self.sockets, &self.counters);
                if bytes == 0 {
                    self.forget_local_address(peer);
                }
                self.device.sent(peer, bytes, content, now);
            }
            Err(reason) => self.counters.count_drops(reason, run.len() as u64),
        }
    }
}
