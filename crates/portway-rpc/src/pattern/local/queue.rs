//! Push-pull at most once in the process.

use std::sync::Arc;

use tokio::sync::{
    Mutex,
    mpsc::{self, error::TrySendError},
};

use crate::pattern::{AtMostOnce, Message, Notify, Pull, Push, ReceiveError, Received, SendError};

/// Makes a queue in which up to `capacity` jobs wait; then whoever pushes waits.
///
/// A job is lost only with the worker that has taken it.
///
/// # Panics
///
/// When `capacity` is 0.
#[must_use]
pub fn queue<T>(capacity: usize) -> (LocalPush<T>, LocalPull<T>) {
    let (sender, receiver) = mpsc::channel(capacity);
    (LocalPush(sender), LocalPull(Arc::new(Mutex::new(receiver))))
}

/// The end of a [`queue`] that takes jobs on; cloned for each that pushes.
#[derive(Debug)]
pub struct LocalPush<T>(mpsc::Sender<Message<T>>);

impl<T> Clone for LocalPush<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Send + 'static> Push<T, AtMostOnce> for LocalPush<T> {
    async fn push(&self, job: impl Into<Message<T>> + Send) -> Result<(), SendError> {
        let sent = self.0.send(job.into()).await;
        sent.map_err(|_| SendError::Closed)
    }
}

impl<T: Send + 'static> Notify<T> for LocalPush<T> {
    fn notify(&self, message: impl Into<Message<T>>) -> Result<(), SendError> {
        self.0
            .try_send(message.into())
            .map_err(|error| match error {
                TrySendError::Full(_) => SendError::Full,
                TrySendError::Closed(_) => SendError::Closed,
            })
    }
}

/// The end of a [`queue`] that hands jobs out; cloned for each worker.
#[derive(Debug)]
pub struct LocalPull<T>(Arc<Mutex<mpsc::Receiver<Message<T>>>>);

impl<T> Clone for LocalPull<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + 'static> Pull<T, AtMostOnce> for LocalPull<T> {
    async fn pull(&mut self) -> Result<Received<T>, ReceiveError> {
        let job = self.0.lock().await.recv().await;
        job.map(Received::Message).ok_or(ReceiveError::Closed)
    }
}
