//! The thread that runs the tasks of a blocking client.

use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::error::Error;

/// A runtime on a thread of its own, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Background {
    handle: Handle,
    /// The thread waits for its end.
    _stop: oneshot::Sender<()>,
}

impl Background {
    pub(super) fn start() -> Result<Self, Error> {
        let failed = |error| Error::Background {
            source: Arc::new(error),
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let run = move || {
            // Nothing is ever sent: what ends the wait is that the sender is dropped.
            let _ = runtime.block_on(stopped);
        };
        thread::Builder::new()
            .name("portway-ignite".to_owned())
            .spawn(run)
            .map_err(failed)?;
        Ok(Self {
            handle,
            _stop: stop,
        })
    }

    /// Runs a future on the calling thread; sockets and timers are served by the background.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.handle.block_on(future)
    }
}
