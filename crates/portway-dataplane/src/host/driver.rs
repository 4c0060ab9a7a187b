//! The thread that drives a host.

use std::{
    io,
    os::fd::RawFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, Waker, unix::SourceFd};

use super::stack::{Next, Shared};

/// How often a port is asked that cannot tell when something has come, such as a ring in memory.
const ASKING_INTERVAL: Duration = Duration::from_millis(1);
const WAKE: Token = Token(0);
const PORT: Token = Token(1);

/// Drives a [`Host`](super::Host): receives, sends and keeps its timers. Nothing moves without it.
///
/// Dropping it ends all sockets of the host with an error.
#[derive(Debug)]
#[must_use = "a host moves nothing until a thread is in `run`"]
pub struct HostDriver {
    shared: Arc<Shared>,
    poll: Poll,
}

impl HostDriver {
    pub(super) fn new(shared: Arc<Shared>, poll: Poll) -> Self {
        Self { shared, poll }
    }

    /// Drives the host on this thread, until its last handle and its last socket are dropped and their connections
    /// have ended.
    ///
    /// # Errors
    ///
    /// The system cannot wait for packets.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(2);
        loop {
            let now = Instant::now();
            let next = self.shared.lock().turn(now);
            let Next::At(at) = next else { continue };
            if self.shared.lock().is_over() {
                return Ok(());
            }
            if self.shared.bell.falls_asleep() {
                self.wait(&mut events, at, now)?;
                self.shared.bell.is_awake();
            }
        }
    }

    /// Waits until something has come, a handle wants something, or it is time.
    fn wait(&mut self, events: &mut Events, at: Option<Instant>, now: Instant) -> io::Result<()> {
        let mut limit = at.map(|at| at.saturating_duration_since(now));
        if !self.shared.bell.port_rings {
            limit = Some(limit.map_or(ASKING_INTERVAL, |limit| limit.min(ASKING_INTERVAL)));
        }
        match self.poll.poll(events, limit) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }
}

impl Drop for HostDriver {
    fn drop(&mut self) {
        self.shared.lock().end();
    }
}

/// Wakes the driver, and only where it sleeps.
#[derive(Debug)]
pub(super) struct Bell {
    waker: Waker,
    /// Something was asked for since the last turn began.
    rung: AtomicBool,
    asleep: AtomicBool,
    /// Whether the port itself tells when something has come.
    port_rings: bool,
}

impl Bell {
    /// Makes the bell and what it wakes.
    pub(super) fn new(port: Option<RawFd>) -> io::Result<(Self, Poll)> {
        let poll = Poll::new()?;
        if let Some(descriptor) = port {
            let mut source = SourceFd(&descriptor);
            poll.registry()
                .register(&mut source, PORT, Interest::READABLE)?;
        }
        let bell = Self {
            waker: Waker::new(poll.registry(), WAKE)?,
            rung: AtomicBool::new(false),
            asleep: AtomicBool::new(false),
            port_rings: port.is_some(),
        };
        Ok((bell, poll))
    }

    /// Has the driver take a turn soon.
    pub(super) fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        if self.asleep.swap(false, Ordering::SeqCst)
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "cannot wake a host's driver");
        }
    }

    /// Whether the driver may sleep: nobody rang since it last asked.
    fn falls_asleep(&self) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        !self.rung.swap(false, Ordering::SeqCst)
    }

    fn is_awake(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }
}
