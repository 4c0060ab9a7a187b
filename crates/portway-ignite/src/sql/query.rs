//! A statement with its arguments and options.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::time::Duration;

use portway_ignite_protocol::{
    CacheHeader, Feature, QueryTimeout, SqlFieldsRequest, SqlRequest, StatementKind, WriteValue,
};

use crate::arguments::Arguments;
use crate::client::{Argument, Encoder, Need, NeedOf, encode_all};

/// The page of Ignite's own clients.
const PAGE_SIZE: NonZeroU32 = NonZeroU32::new(1024).unwrap();
const PARTITIONS: Need = Need {
    of: NeedOf::Feature(Feature::QueryPartitionsBatchSize),
    what: "SQL on some partitions, and batches of updates",
};

/// An SQL statement with its arguments and options.
///
/// ```
/// # use portway_ignite::SqlQuery;
/// # use std::time::Duration;
/// let query = SqlQuery::new("SELECT name FROM Person WHERE age > ? AND city = ?")
///     .argument(&36)
///     .argument("London")
///     .timeout(Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SqlQuery<'q> {
    sql: Cow<'q, str>,
    arguments: Vec<Argument<'q>>,
    schema: Option<String>,
    page_size: NonZeroU32,
    max_rows: Option<u32>,
    statement: StatementKind,
    distributed_joins: bool,
    local: bool,
    enforce_join_order: bool,
    collocated: bool,
    lazy: bool,
    timeout: QueryTimeout,
    partitions: Option<Vec<i32>>,
    update_batch_size: Option<NonZeroU32>,
    initiator: Option<String>,
}

impl<'q> SqlQuery<'q> {
    /// A statement without arguments. Question marks in it, or `?1`, `?2`, stand for arguments.
    pub fn new(sql: impl Into<Cow<'q, str>>) -> Self {
        Self {
            sql: sql.into(),
            arguments: Vec::new(),
            schema: None,
            page_size: PAGE_SIZE,
            max_rows: None,
            statement: StatementKind::Any,
            distributed_joins: false,
            local: false,
            enforce_join_order: false,
            collocated: false,
            lazy: true,
            timeout: QueryTimeout::Default,
            partitions: None,
            update_batch_size: None,
            initiator: None,
        }
    }

    /// Adds the value of the next question mark.
    pub fn argument<T: WriteValue + Sync + ?Sized>(mut self, value: &'q T) -> Self {
        self.arguments.push(Argument::new(value));
        self
    }

    /// Adds the values of the next question marks, as a tuple.
    ///
    /// ```
    /// # use portway_ignite::SqlQuery;
    /// let query = SqlQuery::new("INSERT INTO Person (id, name) VALUES (?, ?)").arguments((1, "Ada"));
    /// ```
    pub fn arguments(mut self, values: impl Arguments<'q>) -> Self {
        self.arguments.extend(values.into_list());
        self
    }

    /// Sets the schema of names that have none. Default: that of the cache, or `PUBLIC`.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = Some(name.into());
        self
    }

    /// Sets how many rows travel at once. Default: 1024. A page must fit into the
    /// [frame limit](crate::ClientConfiguration::frame_limit).
    pub fn page_size(mut self, rows: NonZeroU32) -> Self {
        self.page_size = rows;
        self
    }

    /// Ends the cursor after so many rows. Default: all.
    ///
    /// The server is told, too, but Ignite's own does not look at it: where it should compute no
    /// more than that, write `LIMIT` into the statement.
    pub fn max_rows(mut self, rows: u32) -> Self {
        self.max_rows = Some(rows);
        self
    }

    /// Lets the server refuse statements of another kind. Default: any. A server whose SQL runs on
    /// Calcite does not look at it: there it only says what may be repeated.
    ///
    /// What may only read is repeated after a lost connection as reads are
    /// ([`RetryPolicy`](crate::RetryPolicy)); other statements are taken for writes.
    pub fn statement(mut self, kind: StatementKind) -> Self {
        self.statement = kind;
        self
    }

    /// Joins rows that stand on different nodes, at the cost of requests between the nodes.
    pub fn distributed_joins(mut self) -> Self {
        self.distributed_joins = true;
        self
    }

    /// Looks only at the rows of the node that is asked, whichever that is.
    pub fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// Joins tables in the order they are written, instead of the one that seems best.
    pub fn enforce_join_order(mut self) -> Self {
        self.enforce_join_order = true;
        self
    }

    /// Promises that rows of one group stand on one node, so that groups need not travel.
    pub fn collocated(mut self) -> Self {
        self.collocated = true;
        self
    }

    /// Sets whether the server computes rows as they are asked for, instead of holding the whole
    /// result in memory. Default: it does.
    pub fn lazy(mut self, lazy: bool) -> Self {
        self.lazy = lazy;
        self
    }

    /// Limits the time that the server takes; zero for no limit. Default: what the server is
    /// configured with.
    ///
    /// What takes longer is ended there and answered with [`Error::Server`](crate::Error::Server).
    /// The client waits no longer than its own
    /// [`request_timeout`](crate::ClientConfiguration::request_timeout) for each page.
    pub fn timeout(mut self, limit: Duration) -> Self {
        // Less than a millisecond is not nothing.
        let milliseconds = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX).max(1);
        self.timeout = match limit {
            Duration::ZERO => QueryTimeout::Unlimited,
            _ => QueryTimeout::Milliseconds(milliseconds),
        };
        self
    }

    /// Looks only at these partitions. Nodes before 2.9 fail with
    /// [`Error::Unsupported`](crate::Error::Unsupported).
    pub fn partitions(mut self, partitions: impl IntoIterator<Item = u16>) -> Self {
        self.partitions = Some(partitions.into_iter().map(i32::from).collect());
        self
    }

    /// Sets how many rows an update reads before it changes them. Default: 1. Nodes before 2.9 fail
    /// with [`Error::Unsupported`](crate::Error::Unsupported).
    pub fn update_batch_size(mut self, rows: NonZeroU32) -> Self {
        self.update_batch_size = Some(rows);
        self
    }

    /// Names who asks, as the server's lists of queries show it. Nodes before 2.18 do not see it.
    pub fn initiator(mut self, name: impl Into<String>) -> Self {
        self.initiator = Some(name.into());
        self
    }

    pub(crate) fn values(&self) -> &[Argument<'q>] {
        &self.arguments
    }

    pub(crate) fn limit(&self) -> Option<u32> {
        self.max_rows
    }

    pub(crate) fn only_reads(&self) -> bool {
        self.statement == StatementKind::Select
    }

    pub(crate) fn need(&self) -> Option<&'static Need> {
        let needed = self.partitions.is_some() || self.update_batch_size.is_some();
        needed.then_some(&PARTITIONS)
    }

    pub(crate) fn request(&self, header: CacheHeader, encoder: &Encoder) -> SqlFieldsRequest {
        let request = SqlFieldsRequest::new(header, self.sql.as_ref());
        SqlFieldsRequest {
            schema: self.schema.clone(),
            page_size: number(self.page_size.get()),
            max_rows: self.max_rows.map_or(-1, number),
            arguments: encode_all(&self.arguments, encoder),
            statement: self.statement,
            distributed_joins: self.distributed_joins,
            local: self.local,
            enforce_join_order: self.enforce_join_order,
            collocated: self.collocated,
            lazy: self.lazy,
            timeout: self.timeout,
            partitions: self.partitions.clone(),
            update_batch_size: self
                .update_batch_size
                .map_or(request.update_batch_size, |rows| number(rows.get())),
            initiator: self.initiator.clone(),
            ..request
        }
    }

    /// The statement as a condition of the older form of SQL, which has fewer options.
    pub(crate) fn entries_request(
        &self,
        header: CacheHeader,
        type_name: &str,
        encoder: &Encoder,
    ) -> SqlRequest {
        SqlRequest {
            header,
            type_name: type_name.to_owned(),
            sql: self.sql.clone().into_owned(),
            arguments: encode_all(&self.arguments, encoder),
            distributed_joins: self.distributed_joins,
            local: self.local,
            replicated_only: false,
            page_size: number(self.page_size.get()),
            timeout: match self.timeout {
                QueryTimeout::Milliseconds(milliseconds) => milliseconds.into(),
                QueryTimeout::Default | QueryTimeout::Unlimited => 0,
            },
        }
    }
}

impl<'q> From<&'q str> for SqlQuery<'q> {
    fn from(sql: &'q str) -> Self {
        Self::new(sql)
    }
}

impl<'q> From<&'q String> for SqlQuery<'q> {
    fn from(sql: &'q String) -> Self {
        Self::new(sql)
    }
}

impl From<String> for SqlQuery<'_> {
    fn from(sql: String) -> Self {
        Self::new(sql)
    }
}

/// As the protocol writes it; what is over its range means as much as the greatest number.
fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
