//! What the handles of a connection and its driver share.
//!
//! A caller writes its frame into the outbox and takes a seat in the table of waiting requests,
//! both under one short lock; the driver takes all that is in the outbox for one write. A caller
//! that finds the outbox empty wakes the driver, the others know that it will come.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use portway_ignite_protocol::set_request_id;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::table::{Outcome, Queued, Settled, Table};
use crate::error::Error;

/// No further frame is taken while so many bytes wait to be written: callers wait.
const OUTBOX_HIGH_WATER: usize = 1024 * 1024;
/// A frame that is longer than this becomes the outbox, if that is empty, instead of being copied.
const MOVED_FRAME: usize = 16 * 1024;
/// A buffer that one long message made longer than this is not kept.
pub(super) const KEPT_BUFFER: usize = 256 * 1024;

/// The meeting place of callers and driver.
#[derive(Debug)]
pub(crate) struct Exchange {
    state: Mutex<State>,
    /// A permit for each request that may yet be sent. One is lost with each request, even if
    /// nobody waits for it any more, and comes back with its answer.
    room: Semaphore,
    /// Whether the outbox is over its mark.
    is_full: AtomicBool,
    /// Told when an outbox that was full is taken.
    emptied: Notify,
    has_ended: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    outbox: Vec<u8>,
    /// The bytes that were ever put into the outbox.
    queued: u64,
    /// The requests in the outbox.
    requests: u64,
    table: Table,
    /// The first deadline that the driver has to watch.
    watch: Option<Instant>,
    /// Someone waited in vain: the node should be asked for a sign of life.
    doubted: bool,
    /// Someone waits for how the cluster wants binary objects.
    wants_binary: bool,
    driver: Option<Waker>,
    ended: Option<Error>,
}

/// What the driver finds beside bytes to write.
#[derive(Debug)]
pub(crate) struct Orders {
    /// The requests among the bytes, those of the driver not counted.
    pub(crate) requests: u64,
    /// The first deadline of all that wait.
    pub(crate) watch: Option<Instant>,
    pub(crate) doubted: bool,
    /// The node has to be asked how its cluster wants binary objects, if it was not asked yet.
    pub(crate) wants_binary: bool,
}

impl Exchange {
    pub(crate) fn new(requests_in_flight: usize) -> Self {
        Self {
            state: Mutex::default(),
            room: Semaphore::new(requests_in_flight),
            is_full: AtomicBool::new(false),
            emptied: Notify::new(),
            has_ended: AtomicBool::new(false),
        }
    }

    /// Whether no request can be sent any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    /// Takes room for one request if there is some at once; it is used up by [`send`](Self::send).
    pub(crate) fn try_take_room(&self) -> bool {
        !self.is_full.load(Ordering::Relaxed) && self.take_permit(self.room.try_acquire())
    }

    /// Waits for room for one request. Afterwards the connection may have ended.
    pub(crate) async fn take_room(&self) {
        loop {
            let emptied = self.emptied.notified();
            if !self.is_full.load(Ordering::Relaxed) {
                break;
            }
            emptied.await;
        }
        self.take_permit(self.room.acquire().await);
    }

    /// Whether anybody waits for an answer, or there is something to write.
    pub(crate) fn is_awaited(&self) -> bool {
        let state = self.lock();
        !state.outbox.is_empty() || state.table.is_awaited()
    }

    /// Waits until none of so many requests is in flight.
    pub(crate) async fn drained(&self, requests: usize) {
        let all = u32::try_from(requests).unwrap_or(u32::MAX);
        // A connection that has ended has nothing in flight either.
        let _ = self.room.acquire_many(all).await;
    }

    fn take_permit<E>(&self, permit: Result<SemaphorePermit<'_>, E>) -> bool {
        permit.map(SemaphorePermit::forget).is_ok()
    }

    /// Puts the frame of a request into the outbox, and answers its id. The frame may be taken; what
    /// is left is only good to be used again.
    pub(crate) fn send(&self, frame: &mut Vec<u8>, queued: Queued) -> Result<i64, Error> {
        let mut state = self.lock();
        if let Some(ended) = &state.ended {
            return Err(ended.clone().undelivered());
        }
        let start = state.queued;
        let deadline = queued.deadline;
        let id = state.table.insert(queued, start);
        set_request_id(frame, id);
        let driver = state.queue(frame, deadline);
        if state.outbox.len() >= OUTBOX_HIGH_WATER {
            self.is_full.store(true, Ordering::Relaxed);
        }
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        Ok(id)
    }

    /// Puts a frame of the driver itself into the outbox.
    pub(crate) fn send_own(&self, frame: &[u8]) {
        let mut state = self.lock();
        state.outbox.extend_from_slice(frame);
        state.queued += frame.len() as u64;
    }

    /// How the waiting for a request ended.
    pub(crate) fn poll(&self, id: i64, waker: &Waker) -> Poll<Outcome> {
        let mut state = self.lock();
        if let Some(ended) = state.table.end(id) {
            return Poll::Ready(ended);
        }
        let leftover = state.table.wake_by(id, waker);
        drop(state);
        drop(leftover);
        Poll::Pending
    }

    /// Notes that nobody waits for a request any more.
    pub(crate) fn abandon(&self, id: i64) {
        let leftover = self.lock().table.abandon(id);
        drop(leftover);
    }

    /// Has the driver ask the node for a sign of life.
    pub(crate) fn doubt(&self) {
        self.order(|state| state.doubted = true);
    }

    /// Has the driver ask how the cluster wants binary objects, unless it did.
    pub(crate) fn want_binary(&self) {
        self.order(|state| state.wants_binary = true);
    }

    /// Gives an order to the driver.
    fn order(&self, give: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        give(&mut state);
        let driver = state.driver.clone();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    /// Swaps the outbox for an empty buffer, and answers what else there is to do. `waker` is woken
    /// when there is more.
    pub(crate) fn take(&self, empty: &mut Vec<u8>, waker: &Waker) -> Orders {
        let mut state = self.lock();
        mem::swap(&mut state.outbox, empty);
        match &mut state.driver {
            Some(known) => known.clone_from(waker),
            None => state.driver = Some(waker.clone()),
        }
        let orders = Orders {
            requests: mem::take(&mut state.requests),
            watch: state.watch,
            doubted: mem::take(&mut state.doubted),
            wants_binary: mem::take(&mut state.wants_binary),
        };
        self.is_full.store(false, Ordering::Relaxed);
        drop(state);
        if empty.len() >= OUTBOX_HIGH_WATER {
            self.emptied.notify_waiters();
        }
        orders
    }

    /// The table, for the driver to hand out answers. It is held while a batch is sorted, and
    /// nobody is woken meanwhile.
    pub(crate) fn table(&self) -> TableGuard<'_> {
        TableGuard(self.lock())
    }

    /// Gives the room of so many answered requests back.
    pub(crate) fn give_room(&self, requests: usize) {
        self.room.add_permits(requests);
    }

    /// Tells those whose deadlines have passed. Returns the next deadline.
    pub(crate) fn expire(&self, now: Instant, wakers: &mut Vec<Waker>) -> Option<Instant> {
        let mut state = self.lock();
        state.watch = state.table.expire(now, wakers);
        state.watch
    }

    /// Ends everything that waits, of whose stream `written` bytes left this process.
    pub(crate) fn end(&self, lost: &Error, written: u64) {
        let mut state = self.lock();
        state.ended = Some(lost.clone());
        let failed = state.table.fail(lost, written);
        state.driver = None;
        state.outbox = Vec::new();
        self.is_full.store(false, Ordering::Relaxed);
        drop(state);
        self.has_ended.store(true, Ordering::Release);
        self.room.close();
        self.emptied.notify_waiters();
        for Settled { waker, part_of } in failed {
            drop(part_of);
            waker.into_iter().for_each(Waker::wake);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The table while the driver uses it.
#[derive(Debug)]
pub(crate) struct TableGuard<'a>(MutexGuard<'a, State>);

impl TableGuard<'_> {
    pub(crate) fn table(&mut self) -> &mut Table {
        &mut self.0.table
    }
}

impl State {
    /// Appends a frame, and answers the driver if it has to be woken for it.
    fn queue(&mut self, frame: &mut Vec<u8>, deadline: Instant) -> Option<Waker> {
        let was_empty = self.outbox.is_empty();
        self.queued += frame.len() as u64;
        self.requests += 1;
        if was_empty && frame.len() > MOVED_FRAME {
            mem::swap(&mut self.outbox, frame);
        } else {
            self.outbox.extend_from_slice(frame);
        }
        let is_earlier = self.watch.is_none_or(|watch| deadline < watch);
        if is_earlier {
            self.watch = Some(deadline);
        }
        (was_empty || is_earlier)
            .then(|| self.driver.clone())
            .flatten()
    }
}
