//! Trying again what a lost connection interrupted.

use tokio::time::Instant;

use crate::error::Error;
use crate::reconnect::{Backoff, ReconnectPolicy};

/// When to try again. The first attempt is made at once.
#[derive(Debug)]
pub(super) struct Retry {
    backoff: Backoff,
    at: Instant,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            backoff: Backoff::new(ReconnectPolicy::default()),
            at: Instant::now(),
        }
    }
}

impl Retry {
    /// Waits until it is time for an attempt. Cancel safe.
    pub(super) async fn pause(&self) {
        tokio::time::sleep_until(self.at).await;
    }

    /// Notes that an attempt failed; an error that another attempt would meet, too, is given back.
    pub(super) fn after(&mut self, error: Error) -> Result<(), Error> {
        if !error.passes() {
            return Err(error);
        }
        tracing::debug!(%error, "a watch tries again");
        self.at = Instant::now() + self.backoff.pause();
        Ok(())
    }
}
