//! Starting a data path and speaking to it from other threads.

use std::{
    any::Any,
    io,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use mio::Waker;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    ChangeError, DataPathConfiguration, DataPathError, Inner, path::Path, worker::Reception,
};
use crate::{
    Change, DeviceSnapshot,
    state::{Counters, PeerEvent},
};

/// Commands that may wait; who sends one more waits for room.
const COMMAND_QUEUE: usize = 64;
/// Events that may wait; one more is dropped and counted, because a later one carries the
/// totals.
const EVENT_QUEUE: usize = 1024;

/// What the handle asks of the thread.
pub(super) enum Command {
    Apply(Vec<Change>, oneshot::Sender<Result<(), ChangeError>>),
    Snapshot(oneshot::Sender<DeviceSnapshot>),
    Stop,
}

/// A running data path: one thread that owns sockets, tunnels and the inner side.
pub struct DataPath;

impl DataPath {
    /// Binds the outer side, opens the inner side and starts the thread.
    ///
    /// # Errors
    ///
    /// Fails where the address is in use, the interface cannot be made (it needs
    /// `CAP_NET_ADMIN`), or the system has no room; the error's text says what to do.
    pub fn start(
        configuration: DataPathConfiguration,
        inner: Inner,
    ) -> io::Result<(DataPathHandle, mpsc::Receiver<PeerEvent>)> {
        let (commands, command_queue) = mpsc::channel(COMMAND_QUEUE);
        let (events, event_queue) = mpsc::channel(EVENT_QUEUE);
        let (ended, end) = watch::channel(None);
        let address = Arc::new(Mutex::new(SocketAddr::from(([0; 4], 0))));
        let reception = Reception {
            commands: command_queue,
            events,
            address: address.clone(),
        };
        let mut path = Path::new(configuration, inner, reception)?;
        let worker = path.worker();
        let handle = DataPathHandle {
            commands,
            waker: worker.waker(),
            counters: worker.counters(),
            address,
            end,
        };
        drop(worker);
        thread::Builder::new()
            .name("portway-path".to_owned())
            .spawn(move || {
                let outcome = catch_unwind(AssertUnwindSafe(|| path.run()));
                let error =
                    outcome.unwrap_or_else(|panic| DataPathError::Panicked(text_of(&*panic)));
                tracing::debug!(%error, "the data path ended");
                // Before the worker's ends of the channels close: who notices that finds the reason.
                ended.send_replace(Some(error));
                drop(path);
            })?;
        Ok((handle, event_queue))
    }
}

pub(super) fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

/// Speaks to a data path; clones speak to the same one. The data path runs on when all handles
/// are dropped without [`stop`](Self::stop).
#[derive(Clone, Debug)]
pub struct DataPathHandle {
    commands: mpsc::Sender<Command>,
    waker: Arc<Waker>,
    counters: Arc<Counters>,
    address: Arc<Mutex<SocketAddr>>,
    end: watch::Receiver<Option<DataPathError>>,
}

impl DataPathHandle {
    /// Applies changes in order and waits until they hold.
    ///
    /// # Errors
    ///
    /// The first step that fails ends it; the steps before stay applied.
    ///
    /// # Panics
    ///
    /// Panics when called from an asynchronous task; use [`apply_async`](Self::apply_async)
    /// there.
    pub fn apply(&self, changes: Vec<Change>) -> Result<(), ChangeError> {
        let (reply, answer) = oneshot::channel();
        self.send_blocking(Command::Apply(changes, reply))?;
        answer.blocking_recv().map_err(|_| self.end_error())?
    }

    /// Applies changes in order and waits until they hold.
    ///
    /// # Errors
    ///
    /// The first step that fails ends it; the steps before stay applied.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, the changes are applied as a whole or not at all.
    pub async fn apply_async(&self, changes: Vec<Change>) -> Result<(), ChangeError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Apply(changes, reply)).await?;
        answer.await.map_err(|_| self.end_error())?
    }

    /// The device as it is now.
    ///
    /// # Errors
    ///
    /// Fails where the data path is no more.
    ///
    /// # Panics
    ///
    /// Panics when called from an asynchronous task; use
    /// [`snapshot_async`](Self::snapshot_async) there.
    pub fn snapshot(&self) -> Result<DeviceSnapshot, DataPathError> {
        let (reply, answer) = oneshot::channel();
        self.send_blocking(Command::Snapshot(reply))?;
        answer.blocking_recv().map_err(|_| self.end_error())
    }

    /// The device as it is now.
    ///
    /// # Errors
    ///
    /// Fails where the data path is no more.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when it is dropped.
    pub async fn snapshot_async(&self) -> Result<DeviceSnapshot, DataPathError> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Snapshot(reply)).await?;
        answer.await.map_err(|_| self.end_error())
    }

    /// What the data path has done so far; may be kept and read at any time.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// The address that is really bound. Listening on all addresses, that of IPv4 stands for
    /// both families where there is one.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the data path to end; [`ended`](Self::ended) tells when it has.
    pub fn stop(&self) {
        // A full queue is emptied within one turn of the thread, which looks for the end there.
        while let Err(mpsc::error::TrySendError::Full(_)) = self.commands.try_send(Command::Stop) {
            thread::yield_now();
        }
        self.wake();
    }

    /// Waits until the data path is no more and tells why.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when it is dropped.
    pub async fn ended(&self) -> DataPathError {
        let mut end = self.end.clone();
        match end.wait_for(Option::is_some).await {
            Ok(error) => error.clone().unwrap_or(DataPathError::Stopped),
            Err(_) => DataPathError::Stopped,
        }
    }

    /// Why the data path is no more, if it is not.
    #[must_use]
    pub fn end(&self) -> Option<DataPathError> {
        self.end.borrow().clone()
    }

    fn send_blocking(&self, command: Command) -> Result<(), DataPathError> {
        self.commands
            .blocking_send(command)
            .map_err(|_| self.end_error())?;
        self.wake();
        Ok(())
    }

    async fn send(&self, command: Command) -> Result<(), DataPathError> {
        self.commands
            .send(command)
            .await
            .map_err(|_| self.end_error())?;
        self.wake();
        Ok(())
    }

    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake the data path");
        }
    }

    fn end_error(&self) -> DataPathError {
        self.end().unwrap_or(DataPathError::Stopped)
    }
}
