//! Binary types that are being fetched: each by one task, which goes on whoever gives up waiting.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::error::Error;

use super::Client;

/// The fetches under way, by type. As many as there are types that readers wait for at once: a type is
/// not fetched twice at a time.
#[derive(Debug, Default)]
pub(super) struct Fetches(Mutex<BTreeMap<i32, Outcome>>);

/// What came of a fetch, once it has ended.
type Outcome = watch::Receiver<Option<Result<(), Error>>>;

/// Whose fetch it was that a reader waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fetched {
    /// It was begun for this reader.
    Now,
    /// It was under way: it may have been answered before this reader's schema was registered.
    Meanwhile,
}

impl Client {
    /// Fetches a type, or waits for the fetch that is under way. Who waits beside a clock that ticks
    /// faster than a node answers would otherwise begin anew with each tick, and never read anything.
    pub(super) async fn fetch_shared(
        &self,
        operation: &'static str,
        type_id: i32,
    ) -> Result<Fetched, Error> {
        let (whose, mut outcome) = self.fetch_under_way(type_id);
        let ended = outcome.wait_for(Option::is_some).await;
        let result = ended.ok().and_then(|result| result.clone());
        result.unwrap_or(Err(Error::Interrupted { operation }))?;
        Ok(whose)
    }

    fn fetch_under_way(&self, type_id: i32) -> (Fetched, Outcome) {
        let fetches = &self.shared.fetches.0;
        let mut fetches = fetches.lock().unwrap_or_else(PoisonError::into_inner);
        // One whose task was ended with its runtime tells nothing any more.
        fetches.retain(|_, outcome| outcome.has_changed().is_ok());
        if let Some(outcome) = fetches.get(&type_id) {
            return (Fetched::Meanwhile, outcome.clone());
        }
        let (tell, outcome) = watch::channel(None);
        fetches.insert(type_id, outcome.clone());
        let client = self.clone();
        tokio::spawn(async move {
            let fetched = client.fetch_type(type_id).await;
            // What is begun from now on sees what is registered from now on.
            let fetches = &client.shared.fetches.0;
            let mut fetches = fetches.lock().unwrap_or_else(PoisonError::into_inner);
            fetches.remove(&type_id);
            drop(fetches);
            tell.send_replace(Some(fetched.map(drop)));
        });
        (Fetched::Now, outcome)
    }
}
