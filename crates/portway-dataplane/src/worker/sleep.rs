//! How a thread waits for packets without polling.

use std::{io, os::fd::RawFd, time::Duration};

use mio::{Events, Interest, Poll, Token, Waker, unix::SourceFd};

/// Events that are read at once; which they are does not matter.
const EVENTS: usize = 16;
const BELL: Token = Token(0);
const PORT: Token = Token(1);

/// Waits for the descriptors of ports, and for the thread's bell.
#[derive(Debug)]
pub(super) struct Sleeper {
    poll: Poll,
    events: Events,
}

impl Sleeper {
    pub(super) fn new() -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), BELL)?;
        let events = Events::with_capacity(EVENTS);
        Ok((Self { poll, events }, waker))
    }

    /// Watches the descriptor of a port. It tells of changes only: who sleeps has found the port empty before.
    pub(super) fn watch(&self, descriptor: RawFd) -> io::Result<()> {
        let registry = self.poll.registry();
        registry.register(&mut SourceFd(&descriptor), PORT, Interest::READABLE)
    }

    /// Watches the descriptor of a port that has ended no longer.
    pub(super) fn forget(&self, descriptor: RawFd) {
        // A descriptor whose interface is gone may be unknown by now.
        let _ = self.poll.registry().deregister(&mut SourceFd(&descriptor));
    }

    /// Waits until something comes, at most so long.
    pub(super) fn sleep(&mut self, limit: Duration) {
        // An interrupted sleep is a short one, and there is no other error.
        let _ = self.poll.poll(&mut self.events, Some(limit));
    }
}
