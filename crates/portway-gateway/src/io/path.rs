//! The data path's own thread: waits, then gives the worker a turn.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};

use mio::{Events, Poll};

use super::{
    DataPathConfiguration, DataPathError, Inner,
    moderation::Pace,
    worker::{Reception, Worker},
    xdp::QueueThreads,
};

/// Readiness events of one turn.
const EVENTS: usize = 256;

/// The worker, which the thread shares with those of AF_XDP queues, if there are any. Nobody waits while holding it.
pub(super) type SharedWorker = Arc<Mutex<Worker>>;

/// Takes the worker for a turn.
pub(super) fn lock(worker: &SharedWorker) -> MutexGuard<'_, Worker> {
    worker.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the thread has.
pub(super) struct Path {
    /// First: they stop before what they share goes.
    _queues: QueueThreads,
    worker: SharedWorker,
    poll: Poll,
    events: Events,
}

impl Path {
    /// Binds the outer side and opens the inner one.
    pub(super) fn new(
        configuration: DataPathConfiguration,
        inner: Inner,
        reception: Reception,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let mut worker = Worker::new(configuration, inner, reception, registry)?;
        let queues = std::mem::take(&mut worker.queues);
        let worker = Arc::new(Mutex::new(worker));
        Ok(Self {
            _queues: QueueThreads::start(queues, &worker)?,
            worker,
            poll,
            events: Events::with_capacity(EVENTS),
        })
    }

    pub(super) fn worker(&self) -> MutexGuard<'_, Worker> {
        lock(&self.worker)
    }

    /// Works until told to stop, or until it cannot.
    pub(super) fn run(&mut self) -> DataPathError {
        let mut now = Instant::now();
        loop {
            if let Err(end) = self.turn(&mut now) {
                return end;
            }
        }
    }

    /// One turn. The clock is read once.
    fn turn(&mut self, now: &mut Instant) -> Result<(), DataPathError> {
        self.wait(*now)
            .map_err(DataPathError::io("waited for packets"))?;
        *now = Instant::now();
        let lingers = lock(&self.worker).turn(&self.events, *now)?;
        if lingers {
            thread::sleep(Pace::SHARED.longest);
        }
        Ok(())
    }

    /// Waits for readiness or the next deadline; with work left it only looks.
    fn wait(&mut self, now: Instant) -> io::Result<()> {
        let limit = lock(&self.worker).prepare_to_wait(now)?;
        match self.poll.poll(&mut self.events, limit) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }
}
