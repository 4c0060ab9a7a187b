//! How long checks wait.

use std::{future::Future, time::Duration};

/// How long a check waits for what must happen. A broker of a busy machine takes its time.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits with patience.
///
/// # Panics
///
/// When it takes too long.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(result) => result,
        Err(_) => panic!("{what} took longer than {PATIENCE:?}"),
    }
}
