//! Walking over all entries of a cache.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;

use portway_ignite_protocol::{
    self as protocol, CacheHeader, Entry, Page, ReadValue, RemoteFilter, Request, ResourceId,
    ScanRequest, decode_body,
};
use tokio::time::timeout;

use super::Cache;
use super::many::read_entry;
use crate::client::{Client, Operation};
use crate::connection::{Connection, Leaves, Resource, Submitted};
use crate::error::Error;

/// The page of Ignite's own clients.
const PAGE_SIZE: NonZeroU32 = NonZeroU32::new(1024).unwrap();
const SCAN: Operation<'static> = Operation::read("scan").leaving(Leaves::Cursor);
const NEXT_PAGE: &str = "the next page of a scan";

/// What a scan walks over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanQuery {
    page_size: NonZeroU32,
    partition: Option<u32>,
    filter: Option<RemoteFilter>,
}

impl ScanQuery {
    /// All entries, in pages of 1024.
    #[must_use]
    pub fn new() -> Self {
        Self {
            page_size: PAGE_SIZE,
            partition: None,
            filter: None,
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

    /// Walks only over entries that a filter accepts: an object of a class known to the server.
    #[must_use]
    pub fn filter(mut self, filter: RemoteFilter) -> Self {
        self.filter = Some(filter);
        self
    }

    fn into_request(self, header: CacheHeader) -> ScanRequest {
        ScanRequest {
            header,
            filter: self.filter,
            page_size: self.page_size.get().try_into().unwrap_or(i32::MAX),
            partition: self
                .partition
                .map_or(-1, |number| number.try_into().unwrap_or(i32::MAX)),
            local: false,
        }
    }
}

impl Default for ScanQuery {
    fn default() -> Self {
        Self::new()
    }
}

/// The entries of a scan. Dropping it closes the scan on the server.
///
/// It belongs to one connection: if that is lost, the next item is the error and the last.
pub struct Cursor<K, V> {
    client: Client,
    connection: Connection,
    rows: VecDeque<Entry>,
    /// The cursor on the server; `None` once all pages are here.
    resource: Option<Resource>,
    /// A page on its way.
    submitted: Option<Submitted>,
    of: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Cache<K, V> {
    /// Walks over the entries. Operations 2000 and 2001.
    ///
    /// Entries that are written meanwhile may be seen or not.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::TooManyResources`].
    pub async fn scan(&self, query: ScanQuery) -> Result<Cursor<K, V>, Error> {
        let request = query.into_request(self.header());
        let build = |_: &_| Request::Scan(request.clone());
        let answer = self.client.call(self.operation(SCAN), build).await?;
        let opened: protocol::Cursor<Entry> = answer.read()?;
        let mut cursor = Cursor {
            client: self.client.clone(),
            connection: answer.connection,
            rows: VecDeque::new(),
            resource: answer.reply.resource,
            submitted: None,
            of: PhantomData,
        };
        cursor.take(opened.page);
        Ok(cursor)
    }
}

impl<K: ReadValue, V: ReadValue> Cursor<K, V> {
    /// The next entry; `None` at the end, or after an error.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::TimedOut`], [`Error::Server`] and [`Error::Decode`].
    /// After an entry that cannot be decoded the walk can go on, after the others it is over.
    ///
    /// # Cancel safety
    /// No entry is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<(K, V), Error>> {
        while self.rows.is_empty() {
            self.resource.as_ref()?;
            if let Err(error) = self.fetch_page().await {
                self.end();
                return Some(Err(error));
            }
        }
        let entry = self.rows.front()?;
        let result = read_entry(&self.client, SCAN.name(), entry).await;
        self.rows.pop_front();
        Some(result)
    }

    /// All entries that are left.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn collect<C: Default + Extend<(K, V)>>(mut self) -> Result<C, Error> {
        let mut collection = C::default();
        while let Some(entry) = self.next().await {
            collection.extend([entry?]);
        }
        Ok(collection)
    }
}

impl<K, V> Cursor<K, V> {
    async fn fetch_page(&mut self) -> Result<(), Error> {
        let limit = self.client.request_timeout();
        let timed_out = |_| Error::TimedOut {
            operation: NEXT_PAGE,
            limit,
        };
        let page = timeout(limit, self.receive_page())
            .await
            .map_err(timed_out)??;
        self.submitted = None;
        self.take(page);
        Ok(())
    }

    async fn receive_page(&mut self) -> Result<Page<Entry>, Error> {
        if self.submitted.is_none() {
            let id = self.resource.as_ref().map_or(0, Resource::id);
            let request = Request::ScanPage(ResourceId(id));
            let submitted = self
                .connection
                .submit(NEXT_PAGE, &request, Leaves::Nothing)
                .await?;
            self.submitted = Some(submitted);
        }
        let Some(submitted) = &mut self.submitted else {
            return Ok(Page {
                rows: Vec::new(),
                has_more: false,
            });
        };
        let reply = submitted.wait().await?;
        decode_body(&reply.body, self.connection.agreement().dialect).map_err(|source| {
            Error::Decode {
                operation: NEXT_PAGE,
                source,
            }
        })
    }

    fn take(&mut self, page: Page<Entry>) {
        self.rows = page.rows.into();
        if !page.has_more
            && let Some(resource) = self.resource.take()
        {
            resource.released();
        }
    }

    fn end(&mut self) {
        self.resource = None;
        self.submitted = None;
    }
}

impl<K, V> fmt::Debug for Cursor<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Cursor");
        shown
            .field("rows", &self.rows.len())
            .field("resource", &self.resource);
        shown.finish_non_exhaustive()
    }
}
