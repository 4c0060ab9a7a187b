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
pub(super) struct Creation {
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

/// A cache that an operation missed, and that is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct MissingCache<'t> {
    name: &'t str,
    creation: &'t Creation,
}

impl<'t> Operation<'t> {
    /// The cache to be made, if the operation failed because there is none. An operation inside of
    /// a transaction makes none: the nodes make a cache only after the transactions under way.
    pub(super) fn missed_cache(&self, error: &Error) -> Option<MissingCache<'t>> {
        if error.status() != Some(Status::CACHE_DOES_NOT_EXIST) || self.route.is_within() {
            return None;
        }
        let cache = self.cache?;
        let creation = cache.creation.as_ref()?;
        let name = &cache.name;
        Some(MissingCache { name, creation })
    }
}

impl Client {
    /// Makes a cache that an operation missed. Was another operation about to, it is only waited
    /// for: should it have failed, the next attempt misses the cache again.
    pub(super) fn create_missing<'f>(
        &'f self,
        cache: MissingCache<'f>,
        operation: &'static str,
        deadline: Deadline,
    ) -> Boxed<'f, Result<(), Error>> {
        let MissingCache { name, creation } = cache;
        let create = async move {
            let Ok(_turn) = creation.turn.try_lock() else {
                drop(creation.turn.lock().await);
                return Ok(());
            };
            match &creation.configuration {
                Some(request) => self.get_or_create(request).await,
                None => self.get_or_create_with_name(name).await,
            }
        };
        Box::pin(async move {
            let created = timeout_at(deadline.at, create).await;
            created.unwrap_or_else(|_| Err(deadline.missed_by(operation)))
        })
    }
}
