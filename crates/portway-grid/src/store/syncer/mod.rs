//! The thread that brings the journal to the disk, and what it shares with those who append.
//!
//! Appending never waits for it. Whoever has to know when a change is on the disk watches
//! [`SyncProgress`]: one order to the disk serves all who appended before it.

mod tail;
mod thread;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{Builder, JoinHandle};

use tokio::sync::watch;

use super::disk::LogFile;
use super::recovery::Manner;
use super::{Place, WalMode};
use crate::engine::{Position, Segment};
use tail::Tail;
use thread::Shared;

/// How far the journal is on the disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct SyncProgress {
    /// Everything before it is on the disk.
    pub(crate) synced: Position,
    /// What the disk refused last: changes behind `synced` and up to there are not safe.
    pub(crate) refused: Option<Refused>,
    /// Orders to the disk so far.
    pub(crate) rounds: u64,
}

/// Changes that could not be brought to the disk.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) up_to: Position,
    pub(crate) reason: Arc<str>,
}

/// A segment with bytes that may not be on the disk.
#[derive(Clone, Debug)]
pub(super) struct OpenSegment {
    pub(super) segment: Segment,
    pub(super) file: Arc<dyn LogFile>,
}

/// The journal's side of the thread. Dropping it brings the rest to the disk and ends the thread.
#[derive(Debug)]
pub(super) struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    /// Starts the thread for a log that ends at `end` and was read from `unsynced` files, too.
    pub(super) fn start(
        manner: &Manner,
        directory: PathBuf,
        unsynced: Vec<OpenSegment>,
        end: Place,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            mode: manner.mode,
            lazy_interval: manner.lazy_interval,
            directory,
            disk: Arc::clone(&manner.disk),
            tail: Mutex::new(Tail::new(unsynced, end)),
            changed: Condvar::new(),
            progress: watch::Sender::default(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = Builder::new().name("grid-sync".to_owned());
        let thread = thread.spawn(move || of_thread.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    pub(super) fn progress(&self) -> watch::Receiver<SyncProgress> {
        self.shared.progress.subscribe()
    }

    pub(super) fn appended(&self) -> Position {
        self.shared.tail().appended
    }

    /// The place before which everything is known to be on the disk.
    pub(super) fn proven(&self) -> Option<Place> {
        let tail = self.shared.tail();
        tail.is_proven.then_some(tail.safe)
    }

    /// Where the log has to go on when the disk refused what follows.
    pub(super) fn failed_at(&self) -> Option<Place> {
        let tail = self.shared.tail();
        tail.has_failed.then_some(tail.safe)
    }

    /// Tells of a record that now ends the log.
    pub(super) fn note_record(&self, record: &[u8], end: Place) {
        let mut tail = self.shared.tail();
        let was_clean = tail.appended == tail.synced;
        tail.appended = Position(tail.appended.0 + record.len() as u64);
        tail.end = end;
        if self.shared.mode == WalMode::Fsync {
            let position = tail.appended;
            tail.kept.push_back((position, record.into()));
        }
        if tail.has_failed {
            // It came in the moment of the failure, and is as unsafe as what was before it.
            self.shared.refuse_up_to(tail.appended);
        }
        drop(tail);
        if was_clean || self.shared.mode == WalMode::Fsync {
            self.shared.changed.notify_one();
        }
    }

    /// Tells of a new segment that is now written to.
    pub(super) fn note_segment(&self, segment: OpenSegment, end: Place) {
        let mut tail = self.shared.tail();
        tail.unsynced.push(segment);
        tail.end = end;
        tail.names_changed = true;
        tail.is_urgent = true;
        drop(tail);
        self.shared.changed.notify_one();
    }

    /// The records that the disk refused, in order.
    pub(super) fn kept(&self) -> Vec<u8> {
        let tail = self.shared.tail();
        let records: Vec<_> = tail.kept.iter().map(|(_, record)| &**record).collect();
        records.concat()
    }

    /// Tells that the kept records were written again, to the newest segment, which ends at `end`.
    pub(super) fn note_repeated(&self, end: Place) {
        let mut tail = self.shared.tail();
        let newest = tail.unsynced.len().saturating_sub(1);
        tail.unsynced.drain(..newest);
        tail.end = end;
        tail.has_failed = false;
        drop(tail);
        self.shared.changed.notify_one();
    }

    /// Has a file removed once everything appended so far is on the disk.
    pub(super) fn retire(&self, path: PathBuf) {
        let mut tail = self.shared.tail();
        tail.retired.push_back(path);
        tail.is_urgent = true;
        drop(tail);
        self.shared.changed.notify_one();
    }

    /// Brings everything to the disk and ends the thread. Answers whether it succeeded.
    pub(super) fn stop(&mut self) -> bool {
        self.shared.tail().is_stopping = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // The thread does not panic; if it did, the log is as it is after a crash.
            let _ = thread.join();
        }
        let tail = self.shared.tail();
        tail.appended == tail.synced
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.stop();
    }
}
