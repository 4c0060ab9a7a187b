//! Scans (operations 2000 and 2001).

use super::RemoteFilter;
use crate::cache::CacheHeader;
use crate::codec::sequence;

/// Walks over the entries of a cache. Answers a [`Cursor`](crate::Cursor) of
/// [`Entry`](crate::Entry).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRequest {
    /// The cache.
    pub header: CacheHeader,
    /// Which entries, if not all.
    pub filter: Option<RemoteFilter>,
    /// How many entries a page has.
    pub page_size: i32,
    /// The only partition to look at, or -1 for all.
    pub partition: i32,
    /// Whether only the entries of the node itself count.
    pub local: bool,
}

sequence!(ScanRequest {
    header: CacheHeader,
    filter: Option<RemoteFilter>,
    page_size: i32,
    partition: i32,
    local: bool,
});
