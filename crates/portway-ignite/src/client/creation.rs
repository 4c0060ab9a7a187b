//! Which cache an operation works on, and how it is made when a node says that there is none.

use std::sync::Arc;

use portway_ignite_protocol::{CreateCacheRequest, Status};
use tokio::sync::Mutex;
use tokio::time::timeout_at;

use crate::connection::Deadline;
use crate::error::Error;
use crate::seldom::Boxed;

use super::Client;
use super::operation::Operation;

/// The cache that an operation works on.
#[derive(Debug)]
pub(crate) struct CacheIdentity {
    name: Arc<str>,
    creation: Option<Creation>,
}

/// How a cache is made that is missing.
#[derive(Debug)]
struct Creation {
    /// `None` for that of the template of its name.
    configuration: Option<CreateCacheRequest>,
    /// Of the operations that miss the cache at the same time one makes it.
    turn: Mutex<()>,
}

impl CacheIdentity {
    /// A cache that is not made when it is missing.
    pub(crate) fn new(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            creation: None,
        })
    }

    /// The same cache, to be made when it is missing.
    pub(crate) fn or_create(&self, configuration: Option<CreateCacheRequest>) -> Arc<Self> {
        let turn = Mutex::default();
        Arc::new(Self {
            name: self.name.clone(),
            creation: Some(Creation {
                configuration,
                turn,
            }),
        })
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }
}

impl Operation<'_> {
    /// Whether it failed because its cache is missing, which is to be made then. An operation inside
    /// of a transaction makes none: the nodes make a cache only after the transactions under way.
    pub(super) fn misses_cache(&self, error: &Error) -> bool {
        error.status() == Some(Status::CACHE_DOES_NOT_EXIST)
            && self.cache.is_some_and(|cache| cache.creation.is_some())
            && !self.route.is_within()
    }
}

impl Client {
    /// Makes the cache of an operation that missed it. Was another operation about to, it is only
    /// waited for: should it have failed, the next attempt misses the cache again.
    pub(super) fn create_missing<'f>(
        &'f self,
        operation: &'f Operation<'_>,
        deadline: Deadline,
    ) -> Boxed<'f, Result<(), Error>> {
        let create = async move {
            let Some(cache) = operation.cache else {
                return Ok(());
            };
            let Some(creation) = &cache.creation else {
                return Ok(());
            };
            let Ok(_turn) = creation.turn.try_lock() else {
                drop(creation.turn.lock().await);
                return Ok(());
            };
            match &creation.configuration {
                Some(request) => self.get_or_create(request).await,
                None => self.get_or_create_with_name(&cache.name).await,
            }
        };
        Box::pin(async move {
            let created = timeout_at(deadline.at, create).await;
            created.unwrap_or_else(|_| Err(deadline.missed_by(operation.name)))
        })
    }
}
