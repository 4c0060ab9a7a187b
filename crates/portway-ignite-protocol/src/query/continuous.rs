//! Continuous queries (operations 2006 and 2007).

use super::RemoteFilter;
use crate::cache::CacheHeader;
use crate::codec::{code_enum, sequence};
use crate::value::RawValue;

/// Notifies of changes of a cache until it is closed. Answers a [`ResourceId`](crate::ResourceId); notifications
/// carry a `Vec` of [`EntryEvent`]. There is no notification about entries that are there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContinuousQueryRequest {
    /// The cache.
    pub header: CacheHeader,
    /// How many events a notification has at most.
    pub page_size: i32,
    /// How many milliseconds an incomplete page waits; 0 for ever.
    pub time_interval: i64,
    /// Whether expired entries are told.
    pub include_expired: bool,
    /// Which events, if not all.
    pub filter: Option<RemoteFilter>,
}

sequence!(ContinuousQueryRequest {
    header: CacheHeader,
    page_size: i32,
    time_interval: i64,
    include_expired: bool,
    filter: Option<RemoteFilter>,
});

code_enum! {
    /// What happened to an entry.
    pub enum EventKind: u8, "event kind" {
        /// It is new.
        Created = 0,
        /// It has a new value.
        Updated = 1,
        /// It was removed.
        Removed = 2,
        /// Its time was over.
        Expired = 3,
    }
}

/// A change of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryEvent {
    /// The key.
    pub key: RawValue,
    /// The value before, or null.
    pub old_value: RawValue,
    /// The value now; null after a removal or expiry.
    pub value: RawValue,
    /// What happened.
    pub kind: EventKind,
}

sequence!(EntryEvent {
    key: RawValue,
    old_value: RawValue,
    value: RawValue,
    kind: EventKind,
});
