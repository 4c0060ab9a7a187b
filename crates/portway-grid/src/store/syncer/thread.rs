//! What the thread does, and what it shares with those who append.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::tail::{Round, Tail};
use super::{Refused, SyncProgress};
use crate::engine::Position;
use crate::store::WalMode;
use crate::store::disk::Disk;

/// What the thread and the journal share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) mode: WalMode,
    pub(super) lazy_interval: Duration,
    pub(super) directory: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) tail: Mutex<Tail>,
    pub(super) changed: Condvar,
    pub(super) progress: watch::Sender<SyncProgress>,
}

impl Shared {
    pub(super) fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn run(&self) {
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

    pub(super) fn refuse_up_to(&self, position: Position) {
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
