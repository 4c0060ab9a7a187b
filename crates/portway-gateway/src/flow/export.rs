//! The way of counted conversations out of the data path.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::mpsc::{self, error::TrySendError};

use super::{
    key::{FlowKey, Heading},
    table::{FlowRecord, FlowTable, Flows},
};
use crate::{PeerId, PublicKey};

/// Intervals that may wait for whoever takes them, each of [`MOST_FLOWS`](super::table::MOST_FLOWS) conversations at
/// most. One more is dropped and counted.
const INTERVALS_WAITING: usize = 2;

/// Makes the two ends of the way out: one for a [`DataPathConfiguration`](crate::DataPathConfiguration), and one for
/// whoever writes conversations down, every `interval`.
#[must_use]
pub fn flow_export(interval: Duration) -> (FlowExport, FlowIntervals) {
    let (sender, receiver) = mpsc::channel(INTERVALS_WAITING);
    let counters = Arc::new(FlowCounters::default());
    let export = FlowExport {
        interval,
        sender,
        counters: Arc::clone(&counters),
    };
    (export, FlowIntervals { receiver, counters })
}

/// The data path's end.
#[derive(Clone, Debug)]
pub struct FlowExport {
    interval: Duration,
    sender: mpsc::Sender<FlowInterval>,
    counters: Arc<FlowCounters>,
}

/// The end of whoever writes conversations down.
#[derive(Debug)]
pub struct FlowIntervals {
    receiver: mpsc::Receiver<FlowInterval>,
    counters: Arc<FlowCounters>,
}

impl FlowIntervals {
    /// The next interval in which there was traffic; none when the data path has ended.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when it is dropped.
    pub async fn next(&mut self) -> Option<FlowInterval> {
        self.receiver.recv().await
    }

    /// What became of conversations so far; may be kept and read at any time.
    #[must_use]
    pub fn counters(&self) -> Arc<FlowCounters> {
        Arc::clone(&self.counters)
    }
}

/// What was counted in one interval.
#[derive(Debug)]
pub struct FlowInterval {
    flows: Flows,
    began: SystemTime,
    /// When it was handed over, by both clocks.
    now: (Instant, SystemTime),
}

impl FlowInterval {
    /// When it began, a multiple of the interval's length.
    #[must_use]
    pub const fn began(&self) -> SystemTime {
        self.began
    }

    /// How many conversations there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.flows.len()
    }

    /// Whether there were none; the data path hands none such over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
    }

    /// Each conversation, in no order.
    pub fn into_records(self) -> impl Iterator<Item = FlowRecord> {
        let (now, wall) = self.now;
        let moment = move |instant: Instant| wall - now.saturating_duration_since(instant);
        self.flows.into_iter().map(move |(key, flow)| FlowRecord {
            key,
            public_key: flow.public_key,
            received: flow.received,
            sent: flow.sent,
            first: moment(flow.first),
            last: moment(flow.last),
        })
    }
}

/// What became of conversations.
#[derive(Debug, Default)]
pub struct FlowCounters {
    written: AtomicU64,
    not_taken: AtomicU64,
    not_written: AtomicU64,
    packets_without_room: AtomicU64,
}

impl FlowCounters {
    /// Conversations that the grid has.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Conversations that were dropped because those before them were still being written.
    #[must_use]
    pub fn not_taken(&self) -> u64 {
        self.not_taken.load(Ordering::Relaxed)
    }

    /// Conversations that the grid did not take.
    #[must_use]
    pub fn not_written(&self) -> u64 {
        self.not_written.load(Ordering::Relaxed)
    }

    /// Packets of conversations for which there was no room in their interval.
    #[must_use]
    pub fn packets_without_room(&self) -> u64 {
        self.packets_without_room.load(Ordering::Relaxed)
    }

    pub(crate) fn count_written(&self, flows: usize) {
        self.written.fetch_add(flows as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_not_written(&self, flows: usize) {
        self.not_written.fetch_add(flows as u64, Ordering::Relaxed);
    }
}

/// Counts packets in the data path and hands intervals over, without ever waiting.
pub(crate) struct FlowRecorder {
    table: FlowTable,
    export: FlowExport,
}

impl FlowRecorder {
    pub(crate) fn new(export: FlowExport, now: Instant, wall: SystemTime) -> Self {
        Self {
            table: FlowTable::new(export.interval, now, wall),
            export,
        }
    }

    /// Counts an IP packet of a peer.
    pub(crate) fn note(
        &mut self,
        peer: PeerId,
        heading: Heading,
        packet: &[u8],
        now: Instant,
        public_key: impl FnOnce() -> Option<PublicKey>,
    ) {
        let Some((key, bytes)) = FlowKey::of(peer, heading, packet) else {
            return;
        };
        if !self.table.note(key, heading, bytes, now, public_key) {
            self.export
                .counters
                .packets_without_room
                .fetch_add(1, Ordering::Relaxed);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.table.next_timeout()
    }

    /// Hands over what was counted, where its interval has ended.
    pub(crate) fn handle_timeout(&mut self, now: Instant, wall: impl FnOnce() -> SystemTime) {
        if let Some(counted) = self.table.take_due(now) {
            self.hand_over(counted, (now, wall()));
        }
    }

    /// Hands over what was counted so far: there will be no more.
    pub(crate) fn finish(&mut self, now: Instant, wall: SystemTime) {
        if let Some(counted) = self.table.take(now) {
            self.hand_over(counted, (now, wall));
        }
    }

    fn hand_over(&self, (began, flows): (Instant, Flows), now: (Instant, SystemTime)) {
        let began = now.1 - now.0.saturating_duration_since(began);
        let interval = FlowInterval {
            flows,
            began: nearest_multiple(began, self.export.interval),
            now,
        };
        // Nobody may listen any more, which is the end of the process.
        if let Err(TrySendError::Full(interval)) = self.export.sender.try_send(interval) {
            let lost = interval.len() as u64;
            self.export
                .counters
                .not_taken
                .fetch_add(lost, Ordering::Relaxed);
        }
    }
}

/// The clocks may have drifted apart a little since the beginning.
fn nearest_multiple(moment: SystemTime, length: Duration) -> SystemTime {
    let middle = moment + length / 2;
    let since_epoch = middle.duration_since(SystemTime::UNIX_EPOCH);
    let since_epoch = since_epoch.unwrap_or_default().as_nanos();
    let over = since_epoch % length.as_nanos().max(1);
    let whole = u64::try_from(since_epoch - over).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_nanos(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    fn datagram() -> [u8; 28] {
        let mut packet = [0; 28];
        packet[0] = 0x45;
        packet[3] = 28;
        packet[9] = 17;
        packet
    }

    fn start() -> (FlowRecorder, FlowIntervals, Instant, SystemTime) {
        let (export, intervals) = flow_export(INTERVAL);
        let (now, wall) = (
            Instant::now(),
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_000),
        );
        (FlowRecorder::new(export, now, wall), intervals, now, wall)
    }

    fn note(recorder: &mut FlowRecorder, now: Instant) {
        let key = || Some(PublicKey::from_bytes([1; 32]));
        recorder.note(PeerId(1), Heading::FromPeer, &datagram(), now, key);
    }

    #[tokio::test]
    async fn an_interval_tells_its_times_by_the_wall_clock() {
        let (mut recorder, mut intervals, now, wall) = start();
        let second = Duration::from_secs(1);
        note(&mut recorder, now + second);
        note(&mut recorder, now + 3 * second);
        // The thread woke a moment late.
        let late = INTERVAL + Duration::from_millis(5);
        recorder.handle_timeout(now + late, || wall + late);
        let interval = intervals.next().await.unwrap();
        assert_eq!(interval.began(), wall);
        let record = interval.into_records().next().unwrap();
        assert_eq!(
            (record.first, record.last),
            (wall + second, wall + 3 * second)
        );
        assert_eq!((record.received.packets, record.received.bytes), (2, 56));
    }

    #[tokio::test]
    async fn a_reader_that_is_too_slow_loses_intervals_and_is_told_how_much() {
        let (mut recorder, mut intervals, now, wall) = start();
        for number in 1..=5 {
            let end = INTERVAL * number;
            note(&mut recorder, now + end - Duration::from_secs(1));
            recorder.handle_timeout(now + end, || wall + end);
        }
        assert_eq!(intervals.counters().not_taken(), 3);
        assert_eq!(intervals.next().await.unwrap().began(), wall);
        assert_eq!(intervals.next().await.unwrap().began(), wall + INTERVAL);
        drop(recorder);
        assert!(intervals.next().await.is_none());
    }

    #[tokio::test]
    async fn what_was_counted_last_is_handed_over_at_the_end() {
        let (mut recorder, mut intervals, now, wall) = start();
        recorder.handle_timeout(now + 2 * INTERVAL, || wall + 2 * INTERVAL);
        let end = 2 * INTERVAL + Duration::from_secs(3);
        note(&mut recorder, now + end);
        recorder.finish(now + end, wall + end);
        drop(recorder);
        assert_eq!(intervals.next().await.unwrap().began(), wall + 2 * INTERVAL);
        assert!(intervals.next().await.is_none());
    }
}
