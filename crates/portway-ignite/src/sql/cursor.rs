//! The rows that a statement answers.

use std::fmt;

use portway_ignite_protocol::{
    CacheHeader, CacheId, Request, Rows, SqlFieldsCursor, StatementKind,
};

use super::from_row::FromRow;
use super::query::SqlQuery;
use super::row::{RowPage, SqlRow};
use crate::client::{Argument, Client, Encoder, Operation};
use crate::connection::Leaves;
use crate::error::Error;
use crate::paging::{NextPage, Pages};

const NAME: &str = "sql";
const NEXT_PAGE: NextPage = NextPage {
    name: "the next page of rows",
    request: Request::SqlFieldsPage,
};
/// The id that stands for no cache.
pub(super) const NO_CACHE: CacheId = CacheId(0);
/// The only column of what an update answers, by Ignite's engine on H2 and by that on Calcite.
const UPDATED: [&str; 2] = ["UPDATED", "ROWCOUNT"];

/// The rows that a statement answers. Dropping it closes the statement on the server.
///
/// The next page travels while one is read. The cursor belongs to one connection: if that is lost,
/// the next item is the error and the last.
pub struct SqlCursor {
    /// The next row of the page that is here; behind its last one when the page was read.
    row: SqlRow,
    /// Whether the types of the objects among the values of the page were fetched.
    types_known: bool,
    /// How many rows the caller still wants.
    left: u64,
    pages: Pages,
}

/// Runs a statement; the header names the cache whose schema is meant.
pub(crate) async fn open(
    client: &Client,
    header: CacheHeader,
    operation: Operation<'_>,
    query: &SqlQuery<'_>,
) -> Result<SqlCursor, Error> {
    let types = Argument::types(query.values());
    let operation = operation
        .needing(query.need())
        .with_types(&types)
        .leaving(Leaves::Cursor);
    let build = |encoder: &Encoder| Request::SqlFields(query.request(header, encoder));
    let answer = client.call(operation, build).await?;
    let opened: SqlFieldsCursor = answer.read()?;
    let mut cursor = SqlCursor {
        row: SqlRow::first(RowPage {
            columns: opened.columns.into(),
            rows: opened.rows,
            schemas: client.schemas().clone(),
        }),
        types_known: false,
        left: query.limit().map_or(u64::MAX, u64::from),
        pages: Pages::behind(answer, client, NEXT_PAGE),
    };
    cursor.page_turned();
    cursor.know_types().await?;
    Ok(cursor)
}

/// Statements are taken for writes unless the server was told to accept only reads.
pub(crate) fn operation(query: &SqlQuery<'_>) -> Operation<'static> {
    if query.only_reads() {
        Operation::read(NAME)
    } else {
        Operation::write(NAME)
    }
}

impl Client {
    /// Runs an SQL statement. Operations 2004 and 2005.
    ///
    /// Names without a schema are those of the schema `PUBLIC`, unless the query says otherwise.
    ///
    /// ```no_run
    /// # use portway_ignite::{Client, Error, SqlQuery};
    /// # async fn people(client: Client) -> Result<(), Error> {
    /// let query = SqlQuery::new("SELECT name, age FROM Person WHERE age > ?").argument(&36);
    /// let mut rows = client.sql(query).await?;
    /// while let Some(row) = rows.next().await {
    ///     let row = row?;
    ///     let (name, age): (String, i32) = (row.get("name")?, row.get(1)?);
    ///     println!("{name} is {age}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache), and [`Error::TooManyResources`]. What is
    /// wrong with the statement is told by [`Error::Server`]; [`Error::sql_state`] tells its kind.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
    pub async fn sql<'q>(&self, query: impl Into<SqlQuery<'q>>) -> Result<SqlCursor, Error> {
        let query = query.into();
        let header = CacheHeader::new(NO_CACHE);
        open(self, header, operation(&query), &query).await
    }

    /// Runs an SQL statement that changes rows or tables, and answers how many rows it changed,
    /// which is 0 for tables. The server refuses a statement that answers rows, unless its SQL runs on
    /// Calcite: then 0 is answered, too.
    ///
    /// ```no_run
    /// # use portway_ignite::{Client, Error, SqlQuery};
    /// # async fn fill(client: Client) -> Result<(), Error> {
    /// client.execute("CREATE TABLE Person (id INT PRIMARY KEY, name VARCHAR)").await?;
    /// let insert = SqlQuery::new("INSERT INTO Person (id, name) VALUES (?, ?)");
    /// let inserted = client.execute(insert.arguments((1, "Ada"))).await?;
    /// assert_eq!(inserted, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`sql`](Self::sql).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn execute<'q>(&self, query: impl Into<SqlQuery<'q>>) -> Result<i64, Error> {
        let query = query.into().statement(StatementKind::Update);
        let cursor = self.sql(query).await?;
        Ok(cursor.update_count().unwrap_or(0))
    }
}

impl SqlCursor {
    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        self.row.columns()
    }

    /// How many rows the statement changed; `None` if it was one that answers rows.
    ///
    /// Such an answer is told from rows by its form: one number in a column that is named
    /// `UPDATED` (`ROWCOUNT` where Ignite's SQL runs on Calcite).
    #[must_use]
    pub fn update_count(&self) -> Option<i64> {
        let [column] = self.columns() else {
            return None;
        };
        let page = &self.row.page;
        let is_alone = page.rows.len() == 1 && !self.pages.are_left();
        if !is_alone || !UPDATED.contains(&column.as_str()) {
            return None;
        }
        page.rows.read(0, 0, &*page.schemas)?.ok()
    }

    /// The next row; `None` at the end, or after an error.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::TimedOut`], [`Error::Server`] and [`Error::Decode`].
    ///
    /// # Cancel safety
    /// No row is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<SqlRow, Error>> {
        let reached = self.reach_row().await?;
        Some(reached.map(|()| self.take_row(SqlRow::clone)))
    }

    /// The next row as a tuple or a structure.
    ///
    /// # Errors
    /// As [`next`](Self::next), and [`Error::Row`]; after that the walk can go on.
    ///
    /// # Cancel safety
    /// No row is lost if the future is dropped.
    pub async fn next_as<R: FromRow>(&mut self) -> Option<Result<R, Error>> {
        let reached = self.reach_row().await?;
        Some(reached.and_then(|()| self.take_row(R::from_row)))
    }

    /// All rows that are left, as tuples or structures.
    ///
    /// # Errors
    /// As [`next_as`](Self::next_as).
    ///
    /// # Cancel safety
    /// If the future is dropped, so is the cursor with what was read.
    pub async fn collect_as<R: FromRow>(mut self) -> Result<Vec<R>, Error> {
        let mut rows = Vec::new();
        while let Some(reached) = self.reach_row().await {
            reached?;
            let here = self.rows_here();
            rows.reserve(here);
            for _ in 0..here {
                rows.push(self.take_row(R::from_row)?);
            }
        }
        Ok(rows)
    }

    /// Waits until the next row is here; `None` at the end. Cancel safe.
    async fn reach_row(&mut self) -> Option<Result<(), Error>> {
        if self.left == 0 {
            self.pages.close();
            return None;
        }
        while self.rows_here() == 0 {
            if !self.pages.are_left() {
                return None;
            }
            if let Err(error) = self.turn_page().await {
                return Some(Err(self.fail(error)));
            }
        }
        if let Err(error) = self.know_types().await {
            return Some(Err(self.fail(error)));
        }
        self.pages.ask_ahead();
        Some(Ok(()))
    }

    /// How many rows can be taken without waiting.
    fn rows_here(&self) -> usize {
        let here = self.row.page.rows.len() - self.row.index;
        usize::try_from(self.left).map_or(here, |left| here.min(left))
    }

    /// Reads the row that was reached, and goes on to the next one.
    fn take_row<T>(&mut self, read: impl FnOnce(&SqlRow) -> T) -> T {
        let taken = read(&self.row);
        self.row.index += 1;
        self.left -= 1;
        taken
    }

    async fn turn_page(&mut self) -> Result<(), Error> {
        let body = self.pages.receive().await?;
        let rows = Rows::from_body(&body, self.columns().len(), self.pages.dialect());
        let rows = rows.map_err(|source| self.pages.decode_error(source))?;
        self.row = SqlRow::first(RowPage {
            columns: self.row.page.columns.clone(),
            rows,
            schemas: self.row.page.schemas.clone(),
        });
        self.page_turned();
        Ok(())
    }

    fn page_turned(&mut self) {
        self.types_known = false;
        if !self.row.page.rows.has_more() {
            self.pages.end();
        }
    }

    /// Fetches the types of objects among the values, so that reading a row need not wait. What a
    /// dropped future has not fetched is fetched by the next one.
    async fn know_types(&mut self) -> Result<(), Error> {
        if !self.types_known {
            for (type_id, schema_id) in self.row.page.rows.schemas() {
                self.pages.client().know_schema(type_id, schema_id).await?;
            }
            self.types_known = true;
        }
        Ok(())
    }

    /// Ends the walk.
    fn fail(&mut self, error: Error) -> Error {
        self.pages.close();
        self.row.index = self.row.page.rows.len();
        error
    }
}

impl fmt::Debug for SqlCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SqlCursor");
        shown
            .field("columns", &self.columns())
            .field("pages", &self.pages);
        shown.finish_non_exhaustive()
    }
}
