//! Walking over the values of a set.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use portway_ignite_protocol::{
    FirstSetPage, IterateSet, Page, RawValue, ReadValue, Request, SchemaSource, SetPageRequest,
    decode_body,
};

use super::IgniteSet;
use crate::client::Operation;
use crate::connection::Leaves;
use crate::error::Error;
use crate::paging::{NextPage, Pages};

/// The page of Ignite's own clients.
const PAGE_SIZE: i32 = 1024;
const ITERATE: Operation<'static> = Operation::read("walk over a set").leaving(Leaves::SetIterator);
const NEXT_PAGE: NextPage = NextPage {
    name: "the next values of a set",
    request: |iterator| {
        Request::SetPage(SetPageRequest {
            iterator,
            page_size: PAGE_SIZE,
        })
    },
};

/// The values of a set. Dropping it ends the walk on the server.
///
/// It belongs to one connection: if that is lost, the next item is the error and the last.
pub struct SetCursor<T> {
    values: VecDeque<RawValue>,
    pages: Pages,
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
            values: first.values.into(),
            pages: Pages::behind(answer, &set.client, NEXT_PAGE),
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
            if !self.pages.are_left() {
                return None;
            }
            if let Err(error) = self.turn_page().await {
                self.pages.close();
                return Some(Err(error));
            }
        }
        self.pages.ask_ahead();
        let value = self.values.front()?;
        let read = |schemas: &dyn SchemaSource| value.read_with(schemas);
        let result = self.pages.client().decode(ITERATE.name(), read).await;
        self.values.pop_front();
        Some(result)
    }

    /// All values that are left.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    ///
    /// # Cancel safety
    /// If the future is dropped, so is the cursor with what was read.
    pub async fn collect<C: Default + Extend<T>>(mut self) -> Result<C, Error> {
        let mut collection = C::default();
        while let Some(value) = self.next().await {
            collection.extend([value?]);
        }
        Ok(collection)
    }

    async fn turn_page(&mut self) -> Result<(), Error> {
        let body = self.pages.receive().await?;
        let page: Page<RawValue> = decode_body(&body, self.pages.dialect())
            .map_err(|source| self.pages.decode_error(source))?;
        self.values = page.rows.into();
        if !page.has_more {
            self.pages.end();
        }
        Ok(())
    }
}

impl<T> fmt::Debug for SetCursor<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SetCursor")
            .field("values", &self.values.len())
            .field("pages", &self.pages)
            .finish()
    }
}
