//! The messages of a topic that its subscribers still can have: one copy for all of them.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use crate::pattern::SendError;

/// A pack is full with so many bytes: some hundred small messages, far less than a frame.
pub(super) const PACK: usize = 32 * 1024;

/// Bytes that a topic keeps for subscribers that lag behind.
const KEPT: usize = 8 << 20;

/// A full or sealed pack.
#[derive(Clone, Debug)]
struct Sealed {
    /// The number of its first message.
    first: u64,
    bytes: Bytes,
}

/// A log that forgets its oldest packs.
#[derive(Debug)]
pub(super) struct Log {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    sealed: VecDeque<Sealed>,
    sealed_bytes: usize,
    open: BytesMut,
    open_first: u64,
    /// The number of the next message.
    next: u64,
    readers: usize,
    waiting: bool,
    closed: bool,
}

/// What a subscriber is given.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Pack(Bytes),
    /// So many messages were forgotten before it came to them.
    Missed(u64),
    Closed,
}

impl Log {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                sealed: VecDeque::new(),
                sealed_bytes: 0,
                open: BytesMut::new(),
                open_first: 0,
                next: 0,
                readers: 0,
                waiting: false,
                closed: false,
            }),
            changed: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A codec that panics may leave half a message in the open pack: nobody reads on then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what `write` puts into the open pack, if there is a reader.
    pub(super) fn append(
        &self,
        write: impl FnOnce(&mut BytesMut) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        let mut state = self.state();
        if state.closed {
            return Err(SendError::Closed);
        }
        if state.readers == 0 {
            return Ok(());
        }
        write(&mut state.open)?;
        state.next += 1;
        if state.open.len() >= PACK {
            state.seal();
            state.forget();
        }
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        if waiting {
            self.changed.notify_waiters();
        }
        Ok(())
    }

    /// Counts a reader in, and tells the number of the first message that it gets.
    pub(super) fn join(&self) -> u64 {
        let mut state = self.state();
        state.seal();
        state.readers += 1;
        state.next
    }

    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.readers -= 1;
        if state.readers == 0 {
            state.clear();
        }
    }

    pub(super) fn readers(&self) -> usize {
        self.state().readers
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_waiters();
    }

    /// Waits for what comes at `cursor`, and moves it behind that.
    pub(super) async fn read(&self, cursor: &mut u64) -> Entry {
        loop {
            // Registered before the look, so that no change between the two is missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(entry) = self.state().find(cursor) {
                return entry;
            }
            changed.await;
        }
    }
}

impl State {
    fn seal(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let bytes = std::mem::replace(&mut self.open, BytesMut::with_capacity(PACK + PACK / 4));
        self.sealed_bytes += bytes.len();
        self.sealed.push_back(Sealed {
            first: self.open_first,
            bytes: bytes.freeze(),
        });
        self.open_first = self.next;
    }

    fn forget(&mut self) {
        while self.sealed_bytes > KEPT
            && let Some(oldest) = self.sealed.pop_front()
        {
            self.sealed_bytes -= oldest.bytes.len();
        }
    }

    fn clear(&mut self) {
        self.sealed.clear();
        self.sealed_bytes = 0;
        self.open.clear();
        self.open_first = self.next;
    }

    fn find(&mut self, cursor: &mut u64) -> Option<Entry> {
        if *cursor == self.next {
            self.waiting = true;
            return self.closed.then_some(Entry::Closed);
        }
        if *cursor >= self.open_first {
            self.seal();
        }
        let oldest = self.sealed.front().map_or(self.next, |pack| pack.first);
        if *cursor < oldest {
            let missed = oldest - *cursor;
            *cursor = oldest;
            return Some(Entry::Missed(missed));
        }
        // Readers stand between packs, for a pack is sealed before anybody reads it.
        let index = self.sealed.partition_point(|pack| pack.first < *cursor);
        let pack = self.sealed.get(index)?;
        *cursor = self
            .sealed
            .get(index + 1)
            .map_or(self.open_first, |next| next.first);
        Some(Entry::Pack(pack.bytes.clone()))
    }
}

#[cfg(test)]
mod tests {
    use bytes::BufMut as _;

    use super::*;

    fn append(log: &Log, byte: u8, count: usize) {
        let written = log.append(|pack| {
            pack.put_bytes(byte, count);
            Ok(())
        });
        written.unwrap();
    }

    #[tokio::test]
    async fn messages_gather_in_one_pack_until_somebody_reads() {
        let log = Log::new();
        let mut cursor = log.join();
        append(&log, 1, 1);
        append(&log, 2, 1);
        let pack = Entry::Pack(Bytes::from_static(&[1, 2]));
        assert_eq!(log.read(&mut cursor).await, pack);
        append(&log, 3, 1);
        let pack = Entry::Pack(Bytes::from_static(&[3]));
        assert_eq!(log.read(&mut cursor).await, pack);
        log.close();
        assert_eq!(log.read(&mut cursor).await, Entry::Closed);
    }

    #[tokio::test]
    async fn what_is_forgotten_is_counted_for_each_reader() {
        let log = Log::new();
        let (mut slow, mut quick) = (log.join(), log.join());
        let packs = KEPT / PACK + 10;
        for _ in 0..packs {
            append(&log, 0, PACK);
            assert!(matches!(log.read(&mut quick).await, Entry::Pack(_)));
        }
        assert_eq!(log.read(&mut slow).await, Entry::Missed(10));
        assert!(matches!(log.read(&mut slow).await, Entry::Pack(_)));
    }

    #[tokio::test]
    async fn nothing_is_kept_while_nobody_is_subscribed() {
        let log = Log::new();
        append(&log, 1, 1);
        let mut cursor = log.join();
        append(&log, 2, 1);
        let pack = Entry::Pack(Bytes::from_static(&[2]));
        assert_eq!(log.read(&mut cursor).await, pack);
    }
}
