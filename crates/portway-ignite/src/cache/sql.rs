//! SQL in the schema of a cache.

use portway_ignite_protocol::Request;

use super::Cache;
use super::cursor::Cursor;
use crate::client::{Argument, Encoder, Operation};
use crate::error::Error;
use crate::paging::NextPage;
use crate::sql::{self, SqlCursor, SqlQuery};

const ENTRIES: Operation<'static> = Operation::read("entries_where");
const NEXT_PAGE: NextPage = NextPage {
    name: "the next page of entries",
    request: Request::SqlPage,
};

impl<K, V> Cache<K, V> {
    /// Runs an SQL statement, in which names without a schema are those of the cache's schema.
    /// Operations 2004 and 2005; see [`Client::sql`](crate::Client::sql).
    ///
    /// # Errors
    /// As [`Client::sql`](crate::Client::sql).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
    pub async fn sql<'q>(&self, query: impl Into<SqlQuery<'q>>) -> Result<SqlCursor, Error> {
        let query = query.into();
        let operation = self.operation(sql::operation(&query));
        sql::open(&self.client, self.query_header(), operation, &query).await
    }

    /// The entries whose values are of a type and fulfil an SQL condition, such as `age > ?`.
    /// Operations 2002 and 2003.
    ///
    /// This is Ignite's older form of SQL, for entries as a whole; Ignite advises against it, and it
    /// heeds of the query only the arguments, the page size, the time limit, distributed joins and
    /// `local`. An [index query](Self::index_query) or [`sql`](Self::sql) does the same better.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], and [`Error::TooManyResources`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
    pub async fn entries_where<'q>(
        &self,
        value_type: &str,
        condition: impl Into<SqlQuery<'q>>,
    ) -> Result<Cursor<K, V>, Error> {
        let query = condition.into();
        let types = Argument::types(query.values());
        let operation = self.operation(ENTRIES).with_types(&types);
        let build = |encoder: &Encoder| {
            Request::Sql(query.entries_request(self.query_header(), value_type, encoder))
        };
        self.open_cursor(operation, NEXT_PAGE, build).await
    }
}
