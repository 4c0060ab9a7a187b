//! Walking over the entries of a cache.

use std::num::NonZeroU32;

use portway_ignite_protocol::{CacheHeader, CodePlatform, Request, ScanRequest, WriteValue};

use super::Cache;
use super::cursor::Cursor;
use super::filter::Filter;
use crate::client::{Argument, Encoder, Operation};
use crate::error::Error;
use crate::paging::NextPage;

/// The page of Ignite's own clients.
pub(super) const PAGE_SIZE: NonZeroU32 = NonZeroU32::new(1024).unwrap();
const SCAN: Operation<'static> = Operation::read("scan");
const NEXT_PAGE: NextPage = NextPage {
    name: "the next page of a scan",
    request: Request::ScanPage,
};

/// What a scan walks over.
#[derive(Clone, Debug)]
pub struct ScanQuery {
    page_size: NonZeroU32,
    partition: Option<u32>,
    filter: Option<Filter>,
    local: bool,
    keep_binary: bool,
}

impl ScanQuery {
    /// All entries, in pages of 1024.
    #[must_use]
    pub fn new() -> Self {
        Self {
            page_size: PAGE_SIZE,
            partition: None,
            filter: None,
            local: false,
            keep_binary: false,
        }
    }

    /// Sets how many entries travel at once. Default: 1024. A page must fit into the
    /// [frame limit](crate::ClientConfiguration::frame_limit).
    #[must_use]
    pub fn page_size(mut self, entries: NonZeroU32) -> Self {
        self.page_size = entries;
        self
    }

    /// Walks over one partition only.
    #[must_use]
    pub fn partition(mut self, partition: u32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Walks only over entries that a filter accepts, which runs where the entries are.
    ///
    /// The filter is a structure that stands for an object of a Java class known to the servers,
    /// which implements `IgniteBiPredicate`: its type name is the name of the class.
    ///
    /// ```
    /// # use portway_ignite::{IgniteObject, ScanQuery};
    /// #[derive(IgniteObject)]
    /// #[ignite(type_name = "com.example.OlderThan")]
    /// struct OlderThan {
    ///     age: i32,
    /// }
    ///
    /// let adults = ScanQuery::new().filter(OlderThan { age: 17 });
    /// ```
    #[must_use]
    pub fn filter<F: WriteValue + Send + Sync + 'static>(self, filter: F) -> Self {
        self.filter_of(CodePlatform::Java, filter)
    }

    /// Walks only over entries that a filter of another platform than Java accepts.
    #[must_use]
    pub fn filter_of<F>(mut self, platform: CodePlatform, filter: F) -> Self
    where
        F: WriteValue + Send + Sync + 'static,
    {
        self.filter = Some(Filter::new(filter, platform));
        self
    }

    /// Hands the filter binary objects instead of objects of their Java classes, which the servers
    /// then need not know.
    #[must_use]
    pub fn keep_binary(mut self) -> Self {
        self.keep_binary = true;
        self
    }

    /// Walks only over what the node holds that is asked, whichever that is.
    #[must_use]
    pub fn local(mut self) -> Self {
        self.local = true;
        self
    }

    fn request(&self, header: CacheHeader, encoder: &Encoder) -> ScanRequest {
        ScanRequest {
            header: CacheHeader {
                keep_binary: self.keep_binary || self.filter.is_none(),
                ..header
            },
            filter: self.filter.as_ref().map(|filter| filter.encode(encoder)),
            page_size: number(self.page_size.get()),
            partition: self.partition.map_or(-1, number),
            local: self.local,
        }
    }
}

/// As the protocol writes it; what is over its range means as much as the greatest number.
pub(super) fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

impl Default for ScanQuery {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Cache<K, V> {
    /// Walks over the entries. Operations 2000 and 2001.
    ///
    /// Entries that are written meanwhile may be seen or not.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::TooManyResources`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
    pub async fn scan(&self, query: ScanQuery) -> Result<Cursor<K, V>, Error> {
        let build = |encoder: &Encoder| Request::Scan(query.request(self.query_header(), encoder));
        let types = Argument::types(query.filter.iter().map(Filter::argument));
        let operation = self.on_partition(SCAN, query.partition).with_types(&types);
        self.open_cursor(operation, NEXT_PAGE, build).await
    }
}
