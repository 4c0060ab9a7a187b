//! Who waits until more may be sent on a connection.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

/// The sender of one stream, while it waits: for credit, or for room in the outbox.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    pub(crate) waker: Option<Waker>,
    /// It is in the line for room already: whoever asks often is there once.
    in_line: bool,
}

/// The streams of one end of a connection, as their senders see them.
pub(crate) trait Senders {
    /// Returns the credit of a stream; nothing if the call is over.
    fn credit(&self, stream: u32) -> Option<i64>;

    /// Tells whether so much waits for the peer that senders are held back.
    fn is_full(&mut self) -> bool;

    /// Gives access to the sender of a stream.
    fn sender(&mut self, stream: u32) -> Option<&mut Sender>;

    /// Gives access to the streams whose senders wait for room.
    fn line(&mut self) -> &mut VecDeque<u32>;

    /// Waits until a message may be sent; returns the credit for it. Nothing if the call is over.
    fn poll_credit(&mut self, stream: u32, task: &Context<'_>) -> Poll<Option<i64>> {
        let Some(credit) = self.credit(stream) else {
            return Poll::Ready(None);
        };
        if self.is_full() {
            self.wait_for_room(stream, task);
            return Poll::Pending;
        }
        if credit > 0 {
            return Poll::Ready(Some(credit));
        }
        if let Some(sender) = self.sender(stream) {
            sender.waker = Some(task.waker().clone());
        }
        Poll::Pending
    }

    /// Puts the sender of a stream into the line for room.
    fn wait_for_room(&mut self, stream: u32, task: &Context<'_>) {
        let Some(sender) = self.sender(stream) else {
            return;
        };
        sender.waker = Some(task.waker().clone());
        if !std::mem::replace(&mut sender.in_line, true) {
            self.line().push_back(stream);
        }
    }

    /// Wakes those who wait for room.
    fn wake_senders(&mut self) {
        while let Some(stream) = self.line().pop_front() {
            if let Some(sender) = self.sender(stream) {
                sender.in_line = false;
                sender.waker.take().into_iter().for_each(Waker::wake);
            }
        }
    }
}

/// Callers that wait to open a stream, first come first served.
///
/// One is woken for each stream that ends, and wakes the next while there is room: to wake all
/// would have each of them look in vain, for each call that ends.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    /// In the order of their numbers.
    line: VecDeque<(u64, Waker)>,
    last: u64,
}

impl Callers {
    /// Puts a caller into the line, or back to where it was.
    pub(crate) fn enter(&mut self, place: &mut Option<u64>, waker: &Waker) {
        let number = *place.get_or_insert_with(|| {
            self.last += 1;
            self.last
        });
        let at = self.line.partition_point(|(other, _)| *other < number);
        match self.line.get_mut(at) {
            Some((other, old)) if *other == number => old.clone_from(waker),
            _ => self.line.insert(at, (number, waker.clone())),
        }
    }

    /// Takes a caller out that opens its stream, or gives up. Tells whether it had been woken, and
    /// so has to wake the next one if it leaves room.
    pub(crate) fn leave(&mut self, place: &mut Option<u64>) -> bool {
        let Some(number) = place.take() else {
            return false;
        };
        let at = self.line.partition_point(|(other, _)| *other < number);
        let waits = self.line.get(at).is_some_and(|(other, _)| *other == number);
        if waits {
            self.line.remove(at);
        }
        !waits
    }

    /// Wakes the first one.
    pub(crate) fn wake_first(&mut self) {
        if let Some((_, waker)) = self.line.pop_front() {
            waker.wake();
        }
    }

    /// Gives all of them, to be woken.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = Waker> + '_ {
        self.line.drain(..).map(|(_, waker)| waker)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// One caller: what wakes it, how often it was woken, its place.
    struct Caller {
        waker: Waker,
        woken: Arc<Count>,
        place: Option<u64>,
    }

    impl Caller {
        fn new() -> Self {
            let woken = Arc::new(Count::default());
            Self {
                waker: Arc::clone(&woken).into(),
                woken,
                place: None,
            }
        }

        fn enter(&mut self, callers: &mut Callers) {
            callers.enter(&mut self.place, &self.waker);
        }

        fn woken(&self) -> usize {
            self.woken.0.load(Ordering::SeqCst)
        }
    }

    #[test]
    fn one_that_asks_often_is_in_the_line_once() {
        let (mut callers, mut caller) = (Callers::default(), Caller::new());
        for _ in 0..1000 {
            caller.enter(&mut callers);
        }
        assert_eq!(callers.line.len(), 1);
    }

    #[test]
    fn they_are_woken_one_by_one_and_keep_their_place() {
        let mut callers = Callers::default();
        let mut three = [Caller::new(), Caller::new(), Caller::new()];
        three.iter_mut().for_each(|one| one.enter(&mut callers));
        callers.wake_first();
        assert_eq!(three.each_ref().map(Caller::woken), [1, 0, 0]);
        // It found no room, and is still the first.
        three[0].enter(&mut callers);
        callers.wake_first();
        assert_eq!(three.each_ref().map(Caller::woken), [2, 0, 0]);
    }

    #[test]
    fn one_that_leaves_says_whether_the_next_has_to_be_woken() {
        let mut callers = Callers::default();
        let mut three = [Caller::new(), Caller::new(), Caller::new()];
        three.iter_mut().for_each(|one| one.enter(&mut callers));
        callers.wake_first();
        assert!(!callers.leave(&mut three[1].place), "nobody woke it");
        assert!(callers.leave(&mut three[0].place), "it was woken");
        assert!(!callers.leave(&mut three[0].place), "it has left");
        assert_eq!(callers.line.len(), 1);
        assert_eq!(callers.take_all().count(), 1);
    }
}
