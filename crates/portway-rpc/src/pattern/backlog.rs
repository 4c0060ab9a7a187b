//! What waits for a slow receiver at most once: bounded, and what does not fit is counted.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::Missed;

/// Messages between a transport's reader, which never waits, and a receiver.
///
/// When it is full the oldest make room: who is late wants to know what holds now.
#[derive(Debug)]
pub(super) struct Backlog<M> {
    state: Mutex<State<M>>,
    changed: Notify,
    capacity: usize,
}

#[derive(Debug)]
struct State<M> {
    waiting: VecDeque<M>,
    dropped: u64,
    interrupted: bool,
    closed: bool,
}

/// What a receiver finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<M> {
    Message(M),
    Missed(Missed),
    Closed,
}

impl<M> Backlog<M> {
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                dropped: 0,
                interrupted: false,
                closed: false,
            }),
            changed: Notify::new(),
            capacity: capacity.max(1),
        })
    }

    fn state(&self) -> MutexGuard<'_, State<M>> {
        // Nothing that can panic stands between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message behind the others.
    pub(super) fn offer(&self, message: M) {
        let mut state = self.state();
        if state.waiting.len() == self.capacity {
            state.waiting.pop_front();
            state.dropped += 1;
        }
        state.waiting.push_back(message);
        drop(state);
        self.changed.notify_one();
    }

    /// Says that an unknown number of messages may have been lost before they came here.
    pub(super) fn interrupt(&self) {
        self.state().interrupted = true;
        self.changed.notify_one();
    }

    /// Says that nothing comes any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_one();
    }

    /// Waits for what comes next; for one receiver.
    pub(super) async fn next(&self) -> Found<M> {
        loop {
            if let Some(found) = self.state().find() {
                return found;
            }
            // A change since the look has left its mark.
            self.changed.notified().await;
        }
    }
}

impl<M> State<M> {
    fn find(&mut self) -> Option<Found<M>> {
        if self.dropped > 0 {
            let count = std::mem::take(&mut self.dropped);
            return Some(Found::Missed(Missed::Counted(count)));
        }
        if std::mem::take(&mut self.interrupted) {
            return Some(Found::Missed(Missed::Interrupted));
        }
        let message = self.waiting.pop_front().map(Found::Message);
        message.or(self.closed.then_some(Found::Closed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_is_counted_and_told_before_what_is_left() {
        let backlog = Backlog::new(2);
        (1..=5).for_each(|number| backlog.offer(number));
        assert_eq!(backlog.next().await, Found::Missed(Missed::Counted(3)));
        assert_eq!(backlog.next().await, Found::Message(4));
        assert_eq!(backlog.next().await, Found::Message(5));
    }

    #[tokio::test]
    async fn the_end_comes_after_all_that_waits() {
        let backlog = Backlog::new(2);
        backlog.offer(1);
        backlog.interrupt();
        backlog.close();
        assert_eq!(backlog.next().await, Found::Missed(Missed::Interrupted));
        assert_eq!(backlog.next().await, Found::Message(1));
        assert_eq!(backlog.next().await, Found::Closed);
    }
}
