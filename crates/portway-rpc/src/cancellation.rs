//! The word to stop, for everybody who works on one call.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, Waker},
};

use crate::Status;

/// Why the work on a call is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelReason {
    /// The caller gave up.
    Caller,
    /// The deadline passed.
    Deadline,
    /// The connection to the caller is lost.
    Disconnected,
    /// The server stops and its time to finish is over.
    Stopping,
}

impl CancelReason {
    fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Caller),
            2 => Some(Self::Deadline),
            3 => Some(Self::Disconnected),
            4 => Some(Self::Stopping),
            _ => None,
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Caller => 1,
            Self::Deadline => 2,
            Self::Disconnected => 3,
            Self::Stopping => 4,
        }
    }

    /// Returns the status that a call ends with for this reason.
    pub fn status(self) -> Status {
        match self {
            Self::Caller => Status::cancelled("the caller gave up"),
            Self::Deadline => Status::deadline_exceeded("the deadline passed"),
            Self::Disconnected => Status::cancelled("the connection to the caller is lost"),
            Self::Stopping => Status::unavailable("the server stops: ask another one"),
        }
    }
}

/// Tells everybody who works on one call to stop; clones are the same one.
///
/// The future of a handler is dropped when its call is cancelled. This is for what outlives it:
/// tasks that it started, threads that it asked.
#[derive(Clone, Default)]
pub struct Cancellation {
    node: Arc<Node>,
}

/// Waiters that ask at the same time, by the number that they were given.
type Waiters = Vec<(u64, Waker)>;

#[derive(Default)]
pub(crate) struct Node {
    reason: AtomicU8,
    waiters: Mutex<(u64, Waiters)>,
    parent: Option<Cancellation>,
}

impl Cancellation {
    /// Makes one that nothing has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes one that is cancelled with this one, and can be cancelled alone.
    #[must_use]
    pub fn child(&self) -> Self {
        let node = Node {
            parent: Some(self.clone()),
            ..Node::default()
        };
        Self {
            node: Arc::new(node),
        }
    }

    /// Cancels it and its children. The first reason stays.
    pub fn cancel(&self, reason: CancelReason) {
        let first = self.node.reason.compare_exchange(
            0,
            reason.number(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if first.is_ok() {
            let waiters = std::mem::take(&mut self.waiters().1);
            waiters.into_iter().for_each(|(_, waker)| waker.wake());
        }
    }

    /// Returns why it is cancelled, if it is.
    pub fn reason(&self) -> Option<CancelReason> {
        let mut node = Some(self);
        while let Some(cancellation) = node {
            let reason = cancellation.node.reason.load(Ordering::Acquire);
            if let Some(reason) = CancelReason::from_number(reason) {
                return Some(reason);
            }
            node = cancellation.node.parent.as_ref();
        }
        None
    }

    /// Tells whether it is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.reason().is_some()
    }

    /// Waits until it is cancelled.
    ///
    /// # Cancel safety
    /// The future may be dropped at any time.
    pub fn cancelled(&self) -> Cancelled {
        Cancelled {
            cancellation: self.clone(),
            tickets: Vec::new(),
        }
    }

    fn waiters(&self) -> std::sync::MutexGuard<'_, (u64, Waiters)> {
        self.node
            .waiters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a waiter, or renews the one that `ticket` stands for.
    fn register(&self, ticket: Option<u64>, waker: &Waker) -> u64 {
        let mut waiters = self.waiters();
        let (next, list) = &mut *waiters;
        if let Some((number, known)) = list.iter_mut().find(|(number, _)| Some(*number) == ticket) {
            known.clone_from(waker);
            return *number;
        }
        *next += 1;
        list.push((*next, waker.clone()));
        *next
    }

    fn deregister(&self, ticket: u64) {
        self.waiters().1.retain(|(number, _)| *number != ticket);
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cancellation")
            .field("reason", &self.reason())
            .finish()
    }
}

/// Ends with the reason once a [`Cancellation`] is cancelled.
#[must_use = "futures do nothing unless awaited"]
pub struct Cancelled {
    cancellation: Cancellation,
    /// The places in the lists of the cancellation and of its parents, in this order.
    tickets: Vec<u64>,
}

impl Cancelled {
    fn register(&mut self, waker: &Waker) {
        let mut node = Some(&self.cancellation);
        let mut depth = 0;
        while let Some(cancellation) = node {
            let ticket = cancellation.register(self.tickets.get(depth).copied(), waker);
            match self.tickets.get_mut(depth) {
                Some(known) => *known = ticket,
                None => self.tickets.push(ticket),
            }
            depth += 1;
            node = cancellation.node.parent.as_ref();
        }
    }
}

impl Future for Cancelled {
    type Output = CancelReason;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<CancelReason> {
        if let Some(reason) = self.cancellation.reason() {
            return Poll::Ready(reason);
        }
        self.register(context.waker());
        // It may have come between the look and the registration.
        self.cancellation
            .reason()
            .map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        let mut node = Some(&self.cancellation);
        for ticket in &self.tickets {
            let Some(cancellation) = node else { return };
            cancellation.deregister(*ticket);
            node = cancellation.node.parent.as_ref();
        }
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Cancelled")
            .field(&self.cancellation)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiters_of_children_hear_of_the_parent() {
        let parent = Cancellation::new();
        let waiting = tokio::spawn(parent.child().child().cancelled());
        tokio::task::yield_now().await;
        parent.cancel(CancelReason::Deadline);
        assert_eq!(waiting.await.unwrap(), CancelReason::Deadline);
    }

    #[test]
    fn a_child_is_cancelled_alone() {
        let parent = Cancellation::new();
        let child = parent.child();
        child.cancel(CancelReason::Caller);
        assert!(child.is_cancelled());
        assert!(!parent.is_cancelled());
    }

    #[test]
    fn the_first_reason_stays() {
        let cancellation = Cancellation::new();
        cancellation.cancel(CancelReason::Disconnected);
        cancellation.cancel(CancelReason::Caller);
        assert_eq!(cancellation.reason(), Some(CancelReason::Disconnected));
    }

    #[tokio::test]
    async fn a_waiter_that_is_dropped_leaves_nothing_behind() {
        let cancellation = Cancellation::new();
        let mut waiting = Box::pin(cancellation.cancelled());
        let polled = std::future::poll_fn(|context| {
            Poll::Ready(waiting.as_mut().poll(context).is_pending())
        });
        assert!(polled.await);
        assert_eq!(cancellation.waiters().1.len(), 1);
        drop(waiting);
        assert!(cancellation.waiters().1.is_empty());
    }
}
