//! The jobs of a queue at most once that no worker has taken yet.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use super::log::PACK;
use crate::pattern::SendError;

/// Bytes that wait for workers; then whoever pushes waits.
const CAPACITY: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Store {
    state: Mutex<State>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct State {
    sealed: VecDeque<Bytes>,
    open: BytesMut,
    /// Of all sealed packs and the open one.
    bytes: usize,
    idle_workers: usize,
    waiting_pushers: bool,
    closed: bool,
}

/// Whether there was room.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Room {
    Taken,
    Full,
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            filled: Notify::new(),
            emptied: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A codec that panics may leave half a message in the open pack: nobody reads on then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what `write` makes of a job into the open pack, if there is room.
    pub(super) fn try_put(
        &self,
        write: impl FnOnce(&mut BytesMut) -> Result<(), SendError>,
    ) -> Result<Room, SendError> {
        let mut state = self.state();
        if state.closed {
            return Err(SendError::Closed);
        }
        if state.bytes >= CAPACITY {
            state.waiting_pushers = true;
            return Ok(Room::Full);
        }
        let before = state.open.len();
        write(&mut state.open)?;
        state.bytes += state.open.len() - before;
        if state.open.len() >= PACK {
            state.seal();
        }
        let idle = state.idle_workers > 0;
        drop(state);
        if idle {
            self.filled.notify_one();
        }
        Ok(Room::Taken)
    }

    /// Puts a job in once there is room.
    pub(super) async fn put(
        &self,
        mut write: impl FnMut(&mut BytesMut) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        if self.try_put(&mut write)? == Room::Taken {
            return Ok(());
        }
        loop {
            // Registered before the look, so that no change between the two is missed.
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            if self.try_put(&mut write)? == Room::Taken {
                return Ok(());
            }
            emptied.await;
        }
    }

    /// Waits until no job is left.
    pub(super) async fn emptied(&self) {
        loop {
            // Registered before the look, so that no change between the two is missed.
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            if self.state().wait_until_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Waits for a pack of jobs; nothing once the queue is closed and empty.
    pub(super) async fn take(&self) -> Option<Bytes> {
        loop {
            // Registered before the look, so that no change between the two is missed.
            let mut filled = std::pin::pin!(self.filled.notified());
            filled.as_mut().enable();
            match self.state().take() {
                Taken::Pack(pack, waiting_pushers) => {
                    if waiting_pushers {
                        self.emptied.notify_waiters();
                    }
                    return Some(pack);
                }
                Taken::Nothing => {}
                Taken::Closed => return None,
            }
            let _idle = Idle(self);
            filled.await;
        }
    }

    /// Puts a pack back that its worker did not take.
    pub(super) fn give_back(&self, pack: Bytes) {
        let mut state = self.state();
        state.bytes += pack.len();
        state.sealed.push_front(pack);
        drop(state);
        self.filled.notify_one();
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_waiters();
        self.emptied.notify_waiters();
    }
}

enum Taken {
    Pack(Bytes, bool),
    Nothing,
    Closed,
}

impl State {
    /// Whether it is empty; if not, the next pack that is taken is told.
    fn wait_until_empty(&mut self) -> bool {
        self.waiting_pushers = self.waiting_pushers || self.bytes > 0;
        self.bytes == 0
    }

    fn seal(&mut self) {
        let pack = std::mem::replace(&mut self.open, BytesMut::with_capacity(PACK + PACK / 4));
        self.sealed.push_back(pack.freeze());
    }

    /// A worker that finds nothing is counted as idle; [`Idle`] counts it out again.
    fn take(&mut self) -> Taken {
        if self.sealed.is_empty() && !self.open.is_empty() {
            self.seal();
        }
        match self.sealed.pop_front() {
            Some(pack) => {
                self.bytes -= pack.len();
                Taken::Pack(pack, std::mem::take(&mut self.waiting_pushers))
            }
            None if self.closed => Taken::Closed,
            None => {
                self.idle_workers += 1;
                Taken::Nothing
            }
        }
    }
}

/// A worker that waits for a job.
struct Idle<'a>(&'a Store);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.state().idle_workers -= 1;
    }
}

#[cfg(test)]
mod tests {
    use bytes::BufMut as _;

    use super::*;

    fn job(size: usize) -> impl FnMut(&mut BytesMut) -> Result<(), SendError> {
        move |pack| {
            pack.put_bytes(7, size);
            Ok(())
        }
    }

    #[tokio::test]
    async fn whoever_pushes_waits_while_the_queue_is_full() {
        let store = Store::new();
        while store.try_put(job(PACK)).unwrap() == Room::Taken {}
        let (put, taken) = tokio::join!(store.put(job(1)), store.take());
        put.unwrap();
        assert_eq!(taken.unwrap().len(), PACK);
    }

    #[tokio::test]
    async fn a_pack_that_was_not_taken_is_the_next_one() {
        let store = Store::new();
        store.try_put(job(1)).unwrap();
        let pack = store.take().await.unwrap();
        store.try_put(job(2)).unwrap();
        store.give_back(pack);
        assert_eq!(store.take().await.unwrap().len(), 1);
        assert_eq!(store.take().await.unwrap().len(), 2);
        store.close();
        assert_eq!(store.take().await, None);
    }
}
