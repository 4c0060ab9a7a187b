//! What is begun once, however often who waits for it gives up and comes again.

use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

/// Something under way, kept between the futures that wait for it. Dropping it gives it up.
///
/// Who waits beside a clock that ticks faster than a node answers would otherwise begin anew with
/// each tick, and never come to an end.
pub(super) struct Attempt<T> {
    /// Never locked: it makes this as shareable as what comes of it.
    running: Mutex<Pin<Box<dyn Future<Output = T> + Send>>>,
}

impl<T> Attempt<T> {
    pub(super) fn new(running: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            running: Mutex::new(Box::pin(running)),
        }
    }

    /// Waits for the end, which comes once. Cancel safe.
    pub(super) async fn end(&mut self) -> T {
        let running = self.running.get_mut();
        running.unwrap_or_else(PoisonError::into_inner).await
    }
}

impl<T> fmt::Debug for Attempt<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Attempt").finish_non_exhaustive()
    }
}
