//! One statement with many rows of arguments.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use portway_ignite_protocol::{
    CacheHeader, NoSchemas, Request, SqlFieldsCursor, StatementKind, decode_body,
};

use super::cursor::NO_CACHE;
use super::query::SqlQuery;
use crate::arguments::Arguments;
use crate::client::{Answer, Argument, Client, Encoder, Operation};
use crate::connection::{Connection, Submitted};
use crate::error::Error;

const NAME: &str = "execute_batch";
/// Enough to hide the time on the way, and far below what one connection may have in flight, so
/// that other operations find room.
const IN_FLIGHT: usize = 64;

/// Some rows of a batch failed. The others were carried out.
#[derive(Clone)]
pub struct BatchError {
    results: Vec<Result<i64, Error>>,
}

impl BatchError {
    /// What came of each row that was given, in their order: how many rows of the table it changed,
    /// or why it failed.
    ///
    /// An [`Error::ConnectionLost`] says by its [`Delivery`](crate::Delivery) whether the row may have been carried
    /// out.
    pub fn results(&self) -> &[Result<i64, Error>] {
        &self.results
    }

    /// The places of the rows that failed, counted from 0, with their errors.
    pub fn failures(&self) -> impl Iterator<Item = (usize, &Error)> {
        self.results
            .iter()
            .enumerate()
            .filter_map(|(row, result)| Some((row, result.as_ref().err()?)))
    }
}

/// As text: a batch has many rows, which often fail for one reason.
impl fmt::Debug for BatchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BatchError({self})")
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (failed, all) = (self.failures().count(), self.results.len());
        write!(formatter, "{failed} of {all} rows failed")?;
        match self.failures().next() {
            Some((row, error)) => write!(formatter, "; the first is row {row}: {error}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let (_, error) = self.failures().next()?;
        Some(error)
    }
}

impl Client {
    /// Runs a statement that changes rows once for each row of arguments, and answers what each
    /// changed.
    ///
    /// The protocol has no request for many rows: each is a request of its own, of which up to 64
    /// are on their way at once on one connection. The server may carry them out in any order, and
    /// each stands alone: if some fail, the others are carried out nevertheless.
    ///
    /// ```no_run
    /// # use portway_ignite::{BatchError, Client};
    /// # async fn fill(client: Client, people: Vec<(i32, String)>) {
    /// let insert = "INSERT INTO Person (id, name) VALUES (?, ?)";
    /// if let Err(error) = client.execute_batch(insert, people).await {
    ///     for (row, reason) in error.failures() {
    ///         eprintln!("row {row}: {reason}");
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BatchError`] with what came of each row.
    ///
    /// # Cancel safety
    /// If the future is dropped, some rows are carried out and others not.
    pub async fn execute_batch<'q, A: Arguments<'q>>(
        &self,
        statement: impl Into<SqlQuery<'q>>,
        rows: impl IntoIterator<Item = A>,
    ) -> Result<Vec<i64>, BatchError> {
        let statement = statement.into().statement(StatementKind::Update);
        let mut batch = Batch::new(self);
        for row in rows {
            batch.add(statement.clone().arguments(row)).await;
        }
        batch.finish().await
    }
}

/// A batch on its way.
struct Batch<'c> {
    client: &'c Client,
    /// The connection of the first row that was answered, which all further rows use.
    connection: Option<Connection>,
    waiting: VecDeque<Result<Submitted, Error>>,
    results: Vec<Result<i64, Error>>,
    /// Why no more rows are sent.
    lost: Option<Error>,
}

impl<'c> Batch<'c> {
    fn new(client: &'c Client) -> Self {
        Self {
            client,
            connection: None,
            waiting: VecDeque::with_capacity(IN_FLIGHT),
            results: Vec::new(),
            lost: None,
        }
    }

    async fn add(&mut self, row: SqlQuery<'_>) {
        if self.waiting.len() == IN_FLIGHT {
            self.settle_oldest().await;
        }
        let submitted = match (&self.lost, self.connection.clone()) {
            (Some(lost), _) => Err(lost.clone().undelivered()),
            (None, None) => return self.add_first(&row).await,
            (None, Some(connection)) => {
                let submit = self
                    .client
                    .submit(&connection, operation(&row), request(&row));
                submit.await
            }
        };
        self.waiting.push_back(submitted);
    }

    /// Rows wait for each other until one has found a connection.
    async fn add_first(&mut self, row: &SqlQuery<'_>) {
        let types = Argument::types(row.values());
        let operation = operation(row).with_types(&types);
        let call = self.client.call(operation, request(row));
        let result = match call.await {
            Ok(answer) => self.note(&answer),
            Err(error) => Err(error),
        };
        self.results.push(result);
    }

    fn note(&mut self, answer: &Answer) -> Result<i64, Error> {
        self.connection = Some(answer.connection().clone());
        update_count(answer.connection(), &answer.reply.body)
    }

    async fn settle_oldest(&mut self) {
        let Some(submitted) = self.waiting.pop_front() else {
            return;
        };
        let result = match submitted {
            Ok(submitted) => self.settle(submitted).await,
            Err(error) => Err(error),
        };
        if let Err(error @ Error::ConnectionLost { .. }) = &result {
            self.lost = Some(error.clone());
        }
        self.results.push(result);
    }

    async fn settle(&self, mut submitted: Submitted) -> Result<i64, Error> {
        let reply = submitted.wait().await?;
        match &self.connection {
            Some(connection) => update_count(connection, &reply.body),
            None => Ok(0),
        }
    }

    async fn finish(mut self) -> Result<Vec<i64>, BatchError> {
        while !self.waiting.is_empty() {
            self.settle_oldest().await;
        }
        let results = self.results;
        if results.iter().any(Result::is_err) {
            return Err(BatchError { results });
        }
        Ok(results.into_iter().flatten().collect())
    }
}

fn operation(row: &SqlQuery<'_>) -> Operation<'static> {
    Operation::write(NAME).needing(row.need())
}

fn request(row: &SqlQuery<'_>) -> impl Fn(&Encoder) -> Request {
    |encoder| Request::SqlFields(row.request(CacheHeader::new(NO_CACHE), encoder))
}

/// The only value of what an update answers.
fn update_count(connection: &Connection, body: &Bytes) -> Result<i64, Error> {
    let decode = |body: &Bytes| {
        let answer: SqlFieldsCursor = decode_body(body, connection.agreement().dialect)?;
        answer.rows.read(0, 0, &NoSchemas).unwrap_or(Ok(0))
    };
    decode(body).map_err(|source| Error::Decode {
        operation: NAME,
        source,
    })
}
