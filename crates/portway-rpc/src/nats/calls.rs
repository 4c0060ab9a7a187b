//! The calls that a service has under way, and those that were cancelled before they came.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{CancelReason, Context};

/// How many cancellations of calls that are not here are kept. Requests and cancellations come by two
/// subscriptions, so that one may overtake the other; and all servers of a service hear of calls that
/// one of them serves.
const EARLY: usize = 1024;

/// The calls that a service has under way, by the subjects of their replies.
#[derive(Debug, Default)]
pub(super) struct Calls {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    under_way: HashMap<String, Context>,
    cancelled_early: HashSet<String>,
    /// The same, in their order.
    order: VecDeque<String>,
}

impl Calls {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call, which may be cancelled already; it is over when the entry is dropped.
    pub(super) fn begin<'a>(&'a self, reply: &'a str, context: &Context) -> Entry<'a> {
        let mut inner = self.lock();
        if inner.cancelled_early.remove(reply) {
            context.cancel(CancelReason::Caller);
        }
        inner.under_way.insert(reply.to_owned(), context.clone());
        Entry { calls: self, reply }
    }

    /// Cancels a call that is under way, or is still to come.
    pub(super) fn cancel(&self, reply: &str) {
        let mut inner = self.lock();
        match inner.under_way.get(reply) {
            Some(context) => context.cancel(CancelReason::Caller),
            None => inner.keep(reply),
        }
    }

    /// Cancels all calls that are under way.
    pub(super) fn cancel_all(&self, reason: CancelReason) {
        let inner = self.lock();
        inner
            .under_way
            .values()
            .for_each(|context| context.cancel(reason));
    }
}

impl Inner {
    fn keep(&mut self, reply: &str) {
        if !self.cancelled_early.insert(reply.to_owned()) {
            return;
        }
        self.order.push_back(reply.to_owned());
        if self.order.len() > EARLY
            && let Some(oldest) = self.order.pop_front()
        {
            self.cancelled_early.remove(&oldest);
        }
    }
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    calls: &'a Calls,
    reply: &'a str,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.calls.lock().under_way.remove(self.reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancellation_finds_its_call_before_and_after_it_comes() {
        let (calls, context) = (Calls::default(), Context::root());
        let entry = calls.begin("a", &context);
        calls.cancel("a");
        assert_eq!(context.cancellation().reason(), Some(CancelReason::Caller));
        drop(entry);
        calls.cancel("b");
        let early = Context::root();
        let _entry = calls.begin("b", &early);
        assert!(early.cancellation().is_cancelled());
    }

    #[test]
    fn cancellations_of_calls_that_never_come_are_bounded() {
        let calls = Calls::default();
        for number in 0..10 * EARLY {
            calls.cancel(&number.to_string());
        }
        let inner = calls.lock();
        assert_eq!(
            (inner.order.len(), inner.cancelled_early.len()),
            (EARLY, EARLY)
        );
    }
}
