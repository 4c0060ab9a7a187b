//! Packets on their way out to peers, sealed in the frames that they came in.

use std::{mem, time::Instant};

use portway_dataplane::{Burst, Frame};

use super::outer_end::{OuterEnd, Way};
use crate::{
    PeerId,
    io::tunnels::{SharedTunnel, lock},
    state::{
        CongestionMark, Counters, DropReason, Endpoint, TRANSPORT_HEADER, TRANSPORT_OVERHEAD,
        TRANSPORT_TAG, padded_length,
    },
    tunnel::{Packet, PacketBatch, Tunnel as _},
};

/// Packets to one peer, one after another.
pub(super) struct Departure {
    pub(super) peer: PeerId,
    pub(super) frames: Vec<Frame>,
    /// Where they go, and by what they are sealed, once that is known.
    pub(super) sealer: Option<(Endpoint, SharedTunnel)>,
    /// Bytes of the messages that left.
    pub(super) bytes: usize,
    /// Messages that have to go by the kernel's socket.
    pub(super) by_kernel: Vec<(CongestionMark, Frame)>,
}

/// Packets of one burst, in their order, with the peer of each run.
#[derive(Default)]
pub(super) struct Departures(pub(super) Vec<Departure>);

impl Departures {
    /// Adds a packet of IP.
    pub(super) fn push(&mut self, peer: PeerId, frame: Frame) {
        match self.0.last_mut() {
            Some(departure) if departure.peer == peer => departure.frames.push(frame),
            _ => self.0.push(Departure {
                peer,
                frames: vec![frame],
                sealer: None,
                bytes: 0,
                by_kernel: Vec::new(),
            }),
        }
    }
}

impl Departure {
    /// Encrypts each packet where it lies and sends it, on a queue of the outer side.
    pub(super) fn leave(
        &mut self,
        outer: &OuterEnd,
        queue: usize,
        mtu: usize,
        counters: &Counters,
        now: Instant,
    ) {
        let Some((endpoint, tunnel)) = &self.sealer else {
            return self.frames.clear();
        };
        let way = outer.way(*endpoint, now);
        let mut burst = Burst::new();
        let mut tunnel = lock(tunnel);
        for mut frame in mem::take(&mut self.frames) {
            let mark = CongestionMark::of(&frame);
            let sealed = seal(&mut frame, mtu).and_then(|mut packet| {
                let packets = std::slice::from_mut(&mut packet);
                tunnel.seal(&mut PacketBatch::new(&mut frame, packets), now)?;
                packet.dropped.map_or(Ok(()), Err)
            });
            match (sealed, &way) {
                (Err(reason), _) => counters.count_drop(reason),
                (Ok(()), Some(way)) if way.takes(frame.len()) => {
                    self.bytes += frame.len();
                    counters.count_sent(1, frame.len() as u64);
                    gather(outer, frame, way, mark, &mut burst);
                }
                (Ok(()), _) => self.by_kernel.push((mark, frame)),
            }
        }
        // The system need not be waited for with the tunnel in hand.
        drop(tunnel);
        outer.transmit(queue, &mut burst, counters);
    }
}

/// A burst of the outer side is never longer than one, as that of the inner side was not.
fn gather(outer: &OuterEnd, mut frame: Frame, way: &Way, mark: CongestionMark, burst: &mut Burst) {
    outer.address(&mut frame, way, mark);
    let _ = burst.push(frame);
}

/// Makes room for header, padding and tag around a packet, and tells where the packet lies then.
fn seal(frame: &mut Frame, mtu: usize) -> Result<Packet, DropReason> {
    let length = frame.len();
    let padded = padded_length(length, mtu);
    let too_long = |_| DropReason::SendFailed;
    frame.set_len(padded).map_err(too_long)?;
    frame[length..].fill(0);
    frame.prepend(TRANSPORT_HEADER).map_err(too_long)?;
    frame
        .set_len(padded + TRANSPORT_OVERHEAD)
        .map_err(too_long)?;
    debug_assert_eq!(TRANSPORT_OVERHEAD, TRANSPORT_HEADER + TRANSPORT_TAG);
    Ok(Packet::new(TRANSPORT_HEADER, padded))
}
