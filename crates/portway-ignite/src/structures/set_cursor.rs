//! Walking over the values of a set.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use portway_ignite_protocol::{
    FirstSetPage, IterateSet, Page, RawValue, ReadValue, Request, ResourceId, SetPageRequest,
    decode_body,
};
use tokio::time::timeout;

use super::IgniteSet;
use crate::client::{Client, Operation};
use crate::connection::{Connection, Leaves, Resource, Submitted};
use crate::error::Error;

/// The page of Ignite's own clients.
const PAGE_SIZE: i32 = 1024;
const ITERATE: Operation<'static> = Operation::read("walk over a set").leaving(Leaves::SetIterator);
const NEXT_PAGE: &str = "the next values of a set";

/// The values of a set. Dropping it ends the walk on the server.
///
/// It belongs to one connection: if that is lost, the next item is the error and the last.
pub struct SetCursor<T> {
    client: Client,
    connection: Connection,
    values: VecDeque<RawValue>,
    /// The walk on the server; `None` once all values are here.
    resource: Option<Resource>,
    /// A page on its way.
    submitted: Option<Submitted>,
    of: PhantomData<fn() -> T>,
}

impl<T: ReadValue> SetCursor<T> {
    pub(super) async fn open(set: &IgniteSet<T>) -> Result<Self, Error> {
        let request = IterateSet {
            set: set.set.clone(),
            page_size: PAGE_SIZE,
        };
        let build = |_: &_| Request::IterateSet(request.clone());
        let answer = set.client.call(ITERATE, build).await?;
        let first: FirstSetPage = answer.read()?;
        Ok(Self {
            client: set.client.clone(),
            connection: answer.connection,
            values: first.values.into(),
            resource: answer.reply.resource,
            submitted: None,
            of: PhantomData,
        })
    }

    /// The next value; `None` at the end, or after an error.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::TimedOut`], [`Error::Server`] and [`Error::Decode`].
    /// After a value that cannot be decoded the walk can go on, after the others it is over.
    ///
    /// # Cancel safety
    /// No value is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        while self.values.is_empty() {
            let walk = self.resource.as_ref()?.id();
            if let Err(error) = self.fetch_page(walk).await {
                self.resource = None;
                self.submitted = None;
                return Some(Err(error));
            }
        }
        let value = self.values.front()?;
        let read = |schemas: &dyn portway_ignite_protocol::SchemaSource| value.read_with(schemas);
        let result = self.client.decode(ITERATE.name(), read).await;
        self.values.pop_front();
        Some(result)
    }

    /// All values that are left.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn collect<C: Default + Extend<T>>(mut self) -> Result<C, Error> {
        let mut collection = C::default();
        while let Some(value) = self.next().await {
            collection.extend([value?]);
        }
        Ok(collection)
    }

    async fn fetch_page(&mut self, walk: i64) -> Result<(), Error> {
        let limit = self.client.request_timeout();
        let received = timeout(limit, self.receive_page(walk)).await;
        let page = received.map_err(|_| Error::TimedOut {
            operation: NEXT_PAGE,
            limit,
        })??;
        self.submitted = None;
        self.values = page.rows.into();
        if !page.has_more
            && let Some(resource) = self.resource.take()
        {
            resource.released();
        }
        Ok(())
    }

    async fn receive_page(&mut self, walk: i64) -> Result<Page<RawValue>, Error> {
        let submitted = match &mut self.submitted {
            Some(submitted) => submitted,
            none => {
                let request = Request::SetPage(SetPageRequest {
                    iterator: ResourceId(walk),
                    page_size: PAGE_SIZE,
                });
                let connection = &self.connection;
                let sent = connection.submit(NEXT_PAGE, &request, Leaves::Nothing);
                none.insert(sent.await?)
            }
        };
        let reply = submitted.wait().await?;
        let dialect = self.connection.agreement().dialect;
        decode_body(&reply.body, dialect).map_err(|source| Error::Decode {
            operation: NEXT_PAGE,
            source,
        })
    }
}

impl<T> fmt::Debug for SetCursor<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SetCursor")
            .field("values", &self.values.len())
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
