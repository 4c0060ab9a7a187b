//! What the handle of a streamer and its automatic flush share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::lanes::{EncodedEntry, Lane, LaneLimit, Lanes, Owner};
use super::sender::Sender;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) lanes: Mutex<Lanes>,
    pub(super) limit: LaneLimit,
    pub(super) sender: Arc<Sender>,
}

impl Shared {
    pub(super) fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an entry into its lane. If that is full, answers what to wait for first.
    pub(super) fn try_take(&self, owner: Owner, entry: &EncodedEntry) -> Option<Arc<Semaphore>> {
        let mut lanes = self.lanes();
        let lane = lanes.lane(owner);
        if lane.is_full() {
            return Some(lane.room());
        }
        lane.push(entry);
        if lane.is_full()
            && let Some(permit) = lane.try_reserve()
            && let Some(parcel) = lane.take()
        {
            self.sender.send(parcel, owner, permit);
        }
        None
    }

    /// Sends what waits, unless another caller has sent it meanwhile.
    pub(super) fn send_full(&self, owner: Owner, permit: OwnedSemaphorePermit) {
        self.send_if(owner, permit, Lane::is_full);
    }

    /// Sends what waits.
    pub(super) fn send(&self, owner: Owner, permit: OwnedSemaphorePermit) {
        self.send_if(owner, permit, |_| true);
    }

    /// The batch is counted as on its way before the lanes are free again: a flush that finds its
    /// lane empty must find it there.
    fn send_if(&self, owner: Owner, permit: OwnedSemaphorePermit, wanted: fn(&Lane) -> bool) {
        let mut lanes = self.lanes();
        let lane = lanes.existing(owner).filter(|lane| wanted(lane));
        if let Some(parcel) = lane.and_then(Lane::take) {
            self.sender.send(parcel, owner, permit);
        }
    }

    pub(super) fn room(&self, owner: Owner) -> Option<Arc<Semaphore>> {
        self.lanes().existing(owner).map(|lane| lane.room())
    }

    /// Sends what waits where there is room. Where there is none, batches are on their way anyway.
    pub(super) fn send_where_possible(&self) {
        let waiting = self.lanes().waiting();
        for owner in waiting {
            let permit = self.room(owner).map(Semaphore::try_acquire_owned);
            if let Some(Ok(permit)) = permit {
                self.send(owner, permit);
            }
        }
    }
}

pub(super) async fn acquire(room: Arc<Semaphore>) -> OwnedSemaphorePermit {
    room.acquire_owned()
        .await
        .expect("the semaphore of a lane is never closed")
}

/// Runs until the streamer is dropped.
pub(super) async fn flush_regularly(streamer: Weak<Shared>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        match streamer.upgrade() {
            Some(shared) => shared.send_where_possible(),
            None => return,
        }
    }
}
