//! The thread of a client.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::result::IgniteResult;

/// One thread that owns the sockets of a client and runs its callbacks. It ends after the last
/// handle of the client and of what was opened with it is freed.
#[derive(Clone, Debug)]
pub(crate) struct Runtime(Arc<Background>);

#[derive(Debug)]
struct Background {
    handle: Handle,
    /// The thread ends when this is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Runtime {
    pub(crate) fn start() -> Result<Self, Failure> {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("ignite".to_owned())
            .spawn(move || run(&tell, stopped))
            .map_err(|error| failed(&error))?;
        let handle = told
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("it ended at once")))
            .map_err(|error| failed(&error))?;
        Ok(Self(Arc::new(Background {
            handle,
            stop: Some(stop),
            thread: Some(thread),
        })))
    }

    /// Waits on the calling thread.
    pub(crate) fn wait<T>(
        &self,
        future: impl Future<Output = Result<T, portway_ignite::Error>>,
    ) -> Result<T, Failure> {
        check_thread()?;
        Ok(self.0.handle.block_on(future)?)
    }
}

/// Serves the sockets until `stopped` ends; nothing is ever sent there.
fn run(tell: &mpsc::SyncSender<io::Result<Handle>>, stopped: oneshot::Receiver<()>) {
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            // Who started the thread waits for this.
            let _ = tell.send(Ok(runtime.handle().clone()));
            let _ = runtime.block_on(stopped);
        }
        Err(error) => {
            let _ = tell.send(Err(error));
        }
    }
}

fn failed(error: &io::Error) -> Failure {
    let message = format!("the thread of the client cannot be started: {error}");
    Failure::new(IgniteResult::TooMany, message)
}

impl Drop for Background {
    /// Waits for the end of the thread, so that the caller may unload the library; on the thread
    /// itself, in a callback, it ends soon after.
    fn drop(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        if thread.thread().id() != thread::current().id() {
            // A callback that panicked has been reported; there is no one to tell it here.
            let _ = thread.join();
        }
    }
}

/// Waiting on the thread that serves the sockets would wait for ever.
fn check_thread() -> Result<(), Failure> {
    if Handle::try_current().is_err() {
        return Ok(());
    }
    let message = "a call that waits was made in a callback; use the call with a callback there, \
                   or wait on another thread";
    Err(Failure::new(IgniteResult::WrongThread, message))
}
