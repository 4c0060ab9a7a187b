//! A cache that was just made, and that the node of a transaction has not started yet.
//!
//! The node that makes a cache answers when it has started it itself: the others may be some
//! milliseconds late. They let operations wait for that, but not inside of a transaction, which a
//! start might wait for in turn. Nodes that a cache was not made for start it only when they are
//! asked for it, so that a transaction cannot begin with it there either.

use std::sync::Arc;

use portway_ignite_protocol::{CacheHeader, CacheId, Request};
use tokio::time::timeout_at;

use crate::connection::{Deadline, TransactionScope};
use crate::error::Error;
use crate::seldom::Boxed;
use crate::topology::Route;
use crate::transaction::TransactionFailure;

use super::Client;
use super::creation::CacheIdentity;
use super::operation::Operation;

/// A cache that the node of a transaction is to start.
#[derive(Clone, Copy, Debug)]
pub(super) struct StartingCache<'t> {
    cache: &'t CacheIdentity,
    transaction: &'t Arc<TransactionScope>,
}

impl<'t> Operation<'t> {
    /// The cache to be started, if the first operation of a transaction failed because it is not.
    ///
    /// The start may wait for the entries that a transaction touched before: later operations are
    /// told at once.
    pub(super) fn starting_cache(&self, error: &Error) -> Option<StartingCache<'t>> {
        let Route::Within(transaction) = self.route else {
            return None;
        };
        let is_refused = error.transaction_failure() == Some(TransactionFailure::CacheNotStarted);
        (is_refused && transaction.has_one_part()).then_some(StartingCache {
            cache: self.cache?,
            transaction,
        })
    }
}

impl Client {
    /// Has a node start a cache, by a question outside of the transaction. Should that fail, the
    /// next attempt tells why.
    pub(super) fn await_start<'f>(
        &'f self,
        starting: StartingCache<'f>,
        operation: &'static str,
        deadline: Deadline,
    ) -> Boxed<'f, Result<(), Error>> {
        let StartingCache { cache, transaction } = starting;
        let header = CacheHeader::new(CacheId::of(cache.name()));
        let ask = Operation::system("cache_configuration")
            .of_cache(cache)
            .routed(Route::Pinned(transaction.connection()));
        Box::pin(async move {
            let build = |_: &_| Request::CacheConfiguration(header);
            match timeout_at(deadline.at, self.call(ask, build)).await {
                Ok(_) => Ok(()),
                Err(_) => Err(deadline.missed_by(operation)),
            }
        })
    }
}
