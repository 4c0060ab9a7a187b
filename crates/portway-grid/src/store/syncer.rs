//! The thread that brings the journal to the disk, and what it shares with those who append.
//!
//! Appending never waits for it. Whoever has to know when a change is on the disk watches
//! [`SyncProgress`]: one order to the disk serves all who appended before it.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::watch;

use super::disk::{Disk, LogFile};
use super::recovery::Manner;
use super::{Place, WalMode};
use crate::engine::{Position, Segment};

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

/// The part of the journal that is not known to be on the disk.
#[derive(Debug)]
struct Tail {
    /// Oldest first; the last one is written to.
    unsynced: Vec<OpenSegment>,
    appended: Position,
    synced: Position,
    /// Where `appended` and `synced` lie in the files.
    end: Place,
    safe: Place,
    /// Whether `safe` was reached by an order to the disk, not only read at the start.
    is_proven: bool,
    /// Files that nothing lives in any more, oldest first.
    retired: VecDeque<PathBuf>,
    names_changed: bool,
    /// Records behind `synced`, kept to be written again when the disk has refused them
    /// ([`WalMode::Fsync`] only). Bounded by the writers, who wait.
    kept: VecDeque<(Position, Box<[u8]>)>,
    /// The disk refused: after that the system may forget what it holds of the files.
    has_failed: bool,
    is_urgent: bool,
    is_stopping: bool,
}

/// What the thread and the journal share.
#[derive(Debug)]
struct Shared {
    mode: WalMode,
    lazy_interval: Duration,
    directory: PathBuf,
    disk: Arc<dyn Disk>,
    tail: Mutex<Tail>,
    changed: Condvar,
    progress: watch::Sender<SyncProgress>,
}

/// One order to the disk.
struct Round {
    files: Vec<OpenSegment>,
    appended: Position,
    end: Place,
    names_changed: bool,
    /// As many of the retired files may go after this order.
    retired: usize,
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
        let tail = Tail {
            unsynced,
            // What was read may still be on its way to the disk.
            appended: Position(1),
            synced: Position(0),
            end,
            safe: end,
            is_proven: false,
            retired: VecDeque::new(),
            names_changed: true,
            kept: VecDeque::new(),
            has_failed: false,
            is_urgent: false,
            is_stopping: false,
        };
        let shared = Arc::new(Shared {
            mode: manner.mode,
            lazy_interval: manner.lazy_interval,
            directory,
            disk: Arc::clone(&manner.disk),
            tail: Mutex::new(tail),
            changed: Condvar::new(),
            progress: watch::Sender::default(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("grid-sync".to_owned());
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

impl Shared {
    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(round) = self.next_round() {
            let result = self.sync(&round);
            let is_safe = result.is_ok();
            self.conclude(&round, result);
            if is_safe {
                self.remove_retired(round.retired);
            } else if self.mode == WalMode::LogOnly {
                self.pause();
            }
        }
    }

    /// Waits until there is something to do; `None` at the end.
    fn next_round(&self) -> Option<Round> {
        let mut tail = self.tail();
        loop {
            let is_stopping = tail.is_stopping;
            let has_work = tail.appended != tail.synced || !is_stopping && !tail.retired.is_empty();
            // What has failed only a writer can repair.
            if has_work && !tail.has_failed {
                break;
            }
            if is_stopping {
                return None;
            }
            tail = self.wait(tail);
        }
        if self.mode == WalMode::LogOnly {
            tail = self.wait_lazily(tail);
        }
        tail.is_urgent = false;
        Some(Round {
            files: tail.unsynced.clone(),
            appended: tail.appended,
            end: tail.end,
            names_changed: std::mem::take(&mut tail.names_changed),
            retired: tail.retired.len(),
        })
    }

    fn wait<'a>(&self, tail: MutexGuard<'a, Tail>) -> MutexGuard<'a, Tail> {
        self.changed
            .wait(tail)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for an interval, or until it is urgent.
    fn wait_lazily<'a>(&self, tail: MutexGuard<'a, Tail>) -> MutexGuard<'a, Tail> {
        let not_yet = |tail: &mut Tail| !tail.is_urgent && !tail.is_stopping;
        let waited = self
            .changed
            .wait_timeout_while(tail, self.lazy_interval, not_yet);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn sync(&self, round: &Round) -> io::Result<()> {
        for open in &round.files {
            open.file.sync()?;
        }
        if round.names_changed {
            self.disk.sync_directory(&self.directory)?;
        }
        Ok(())
    }

    fn conclude(&self, round: &Round, result: io::Result<()>) {
        let mut tail = self.tail();
        let failure = match result {
            Ok(()) => {
                tail.reached(round);
                None
            }
            Err(error) => {
                tracing::error!(%error, "the journal could not be brought to the disk");
                tail.names_changed |= round.names_changed;
                // Whoever appended since then stands behind what is not safe. At the end nothing
                // more can be done, and it must not hang.
                tail.has_failed = self.mode == WalMode::Fsync || tail.is_stopping;
                Some(Refused {
                    up_to: tail.appended,
                    reason: error.to_string().into(),
                })
            }
        };
        // Published under the lock: a record of this moment finds the failure it is refused with.
        self.publish(tail.synced, failure);
    }

    fn publish(&self, synced: Position, failure: Option<Refused>) {
        self.progress.send_modify(|progress| {
            progress.synced = synced;
            progress.rounds += 1;
            if failure.is_some() {
                progress.refused = failure;
            }
        });
    }

    fn refuse_up_to(&self, position: Position) {
        self.progress.send_modify(|progress| {
            if let Some(refused) = &mut progress.refused {
                refused.up_to = position;
            }
        });
    }

    /// Waits a moment before what failed is tried again.
    fn pause(&self) {
        let tail = self.tail();
        let not_yet = |tail: &mut Tail| !tail.is_stopping;
        let _ = self
            .changed
            .wait_timeout_while(tail, self.lazy_interval, not_yet);
    }

    /// Removes files oldest first, each for good before the next: the rest is always without gaps.
    fn remove_retired(&self, count: usize) {
        for _ in 0..count {
            let Some(path) = self.tail().retired.front().cloned() else {
                return;
            };
            let removed = self.disk.remove(&path).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            });
            match removed.and_then(|()| self.disk.sync_directory(&self.directory)) {
                Ok(()) => drop(self.tail().retired.pop_front()),
                Err(error) => {
                    tracing::warn!(file = %path.display(), %error, "cannot remove an old segment");
                    return self.pause();
                }
            }
        }
    }
}

impl Tail {
    /// Everything of `round` is on the disk.
    fn reached(&mut self, round: &Round) {
        self.synced = round.appended;
        self.safe = round.end;
        self.is_proven = true;
        let active = round.end.segment;
        self.unsynced.retain(|open| open.segment >= active);
        let synced = self.synced;
        while self.kept.front().is_some_and(|(end, _)| *end <= synced) {
            self.kept.pop_front();
        }
    }
}
