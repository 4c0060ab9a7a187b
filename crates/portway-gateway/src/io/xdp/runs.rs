//! Messages on their way in, opened in the frames that they came in.

use std::time::Instant;

use portway_dataplane::{Burst, Datagram, Frame};

use super::own_addresses::OwnAddresses;
use crate::{
    PeerId,
    io::{
        sockets::Arrival,
        tunnels::{SharedTunnel, lock},
    },
    state::{CongestionMark, Counters, DropReason, Endpoint, Message},
    tunnel::{Packet, PacketBatch, Tunnel as _},
};

/// Transport messages of one session that came one after another, in the same way.
pub(super) struct Run {
    pub(super) receiver: u32,
    pub(super) arrival: Arrival,
    pub(super) frames: Vec<Frame>,
    /// Bytes of the messages that turned out authentic.
    pub(super) bytes: usize,
    /// Whose they are, once that is known.
    pub(super) opener: Option<(PeerId, SharedTunnel)>,
}

/// A message that is no transport message.
pub(super) struct Handshake {
    pub(super) kind: Message,
    pub(super) frame: Frame,
    pub(super) source: Endpoint,
}

/// A burst of the outer side, sorted.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) runs: Vec<Run>,
    pub(super) handshakes: Vec<Handshake>,
}

/// Takes the message out of each frame; what holds none is counted and dropped.
pub(super) fn messages(
    burst: &mut Burst,
    own: &OwnAddresses,
    counters: &Counters,
) -> impl Iterator<Item = (Frame, Arrival)> {
    let count = burst.len();
    burst.drain(count).filter_map(|mut frame| {
        if let Ok(Some(datagram)) = Datagram::open(&mut frame) {
            counters.count_received(1, frame.len() as u64);
            return Some((frame, arrival(&datagram, own)));
        }
        counters.count_drop(DropReason::Malformed);
        None
    })
}

fn arrival(datagram: &Datagram, own: &OwnAddresses) -> Arrival {
    Arrival {
        source: own.source(datagram.source, datagram.destination.ip()),
        mark: CongestionMark::from_bits(datagram.congestion),
    }
}

impl Sorted {
    /// Sorts a burst into runs and handshakes.
    pub(super) fn from_burst(burst: &mut Burst, own: &OwnAddresses, counters: &Counters) -> Self {
        let mut sorted = Self::default();
        for (frame, arrival) in messages(burst, own, counters) {
            match Message::classify(&frame) {
                Ok(Message::Transport { receiver }) => sorted.push(frame, receiver, arrival),
                Ok(kind) => sorted.handshakes.push(Handshake {
                    kind,
                    frame,
                    source: arrival.source,
                }),
                Err(reason) => counters.count_drop(reason),
            }
        }
        sorted
    }

    fn push(&mut self, frame: Frame, receiver: u32, arrival: Arrival) {
        match self.runs.last_mut() {
            Some(run) if run.receiver == receiver && run.arrival == arrival => {
                run.frames.push(frame);
            }
            _ => self.runs.push(Run {
                receiver,
                arrival,
                frames: vec![frame],
                bytes: 0,
                opener: None,
            }),
        }
    }
}

impl Run {
    /// Decrypts each message where it lies, and leaves the inner packet in its frame. Keepalives leave an empty frame;
    /// what is not authentic is dropped and counted.
    pub(super) fn open(&mut self, now: Instant, counters: &Counters) {
        let Some((_, tunnel)) = &self.opener else {
            return self.frames.clear();
        };
        let mut tunnel = lock(tunnel);
        let bytes = &mut self.bytes;
        self.frames.retain_mut(|frame| {
            let length = frame.len();
            let mut packets = [Packet::new(0, length)];
            tunnel.open(&mut PacketBatch::new(frame, &mut packets), now);
            let [packet] = packets;
            if let Some(reason) = packet.dropped {
                counters.count_drop(reason);
                return false;
            }
            *bytes += length;
            frame.trim_front(packet.offset);
            frame.truncate(packet.length);
            true
        });
    }

    /// Whether any of the messages carried a packet.
    pub(super) fn has_data(&self) -> bool {
        self.frames.iter().any(|frame| !frame.is_empty())
    }
}
