//! What goes through Kafka.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) number: u64,
}

/// Waits with patience.
pub(crate) async fn soon<F: Future>(work: F) -> F::Output {
    let done = tokio::time::timeout(PATIENCE, work).await;
    done.expect("it does not take longer than a minute")
}
