//! Packets counted by conversation, an interval at a time. Nothing depends on the order of the map: what is taken out of
//! it goes into a table of the grid.

use std::{
    collections::HashMap,
    mem,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use super::key::{FlowKey, Heading};
use crate::PublicKey;

/// Conversations of one interval, in about 10 MB. Packets of one more are counted as not told apart.
pub(super) const MOST_FLOWS: usize = 65_536;

/// What went one way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// IP packets.
    pub packets: u64,
    /// Their bytes, with the IP header and without WireGuard's.
    pub bytes: u64,
}

impl Tally {
    const fn add(&mut self, bytes: u16) {
        self.packets += 1;
        self.bytes += bytes as u64;
    }
}

/// A conversation in one interval.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Flow {
    pub(super) public_key: PublicKey,
    pub(super) received: Tally,
    pub(super) sent: Tally,
    pub(super) first: Instant,
    pub(super) last: Instant,
}

/// A conversation of a peer in one interval, as it is told to others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FlowRecord {
    /// The two ends.
    pub key: FlowKey,
    /// The peer.
    pub public_key: PublicKey,
    /// What came from the peer.
    pub received: Tally,
    /// What went to the peer.
    pub sent: Tally,
    /// When the first packet of the interval was seen.
    pub first: SystemTime,
    /// When the last one was.
    pub last: SystemTime,
}

pub(super) type Flows = HashMap<FlowKey, Flow>;

/// Counts the packets of one data path.
pub(crate) struct FlowTable {
    interval: Duration,
    /// When the interval ends.
    end: Instant,
    flows: Flows,
    /// The conversation of the last packet, which is usually that of the next one: not in `flows` meanwhile.
    current: Option<(FlowKey, Flow)>,
}

impl FlowTable {
    /// Intervals begin where the clock on the wall is a multiple of their length, so that those of all gateways lie
    /// side by side.
    pub(crate) fn new(interval: Duration, now: Instant, wall: SystemTime) -> Self {
        let since_epoch = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        let elapsed = since_epoch.as_nanos() % interval.as_nanos().max(1);
        // Below the interval, which fits.
        let elapsed = Duration::from_nanos(u64::try_from(elapsed).unwrap_or_default());
        Self {
            interval,
            end: now + interval.saturating_sub(elapsed),
            flows: Flows::new(),
            current: None,
        }
    }

    /// Counts a packet; tells whether there was room for its conversation. `public_key` is asked of each conversation
    /// once an interval.
    pub(crate) fn note(
        &mut self,
        key: FlowKey,
        heading: Heading,
        bytes: u16,
        now: Instant,
        public_key: impl FnOnce() -> Option<PublicKey>,
    ) -> bool {
        if self
            .current
            .as_ref()
            .is_none_or(|(current, _)| *current != key)
        {
            self.put_back();
            self.current = self.take_up(key, now, public_key);
        }
        let Some((_, flow)) = &mut self.current else {
            return false;
        };
        flow.last = now;
        match heading {
            Heading::FromPeer => flow.received.add(bytes),
            Heading::ToPeer => flow.sent.add(bytes),
        }
        true
    }

    fn put_back(&mut self) {
        if let Some((key, flow)) = self.current.take() {
            self.flows.insert(key, flow);
        }
    }

    fn take_up(
        &mut self,
        key: FlowKey,
        now: Instant,
        public_key: impl FnOnce() -> Option<PublicKey>,
    ) -> Option<(FlowKey, Flow)> {
        if let Some(flow) = self.flows.remove(&key) {
            return Some((key, flow));
        }
        if self.flows.len() >= MOST_FLOWS {
            return None;
        }
        let flow = Flow {
            public_key: public_key()?,
            received: Tally::default(),
            sent: Tally::default(),
            first: now,
            last: now,
        };
        Some((key, flow))
    }

    /// When [`take_due`](Self::take_due) has something, unless nothing was counted.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        (!self.is_empty()).then_some(self.end)
    }

    fn is_empty(&self) -> bool {
        self.flows.is_empty() && self.current.is_none()
    }

    /// What was counted and when that began, where its interval has ended.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Instant, Flows)> {
        (now >= self.end).then(|| self.take(now)).flatten()
    }

    /// What was counted and when that began, whether its interval has ended or not; nothing where nothing was.
    pub(super) fn take(&mut self, now: Instant) -> Option<(Instant, Flows)> {
        let began = self.end.checked_sub(self.interval).unwrap_or(self.end);
        if let Some(late) = now.checked_duration_since(self.end) {
            let missed = late.as_nanos() / self.interval.as_nanos().max(1);
            let missed = u32::try_from(missed).unwrap_or(u32::MAX);
            self.end += self.interval.saturating_mul(missed.saturating_add(1));
        }
        self.put_back();
        let room = Flows::with_capacity(self.flows.len());
        let flows = mem::replace(&mut self.flows, room);
        (!flows.is_empty()).then_some((began, flows))
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::*;
    use crate::PeerId;

    const INTERVAL: Duration = Duration::from_secs(10);

    fn key(number: u32) -> FlowKey {
        FlowKey {
            peer: PeerId(number % 3),
            protocol: 17,
            inner: (IpAddr::from([10, 0, 0, 2]), 1),
            remote: (IpAddr::from(number.to_be_bytes()), 53),
        }
    }

    fn table(now: Instant) -> FlowTable {
        FlowTable::new(INTERVAL, now, UNIX_EPOCH + Duration::from_secs(1_003))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test needs one moment to count from"
    )]
    fn some_moment() -> Instant {
        Instant::now()
    }

    fn some_key() -> Option<PublicKey> {
        Some(PublicKey::from_bytes([7; 32]))
    }

    #[test]
    fn intervals_end_where_the_wall_clock_is_a_multiple() {
        let start = some_moment();
        let mut table = table(start);
        assert_eq!(table.next_timeout(), None);
        assert!(table.note(key(1), Heading::ToPeer, 100, start, some_key));
        let end = start + Duration::from_secs(7);
        assert_eq!(table.next_timeout(), Some(end));
        assert!(table.take_due(end - Duration::from_nanos(1)).is_none());
        let (began, flows) = table.take_due(end).unwrap();
        assert_eq!((began, flows.len()), (end - INTERVAL, 1));
        assert!(table.note(key(1), Heading::ToPeer, 100, end, some_key));
        assert_eq!(table.next_timeout(), Some(end + INTERVAL));
    }

    #[test]
    fn a_table_that_nobody_looked_at_goes_on_with_the_next_interval() {
        let start = some_moment();
        let mut table = table(start);
        assert!(table.note(key(1), Heading::ToPeer, 100, start, some_key));
        let late = start + Duration::from_secs(7 + 35);
        assert!(table.take_due(late).is_some());
        assert!(table.note(key(1), Heading::ToPeer, 100, late, some_key));
        assert_eq!(
            table.next_timeout(),
            Some(start + Duration::from_secs(7 + 40))
        );
    }

    #[test]
    fn a_full_table_counts_on_what_it_has_and_refuses_the_rest() {
        let start = some_moment();
        let mut table = table(start);
        for number in 0..MOST_FLOWS as u32 {
            assert!(table.note(key(number), Heading::ToPeer, 1, start, some_key));
        }
        assert!(!table.note(key(1 << 24), Heading::ToPeer, 1, start, some_key));
        assert!(table.note(key(5), Heading::ToPeer, 1, start, some_key));
        let (_, flows) = table.take_due(start + INTERVAL).unwrap();
        assert_eq!(flows.len(), MOST_FLOWS);
        assert_eq!(flows[&key(5)].sent.packets, 2);
    }

    #[test]
    fn the_packets_of_nobody_are_refused() {
        let start = some_moment();
        let mut table = table(start);
        assert!(!table.note(key(1), Heading::FromPeer, 1, start, || None));
        assert_eq!(table.next_timeout(), None);
    }

    proptest! {
        #[test]
        fn it_counts_as_a_plain_sum_does(packets in proptest::collection::vec((0..5_u32, any::<bool>(), any::<u16>()), 0..200)) {
            let start = some_moment();
            let mut table = table(start);
            let mut sums: HashMap<FlowKey, [Tally; 2]> = HashMap::new();
            for (number, from_peer, bytes) in packets {
                let heading = if from_peer { Heading::FromPeer } else { Heading::ToPeer };
                table.note(key(number), heading, bytes, start, some_key);
                let tally = &mut sums.entry(key(number)).or_default()[usize::from(from_peer)];
                tally.packets += 1;
                tally.bytes += u64::from(bytes);
            }
            let flows = table.take_due(start + INTERVAL).map(|(_, flows)| flows).unwrap_or_default();
            let counted: HashMap<_, _> = flows.iter().map(|(key, flow)| (*key, [flow.sent, flow.received])).collect();
            prop_assert_eq!(counted, sums);
        }
    }
}
