//! The messages of a topic that its subscribers still can have: one copy for all of them.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use crate::pattern::SendError;

/// A pack is full with so many bytes: some hundred small messages, far less than a frame.
pub(super) const PACK: usize = 32 * 1024;

/// Bytes that a topic keeps for subscribers that lag behind.
const KEPT: usize = 8 << 20;

/// So many bytes may be ahead of the quickest subscriber before whoever publishes waits for it.
const AHEAD: usize = KEPT / 2;

/// How long a publisher waits, for each pack, for the quickest subscriber to read one. One that does not
/// is waited for no more until it reads on. Credit comes back by quarters of a window, of 64 KiB: at
/// 1.3 MB/s that takes so long. Slower subscribers hold nobody back for long.
const PATIENCE: Duration = Duration::from_millis(50);

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
    /// The quickest reader has moved, or there is none.
    moved: Notify,
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
    /// Where the quickest reader is.
    quickest: u64,
    /// Where it was when it was waited for in vain.
    stuck: Option<u64>,
    waiting: bool,
    closed: bool,
}

/// What comes of a message that is appended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Good,
    /// The quickest reader is far behind: a publisher that can wait does.
    Ahead,
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
                quickest: 0,
                stuck: None,
                waiting: false,
                closed: false,
            }),
            changed: Notify::new(),
            moved: Notify::new(),
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
    ) -> Result<Pace, SendError> {
        let mut state = self.state();
        if state.closed {
            return Err(SendError::Closed);
        }
        if state.readers == 0 {
            return Ok(Pace::Good);
        }
        write(&mut state.open)?;
        state.next += 1;
        let mut pace = Pace::Good;
        if state.open.len() >= PACK {
            state.seal();
            state.forget();
            pace = state.pace();
        }
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        if waiting {
            self.changed.notify_waiters();
        }
        Ok(pace)
    }

    /// Waits a moment until the quickest reader has moved.
    pub(super) async fn wait_for_quickest(&self) {
        let mut moved = std::pin::pin!(self.moved.notified());
        moved.as_mut().enable();
        let quickest = {
            let state = self.state();
            if state.pace() == Pace::Good {
                return;
            }
            state.quickest
        };
        if tokio::time::timeout(PATIENCE, moved).await.is_err() {
            self.state().stuck = Some(quickest);
        }
    }

    /// Counts a reader in, and tells the number of the first message that it gets.
    pub(super) fn join(&self) -> u64 {
        let mut state = self.state();
        state.seal();
        state.readers += 1;
        state.quickest = state.next;
        self.moved.notify_waiters();
        state.next
    }

    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.readers -= 1;
        if state.readers == 0 {
            state.clear();
            self.moved.notify_waiters();
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
            let found = self.state().find(cursor);
            if let Some((entry, quickest)) = found {
                if quickest {
                    self.moved.notify_waiters();
                }
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

    /// Tells whether the quickest reader is far behind, and still reads.
    fn pace(&self) -> Pace {
        let unread = self.sealed.iter().rev();
        let unread = unread.take_while(|pack| pack.first >= self.quickest);
        let unread: usize = unread.map(|pack| pack.bytes.len()).sum();
        match unread > AHEAD && self.stuck != Some(self.quickest) && !self.closed {
            true => Pace::Ahead,
            false => Pace::Good,
        }
    }

    /// Finds what comes at `cursor`, and moves it; tells whether no reader is ahead of it then.
    fn find(&mut self, cursor: &mut u64) -> Option<(Entry, bool)> {
        let entry = self.entry(cursor)?;
        let quickest = *cursor > self.quickest;
        if quickest {
            self.quickest = *cursor;
        }
        Some((entry, quickest))
    }

    fn entry(&mut self, cursor: &mut u64) -> Option<Entry> {
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
mod tests;
