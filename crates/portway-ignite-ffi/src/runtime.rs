//! The thread of a client.

use std::cell::Cell;
use std::io;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::process::notice_forks;
use crate::result::IgniteResult;
use crate::signals::Blocked;

/// The largest number of asynchronous calls of a client whose outcome nobody has taken yet: it
/// bounds the memory that a caller who does not wait can use.
const UNFINISHED_LIMIT: usize = 65_536;

thread_local! {
    /// Whether this is the thread of a client: asked by each call that waits, and cheaper to ask
    /// than the runtime.
    static IS_CLIENT_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// One thread that owns the sockets of a client and runs its callbacks. It ends after the last
/// handle of the client and of what was opened with it is freed, and its last call has ended.
///
/// The system can look up the name of a host only while a thread waits for it: a further one does
/// that, and ends with it.
#[derive(Clone, Debug)]
pub(crate) struct Runtime(Arc<Background>);

#[derive(Debug)]
struct Background {
    handle: Handle,
    /// The thread ends when this is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
    unfinished: Arc<Semaphore>,
}

impl Runtime {
    pub(crate) fn start() -> Result<Self, Failure> {
        notice_forks();
        let runtime = Builder::new_current_thread()
            .enable_all()
            .thread_name("ignite-names")
            .thread_keep_alive(Duration::ZERO)
            .build()
            .map_err(|error| failed(&error))?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let run = move || {
            IS_CLIENT_THREAD.set(true);
            // Nothing is ever sent: what ends the wait is that the sender is dropped.
            let _ = runtime.block_on(stopped);
            // The look-up of a name may hang for much longer than anybody wants to wait.
            runtime.shutdown_background();
        };
        let _blocked = Blocked::new()?;
        let thread = thread::Builder::new()
            .name("ignite".to_owned())
            .spawn(run)
            .map_err(|error| failed(&error))?;
        Ok(Self(Arc::new(Background {
            handle,
            stop: Some(stop),
            thread: Some(thread),
            unfinished: Arc::new(Semaphore::new(UNFINISHED_LIMIT)),
        })))
    }

    /// Runs a call on the client's thread, and waits for it on the calling one: threads that it
    /// starts have the client thread's mask of signals.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, portway_ignite::Error>> + Send + 'static,
    ) -> Result<T, Failure> {
        check_thread()?;
        let joined = self.0.handle.block_on(self.0.handle.spawn(call));
        // A panic goes on here, to the border.
        Ok(joined.unwrap_or_else(|error| resume_unwind(error.into_panic()))?)
    }

    /// Runs a call to its end on the client's thread.
    pub(crate) fn spawn(&self, call: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.0.handle.spawn(call)
    }

    /// As [`place`](Self::place), for what can wait until there is one.
    pub(crate) async fn free_place(&self) -> OwnedSemaphorePermit {
        let place = self.0.unfinished.clone().acquire_owned().await;
        place.expect("the places of a client are never closed")
    }

    /// A place among the unfinished asynchronous calls of the client, kept until their outcome is
    /// taken.
    pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.0.unfinished.clone().try_acquire_owned().map_err(|_| {
            let message = format!(
                "{UNFINISHED_LIMIT} asynchronous calls of this client are unfinished or not yet \
                 taken; wait for some of them first"
            );
            Failure::new(IgniteResult::TooMany, message)
        })
    }

    /// Waits on the calling thread.
    pub(crate) fn wait<T>(
        &self,
        future: impl Future<Output = Result<T, portway_ignite::Error>>,
    ) -> Result<T, Failure> {
        check_thread()?;
        // Pinned here, where it was made: a future of an operation is too large to be moved on.
        Ok(self.0.handle.block_on(pin!(future))?)
    }
}

fn failed(error: &io::Error) -> Failure {
    let message = format!("the thread of the client cannot be started: {error}");
    Failure::new(IgniteResult::TooMany, message)
}

impl Drop for Background {
    /// Waits for the end of the thread, and so for a callback that is under way there. In a callback
    /// it ends soon after: waiting for itself would have no end, and waiting for the thread of
    /// another client might have none either, for that may wait for this one.
    fn drop(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        if !IS_CLIENT_THREAD.get() {
            // A callback that panicked has been reported; there is no one to tell it here.
            let _ = thread.join();
        }
    }
}

/// Waiting on the thread that serves the sockets would wait for ever.
pub(crate) fn check_thread() -> Result<(), Failure> {
    if !IS_CLIENT_THREAD.get() {
        return Ok(());
    }
    let message = "a call that waits was made in a callback; use the call with a callback there, \
                   or wait on another thread";
    Err(Failure::new(IgniteResult::WrongThread, message))
}
