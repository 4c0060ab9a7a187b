//! Which batches are on their way.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The batches that were sent and not yet answered.
#[derive(Debug, Default)]
pub(super) struct Progress {
    batches: Mutex<Batches>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Batches {
    /// The number of the newest batch.
    newest: u64,
    open: BTreeSet<u64>,
}

/// One batch on its way. However its task ends, dropping this says so.
#[derive(Debug)]
pub(super) struct Ticket {
    progress: Arc<Progress>,
    number: u64,
}

impl Progress {
    pub(super) fn begin(self: &Arc<Self>) -> Ticket {
        let mut batches = self.batches();
        batches.newest += 1;
        let number = batches.newest;
        batches.open.insert(number);
        drop(batches);
        Ticket {
            progress: self.clone(),
            number,
        }
    }

    /// Waits until all batches that are on their way now have arrived. Later ones do not count, so
    /// that it ends however much is added meanwhile.
    pub(super) async fn settle(&self) {
        let last = self.batches().newest;
        loop {
            let changed = self.changed.notified();
            if self
                .batches()
                .open
                .first()
                .is_none_or(|&first| first > last)
            {
                return;
            }
            changed.await;
        }
    }

    fn batches(&self) -> MutexGuard<'_, Batches> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.progress.batches().open.remove(&self.number);
        self.progress.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn settling_waits_for_the_batches_of_now_and_no_others() {
        let progress = Arc::new(Progress::default());
        let (first, second) = (progress.begin(), progress.begin());
        let settled = tokio::spawn({
            let progress = progress.clone();
            async move { progress.settle().await }
        });
        tokio::task::yield_now().await;
        let _later = progress.begin();
        drop(second);
        tokio::task::yield_now().await;
        assert!(!settled.is_finished(), "the first one is still on its way");
        drop(first);
        timeout(Duration::from_secs(10), settled)
            .await
            .unwrap()
            .unwrap();
    }
}
