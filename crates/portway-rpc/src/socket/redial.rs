//! One connection for all calls of a channel, replaced when it is lost.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    OutgoingCall, Status,
    guard::until,
    socket::{Dialer, UseStream},
};

/// How long a server that could not be reached is not tried again; calls fail at once meanwhile.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections one call tries that turn out to take none.
pub(crate) const ATTEMPTS: usize = 4;

/// A connection that carries calls.
pub(crate) trait Link: Send + Sync {
    /// Tells whether calls can be begun on it.
    fn is_usable(&self) -> bool;

    /// Lets it end once its calls are over.
    fn close(&self);
}

/// One connection for all calls of a channel, replaced when it is lost.
pub(crate) struct Redial<U: UseStream<Made = Arc<L>>, L: Link> {
    current: ArcSwapOption<L>,
    /// How to connect again; nothing for a stream that was given.
    dialer: Option<Dialer>,
    user: U,
    /// Held by the one who connects; when the last attempt failed, and how.
    connecting: Mutex<Option<(Instant, Status)>>,
}

impl<U: UseStream<Made = Arc<L>>, L: Link> Redial<U, L> {
    pub(crate) fn new(dialer: Option<Dialer>, connection: Option<Arc<L>>, user: U) -> Self {
        Self {
            current: ArcSwapOption::new(connection),
            dialer,
            user,
            connecting: Mutex::new(None),
        }
    }

    pub(crate) fn dialer(&self) -> Option<&Dialer> {
        self.dialer.as_ref()
    }

    /// Connects for the first time.
    pub(crate) async fn connect(&self) -> Result<(), Status> {
        let connection = self.connect_once().await?;
        self.current.store(Some(connection));
        Ok(())
    }

    /// Returns a connection that takes calls.
    pub(crate) async fn connection(
        &self,
        call: &OutgoingCall,
        attempt: usize,
    ) -> Result<Arc<L>, Status> {
        // Whether it still takes calls is found out by the call itself.
        if attempt == 0
            && let Some(connection) = self.current.load_full()
        {
            return Ok(connection);
        }
        until(call.deadline, call.parent.as_ref(), self.reconnect()).await
    }

    fn usable(&self) -> Option<Arc<L>> {
        self.current
            .load_full()
            .filter(|connection| connection.is_usable())
    }

    /// Connects anew, one caller for all.
    async fn reconnect(&self) -> Result<Arc<L>, Status> {
        let mut failure = self.connecting.lock().await;
        if let Some(connection) = self.usable() {
            return Ok(connection);
        }
        if let Some((at, status)) = &*failure
            && at.elapsed() < PAUSE
        {
            return Err(status.clone());
        }
        match self.connect_once().await {
            Ok(connection) => {
                *failure = None;
                // One that has no numbers left for calls does not end by itself.
                if let Some(used_up) = self.current.swap(Some(Arc::clone(&connection))) {
                    used_up.close();
                }
                Ok(connection)
            }
            Err(status) => {
                *failure = Some((Instant::now(), status.clone()));
                Err(status)
            }
        }
    }

    async fn connect_once(&self) -> Result<Arc<L>, Status> {
        let gone = || Status::unavailable("the connection is over and cannot be replaced");
        let dialer = self.dialer.as_ref().ok_or_else(gone)?;
        dialer.dial(&self.user).await
    }
}

impl<U: UseStream<Made = Arc<L>>, L: Link> Drop for Redial<U, L> {
    fn drop(&mut self) {
        if let Some(connection) = self.current.load_full() {
            connection.close();
        }
    }
}
