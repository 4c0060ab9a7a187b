//! What the threads of the queues ask of the worker, a burst at a time.

use std::{mem, net::IpAddr, time::Instant};

use portway_dataplane::Frame;

use super::{
    departures::{Departure, Departures},
    inner_end::InnerEnd,
    runs::{Run, Sorted},
};
use crate::{
    PeerId,
    flow::Heading,
    io::{sockets::Arrival, worker::Worker},
    stack::compose::Refusal,
    state::{Content, DropReason, Endpoint, Readiness, destination_of, travel_on},
    tunnel::Packet,
};

impl Worker {
    /// Takes copies of messages, as if they had come from a socket.
    pub(super) fn take_messages(
        &mut self,
        messages: impl Iterator<Item = (Frame, Arrival)>,
        now: Instant,
    ) {
        let mut incoming = mem::take(&mut self.incoming);
        let mut end = 0;
        for (frame, arrival) in messages {
            if !incoming.has_room(end, frame.len()) {
                self.open_and_deliver(&mut incoming, now);
                end = 0;
            }
            let place = incoming.store(end, &frame);
            end = place.end;
            self.take_datagram(&mut incoming, place, arrival, now);
        }
        self.open_and_deliver(&mut incoming, now);
        self.incoming = incoming;
    }

    /// Handles handshakes, and finds out whose the transport messages are.
    pub(super) fn admit(&mut self, sorted: &mut Sorted, now: Instant) {
        for handshake in sorted.handshakes.drain(..) {
            self.handle_handshake(handshake.kind, &handshake.frame, handshake.source, now);
        }
        for run in &mut sorted.runs {
            let peer = self.device.prepare_open(run.receiver, now);
            let opener = peer.and_then(|peer| {
                let tunnel = self.tunnels.shared(peer);
                Ok((peer, tunnel.ok_or(DropReason::UnknownIndex)?))
            });
            run.opener = opener
                .inspect_err(|reason| self.counters.count_drops(*reason, run.frames.len() as u64))
                .ok();
        }
    }

    /// Takes note of opened messages. Packets to other peers are added to `departures`; those into the network
    /// are returned.
    pub(super) fn accept(
        &mut self,
        runs: Vec<Run>,
        inner: &InnerEnd,
        departures: &mut Departures,
        now: Instant,
    ) -> Vec<Frame> {
        let mut inward = Vec::new();
        for run in runs {
            let Some((peer, _)) = run.opener.as_ref().filter(|_| !run.frames.is_empty()) else {
                continue;
            };
            let (peer, content) = (*peer, content(run.has_data()));
            let (receiver, source) = (run.receiver, run.arrival.source);
            self.device
                .received(peer, receiver, source, run.bytes, content, now);
            self.sort_packets(peer, run, inner, departures, &mut inward, now);
        }
        self.carry_out_actions(now);
        inward
    }

    fn sort_packets(
        &mut self,
        peer: PeerId,
        run: Run,
        inner: &InnerEnd,
        departures: &mut Departures,
        inward: &mut Vec<Frame>,
        now: Instant,
    ) {
        let mut accepted = None;
        for mut frame in run.frames.into_iter().filter(|frame| !frame.is_empty()) {
            let checked = self
                .check_source(peer, &frame, &mut accepted)
                .and_then(|()| run.arrival.mark.apply_to(&mut frame));
            if let Err(reason) = checked {
                self.counters.count_drop(reason);
                continue;
            }
            self.note_flow(peer, Heading::FromPeer, &frame, now);
            if destination_of(&frame).is_some_and(|to| inner.is_own(to)) {
                let packet = Packet::new(0, frame.len());
                self.inner
                    .deliver(peer, packet, &frame, &self.counters, now);
            } else if let Some(other) = self.relay_target(peer, &frame) {
                match travel_on(&mut frame) {
                    Ok(()) => departures.push(other, frame),
                    Err(reason) => self.counters.count_drop(reason),
                }
            } else {
                inward.push(frame);
            }
        }
    }

    /// Adds packets of the network to the departures to their peers.
    pub(super) fn depart(&mut self, packets: Vec<(IpAddr, Frame)>, departures: &mut Departures) {
        for (destination, frame) in packets {
            match self.device.route(destination) {
                Some(peer) => departures.push(peer, frame),
                None => self.counters.count_drop(DropReason::NoRoute),
            }
        }
    }

    /// Takes copies of packets of the network, as if they had come from another inner side.
    pub(super) fn take_packets(&mut self, packets: Vec<(IpAddr, Frame)>, now: Instant) {
        for (destination, frame) in packets {
            let Some(peer) = self.device.route(destination) else {
                self.counters.count_drop(DropReason::NoRoute);
                continue;
            };
            if !self.outgoing.has_room(1, frame.len()) {
                self.flush_outgoing(now);
            }
            self.outgoing.push(peer, &frame);
        }
        self.flush_outgoing(now);
    }

    /// Finds out where departures go and what seals them. Packets without a session are kept.
    pub(super) fn prepare(&mut self, departures: &mut Departures, now: Instant) {
        for departure in &mut departures.0 {
            let count = departure.frames.len() as u64;
            match self.device.prepare_send(departure.peer, now) {
                Readiness::Ready(endpoint) => match self.tunnels.shared(departure.peer) {
                    Some(tunnel) => {
                        for frame in &departure.frames {
                            self.note_flow(departure.peer, Heading::ToPeer, frame, now);
                        }
                        departure.sealer = Some((endpoint, tunnel));
                    }
                    None => self.counters.count_drops(DropReason::SendFailed, count),
                },
                Readiness::Refuse(reason) => self.counters.count_drops(reason, count),
                Readiness::Hold => self.hold(departure),
            }
        }
    }

    fn hold(&mut self, departure: &mut Departure) {
        for frame in departure.frames.drain(..) {
            let dropped = self.held.push(departure.peer, &frame);
            self.counters.count_drops(DropReason::QueueFull, dropped);
        }
    }

    /// Takes note of what left, and sends by the kernel's socket what could not go past it.
    pub(super) fn conclude(&mut self, departures: Departures, now: Instant) {
        for departure in departures.0 {
            let Some((endpoint, _)) = departure.sealer else {
                continue;
            };
            let mut bytes = departure.bytes;
            for (mark, frame) in departure.by_kernel {
                let socket = self.sockets.towards(endpoint.remote);
                let sent =
                    socket.map(|socket| socket.send_by_kernel(endpoint, mark, &frame, frame.len()));
                bytes += self.note_sent(sent.transpose().ok().flatten(), &endpoint, &frame);
            }
            self.device.sent(departure.peer, bytes, Content::Data, now);
        }
    }

    fn note_sent(&self, sent: Option<()>, to: &Endpoint, message: &[u8]) -> usize {
        if sent.is_none() {
            tracing::trace!(remote = %to.remote, "a message was not sent");
            self.counters.count_drop(DropReason::SendFailed);
            return 0;
        }
        self.counters.count_sent(1, message.len() as u64);
        message.len()
    }

    /// Tells peers why their packets go no further.
    pub(super) fn refuse(&mut self, refused: Vec<(Frame, Refusal)>) {
        for (frame, refusal) in refused {
            self.inner.refuse(&frame, refusal, &self.counters);
        }
    }

    /// Carries out what a burst left to do, and has the data path's own thread wake at the next deadline.
    pub(super) fn finish(&mut self, now: Instant) {
        self.inner.flush(&[], &self.counters);
        self.carry_out_actions(now);
        let read = self.read_inner(now);
        let alarmed = self.set_alarm(now);
        if let Err(error) = read {
            self.fail(error);
        }
        if let Err(error) = alarmed {
            tracing::error!(%error, "the alarm cannot be set");
        }
        // What is left of it is for the data path's own thread, which may sleep.
        if self.work.is_left() {
            self.wake();
        }
    }
}

const fn content(has_data: bool) -> Content {
    if has_data {
        Content::Data
    } else {
        Content::Keepalive
    }
}
