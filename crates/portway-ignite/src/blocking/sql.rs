//! SQL whose answers are waited for.

use std::sync::Arc;

use super::background::Background;
use super::{Cache, Client};
use crate::arguments::Arguments;
use crate::error::Error;
use crate::sql::{BatchError, FromRow, SqlQuery, SqlRow};

/// The rows that a statement answers; see [`SqlCursor`](crate::SqlCursor).
#[derive(Debug)]
pub struct SqlCursor {
    inner: crate::SqlCursor,
    background: Arc<Background>,
}

impl SqlCursor {
    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        self.inner.columns()
    }

    /// See [`SqlCursor::update_count`](crate::SqlCursor::update_count).
    #[must_use]
    pub fn update_count(&self) -> Option<i64> {
        self.inner.update_count()
    }

    /// Waits for [`SqlCursor::collect_as`](crate::SqlCursor::collect_as).
    ///
    /// # Errors
    /// As that.
    pub fn collect_as<R: FromRow>(self) -> Result<Vec<R>, Error> {
        self.background.wait(self.inner.collect_as())
    }
}

impl Iterator for SqlCursor {
    type Item = Result<SqlRow, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.background.wait(self.inner.next())
    }
}

impl Client {
    /// Waits for [`Client::sql`](crate::Client::sql).
    ///
    /// # Errors
    /// As that.
    pub fn sql<'q>(&self, query: impl Into<SqlQuery<'q>>) -> Result<SqlCursor, Error> {
        Ok(SqlCursor {
            inner: self.background.wait(self.inner.sql(query))?,
            background: self.background.clone(),
        })
    }

    /// Waits for [`Client::execute`](crate::Client::execute).
    ///
    /// # Errors
    /// As that.
    pub fn execute<'q>(&self, query: impl Into<SqlQuery<'q>>) -> Result<i64, Error> {
        self.background.wait(self.inner.execute(query))
    }

    /// Waits for [`Client::execute_batch`](crate::Client::execute_batch).
    ///
    /// # Errors
    /// As that.
    pub fn execute_batch<'q, A: Arguments<'q>>(
        &self,
        statement: impl Into<SqlQuery<'q>>,
        rows: impl IntoIterator<Item = A>,
    ) -> Result<Vec<i64>, BatchError> {
        self.background
            .wait(self.inner.execute_batch(statement, rows))
    }
}

impl<K, V> Cache<K, V> {
    /// Waits for [`Cache::sql`](crate::Cache::sql).
    ///
    /// # Errors
    /// As that.
    pub fn sql<'q>(&self, query: impl Into<SqlQuery<'q>>) -> Result<SqlCursor, Error> {
        Ok(SqlCursor {
            inner: self.background.wait(self.inner.sql(query))?,
            background: self.background.clone(),
        })
    }
}
