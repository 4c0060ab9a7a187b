//! Reading the entries that are there while changes come in.

use std::collections::HashSet;

use portway_ignite_protocol::RawValue;

use super::attempt::Attempt;
use super::retry::Retry;
use crate::cache::{Cache, Cursor, ScanQuery};
use crate::error::Error;

/// So many keys that changed during a scan are remembered, to pass over older values of them. Then
/// changes wait until the scan is done.
const CHANGED_KEYS_LIMIT: usize = 1 << 16;

/// A scan beside which changes are told.
///
/// The query is registered first, so nothing is missed: an entry that changes during the scan may
/// be told twice. But once a change of it was told, a value that the scan read before is not.
#[derive(Debug)]
pub(super) struct Walk {
    cache: Cache<RawValue, RawValue>,
    query: ScanQuery,
    opening: Option<Attempt<Result<Cursor<RawValue, RawValue>, Error>>>,
    cursor: Option<Cursor<RawValue, RawValue>>,
    changed: HashSet<RawValue>,
    retry: Retry,
}

impl Walk {
    pub(super) fn new(cache: Cache<RawValue, RawValue>, query: ScanQuery, retry: Retry) -> Self {
        Self {
            cache,
            query,
            opening: None,
            cursor: None,
            changed: HashSet::new(),
            retry,
        }
    }

    /// What it was to find.
    pub(super) fn into_query(self) -> ScanQuery {
        self.query
    }

    pub(super) fn is_open(&self) -> bool {
        self.cursor.is_some()
    }

    /// Whether a change of one more key can be remembered.
    pub(super) fn has_room(&self) -> bool {
        self.changed.len() < CHANGED_KEYS_LIMIT
    }

    /// Remembers that a change of `key` was told.
    pub(super) fn changed(&mut self, key: &RawValue) {
        // A copy: the bytes of the event hold the values, too.
        self.changed.insert(key.detached());
    }

    /// Begins the scan; again, if its connection was lost. Cancel safe.
    pub(super) async fn open(&mut self) -> Result<(), Error> {
        self.retry.pause().await;
        let (cache, query) = (&self.cache, &self.query);
        let opening = self.opening.get_or_insert_with(|| {
            let (cache, query) = (cache.clone(), query.clone());
            Attempt::new(async move { cache.scan(query).await })
        });
        let opened = opening.end().await;
        self.opening = None;
        match opened {
            Ok(cursor) => self.cursor = Some(cursor),
            Err(error) => self.retry.after(error)?,
        }
        Ok(())
    }

    /// The next entry of which no change was told; `None` at the end, or if the scan has to begin
    /// again.
    ///
    /// Cancel safe: nothing is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Option<(RawValue, RawValue)>, Error> {
        while let Some(cursor) = &mut self.cursor {
            match cursor.next().await {
                Some(Ok((key, _))) if self.changed.contains(&key) => {}
                Some(Ok(entry)) => return Ok(Some(entry)),
                Some(Err(error)) => {
                    self.cursor = None;
                    self.retry.after(error)?;
                }
                None => return Ok(None),
            }
        }
        Ok(None)
    }
}
