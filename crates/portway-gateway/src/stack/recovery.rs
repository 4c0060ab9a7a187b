//! Fills every gap of a window, not its first alone (NewReno, RFC 6582).
//!
//! smoltcp sends again at once what three duplicate acknowledgements ask for, and waits a second, its least time-out, for
//! each further gap that the same loss tore. An acknowledgement that moves on, but not to the end of what was under way, names
//! such a gap. Given to the socket three times more it counts as three duplicates, and the gap is filled a round trip after
//! the one before.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::time::{Duration, Instant};

use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket, TcpSeqNumber};

/// So many duplicates in a row tell of a loss (RFC 5681, 3.2).
const DUPLICATES: u8 = 3;

/// So long gaps are filled one in a round trip; what is left then the timer sends again all at once, which is faster where round
/// trips are long (the "impatient" variant of RFC 6582, 4).
const PATIENCE: Duration = Duration::from_millis(300);

/// What a connection knows of a loss on its way out.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    /// Behind the last byte that left.
    sent: Option<TcpSeqNumber>,
    /// The last acknowledgement and its window.
    acknowledged: Option<(TcpSeqNumber, u16)>,
    duplicates: u8,
    loss: Option<Loss>,
}

/// A loss that is being made good.
#[derive(Clone, Copy, Debug)]
struct Loss {
    /// Behind the last byte that had left when it was noticed.
    end: TcpSeqNumber,
    noticed: Instant,
}

impl Recovery {
    /// Notes a packet that leaves.
    pub(super) fn sent(&mut self, packet: &[u8]) {
        let Some(segment) = segment(packet) else {
            return;
        };
        let end = segment.seq_number() + segment.segment_len();
        if self.sent.is_none_or(|sent| sent < end) {
            self.sent = Some(end);
        }
    }

    /// Notes a packet that came, and tells how many times more the socket is to get it.
    pub(super) fn received(&mut self, packet: &[u8], now: Instant) -> u8 {
        let (Some(segment), Some(sent)) = (segment(packet), self.sent) else {
            return 0;
        };
        if !segment.ack() || segment.segment_len() > 0 {
            self.duplicates = 0;
            return 0;
        }
        let (number, window) = (segment.ack_number(), segment.window_len());
        let before = self.acknowledged.replace((number, window));
        match before {
            Some((last, same)) if last == number && same == window && number < sent => {
                self.duplicate(sent, now)
            }
            Some((last, _)) if last < number => self.moved_on(number, now),
            _ => 0,
        }
    }

    fn duplicate(&mut self, end: TcpSeqNumber, now: Instant) -> u8 {
        self.duplicates = self.duplicates.saturating_add(1);
        if self.duplicates == DUPLICATES && self.loss.is_none() {
            self.loss = Some(Loss { end, noticed: now });
        }
        0
    }

    fn moved_on(&mut self, number: TcpSeqNumber, now: Instant) -> u8 {
        self.duplicates = 0;
        // At its end the loss is made good.
        self.loss = self.loss.filter(|loss| number < loss.end);
        match self.loss {
            Some(loss) if now < loss.noticed + PATIENCE => DUPLICATES,
            _ => 0,
        }
    }
}

/// The segment in a packet that the stack reads or writes: whole, without fragments or extension headers.
fn segment(packet: &[u8]) -> Option<TcpPacket<&[u8]>> {
    let (protocol, payload) = match packet.first()? >> 4 {
        4 => {
            let header = Ipv4Packet::new_checked(packet).ok()?;
            (header.next_header(), header.payload())
        }
        _ => {
            let header = Ipv6Packet::new_checked(packet).ok()?;
            (header.next_header(), header.payload())
        }
    };
    (protocol == IpProtocol::Tcp).then(|| TcpPacket::new_checked(payload).ok())?
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use portway_dataplane::Lane;
    use smoltcp::{
        iface::{SocketHandle, SocketSet},
        socket::tcp,
    };

    use super::*;

    const MTU: usize = 1420;
    /// How long a packet is under way.
    const LATENCY: Duration = Duration::from_millis(1);
    /// Which of the packets are lost: gaps of one window.
    const LOST: [usize; 4] = [98, 100, 102, 104];
    const WINDOW: usize = 256 << 10;
    const LENGTH: usize = 150_000;
    /// More than any of these streams takes.
    const TURNS: usize = 10_000;

    /// One end of a connection.
    struct End {
        lane: Lane,
        sockets: SocketSet<'static>,
        handle: SocketHandle,
    }

    impl End {
        fn new(seed: u64) -> Self {
            let buffer = || tcp::SocketBuffer::new(vec![0; WINDOW]);
            let mut sockets = SocketSet::new(Vec::new());
            let handle = sockets.add(tcp::Socket::new(buffer(), buffer()));
            Self {
                lane: Lane::new(MTU, seed),
                sockets,
                handle,
            }
        }

        fn socket(&mut self) -> &mut tcp::Socket<'static> {
            self.sockets.get_mut(self.handle)
        }

        /// All that it wants to send now.
        fn packets(&mut self, now: Instant) -> Vec<Vec<u8>> {
            let (mut packets, mut buffer) = (Vec::new(), [0; MTU]);
            while let Some(length) = self.lane.replies.pop_into(&mut buffer) {
                packets.push(buffer[..length].to_vec());
            }
            while let Some(length) = self.lane.transmit(&mut buffer, &mut self.sockets, now) {
                packets.push(buffer[..length].to_vec());
            }
            packets
        }

        fn receive(&mut self, packet: &[u8], now: Instant) {
            self.lane.receive(packet, &mut self.sockets, now);
        }
    }

    /// How long a stream with gaps takes, in the time of the link.
    #[expect(
        clippy::disallowed_methods,
        reason = "where time begins does not matter"
    )]
    fn time_of_a_stream(mut recovery: Option<Recovery>) -> Duration {
        let [from, to]: [SocketAddr; 2] =
            ["10.0.0.1:80", "10.0.0.2:4000"].map(|end| end.parse().unwrap());
        let (mut near, mut far) = (End::new(1), End::new(2));
        far.socket().listen(to).unwrap();
        near.lane
            .connect(from, to, &mut near.sockets, near.handle)
            .unwrap();
        let began = Instant::now();
        let (mut now, mut number, mut received) = (began, 0, 0);
        let mut text = &[7; LENGTH][..];
        for _ in 0..TURNS {
            while near.socket().can_send() && !text.is_empty() {
                let taken = near.socket().send_slice(text).unwrap();
                text = &text[taken..];
            }
            for packet in near.packets(now) {
                if let Some(recovery) = &mut recovery {
                    recovery.sent(&packet);
                }
                number += 1;
                if !LOST.contains(&number) {
                    far.receive(&packet, now);
                }
            }
            now += LATENCY;
            while far.socket().can_recv() {
                let take = |bytes: &mut [u8]| (bytes.len(), bytes.len());
                received += far.socket().recv(take).unwrap();
            }
            if received == LENGTH {
                return now - began;
            }
            for packet in far.packets(now) {
                let again = recovery
                    .as_mut()
                    .map_or(0, |recovery| recovery.received(&packet, now));
                (0..=again).for_each(|_| near.receive(&packet, now));
            }
            now += LATENCY;
        }
        panic!("{received} of {LENGTH} bytes came")
    }

    #[test]
    fn gaps_of_one_window_are_filled_without_waiting_for_the_timer() {
        let without = time_of_a_stream(None);
        assert!(without > Duration::from_secs(1), "{without:?}");
        let with = time_of_a_stream(Some(Recovery::default()));
        assert!(with < Duration::from_millis(100), "{with:?}");
    }
}
