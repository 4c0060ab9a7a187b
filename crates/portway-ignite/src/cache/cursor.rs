//! The entries that a query answers.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use portway_ignite_protocol::{self as protocol, Entry, Page, ReadValue, Request, decode_body};

use super::Cache;
use super::many::read_entry;
use crate::client::{Encoder, Operation};
use crate::connection::Leaves;
use crate::error::Error;
use crate::paging::{NextPage, Pages};

/// The entries that a scan or another query answers. Dropping it closes the query on the server.
///
/// The next page travels while one is read. The cursor belongs to one connection: if that is lost,
/// the next item is the error and the last.
pub struct Cursor<K, V> {
    operation: &'static str,
    rows: VecDeque<Entry>,
    pages: Pages,
    of: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Cache<K, V> {
    pub(super) async fn open_cursor(
        &self,
        operation: Operation<'_>,
        next: NextPage,
        build: impl Fn(&Encoder) -> Request,
    ) -> Result<Cursor<K, V>, Error> {
        let operation = operation.leaving(Leaves::Cursor);
        let answer = self.client.call(operation, build).await?;
        let opened: protocol::Cursor<Entry> = answer.read()?;
        let mut cursor = Cursor {
            operation: operation.name(),
            rows: VecDeque::new(),
            pages: Pages::behind(answer, &self.client, next),
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
            if !self.pages.are_left() {
                return None;
            }
            if let Err(error) = self.turn_page().await {
                self.pages.close();
                return Some(Err(error));
            }
        }
        self.pages.ask_ahead();
        let entry = self.rows.front()?;
        let result = read_entry(self.pages.client(), self.operation, entry).await;
        self.rows.pop_front();
        Some(result)
    }

    /// All entries that are left.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    ///
    /// # Cancel safety
    /// If the future is dropped, so is the cursor with what was read.
    pub async fn collect<C: Default + Extend<(K, V)>>(mut self) -> Result<C, Error> {
        let mut collection = C::default();
        while let Some(entry) = self.next().await {
            collection.extend([entry?]);
        }
        Ok(collection)
    }
}

impl<K, V> Cursor<K, V> {
    async fn turn_page(&mut self) -> Result<(), Error> {
        let body = self.pages.receive().await?;
        let page = decode_body(&body, self.pages.dialect());
        let page = page.map_err(|source| self.pages.decode_error(source))?;
        self.take(page);
        Ok(())
    }

    fn take(&mut self, page: Page<Entry>) {
        self.rows = page.rows.into();
        if !page.has_more {
            self.pages.end();
        }
    }
}

impl<K, V> fmt::Debug for Cursor<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Cursor");
        shown
            .field("operation", &self.operation)
            .field("rows", &self.rows.len())
            .field("pages", &self.pages);
        shown.finish()
    }
}
