//! SQL (operations 2002 to 2005).

use crate::cache::CacheHeader;
use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum, sequence};
use crate::feature::Feature;
use crate::value::RawValue;

code_enum! {
    /// Which statements an SQL request may be.
    #[derive(Default)]
    pub enum StatementKind: u8, "statement kind" {
        /// Any.
        #[default]
        Any = 0,
        /// Those that answer rows.
        Select = 1,
        /// Those that answer how many rows they changed.
        Update = 2,
    }
}

/// How long a query may take on the server.
///
/// Without [`Feature::DefaultQueryTimeout`] a zero means the server's default, so "unlimited" is
/// the longest time there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QueryTimeout {
    /// As long as the server's configuration says.
    #[default]
    Default,
    /// Without a limit.
    Unlimited,
    /// So many milliseconds, at least one.
    Milliseconds(u32),
}

impl QueryTimeout {
    /// The server reads 64 bits and keeps 32 with sign.
    const LONGEST: i64 = i32::MAX as i64;

    fn code(self, has_default: bool) -> i64 {
        match self {
            Self::Default if has_default => -1,
            Self::Default => 0,
            Self::Unlimited if has_default => 0,
            Self::Unlimited => Self::LONGEST,
            Self::Milliseconds(milliseconds) => i64::from(milliseconds).clamp(1, Self::LONGEST),
        }
    }

    fn from_code(code: i64, has_default: bool) -> Self {
        match code {
            ..0 => Self::Default,
            0 if has_default => Self::Unlimited,
            0 => Self::Default,
            _ => Self::Milliseconds(u32::try_from(code.min(Self::LONGEST)).unwrap_or(u32::MAX)),
        }
    }
}

impl Layout for QueryTimeout {
    const MINIMUM_SIZE: usize = 8;

    fn encode(&self, writer: &mut Writer) {
        let has_default = writer.dialect().has(Feature::DefaultQueryTimeout);
        writer.i64(self.code(has_default));
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let has_default = reader.dialect().has(Feature::DefaultQueryTimeout);
        Ok(Self::from_code(reader.i64()?, has_default))
    }
}

/// Runs an SQL statement. Answers a [`SqlFieldsCursor`](crate::SqlFieldsCursor) if
/// [`include_names`](Self::include_names) is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFieldsRequest {
    /// The cache whose schema is meant where none is named; id 0 for none.
    pub header: CacheHeader,
    /// The schema of names without one.
    pub schema: Option<String>,
    /// How many rows a page has.
    pub page_size: i32,
    /// How many rows are answered at most; -1 for all. Ignite's own server ignores it.
    pub max_rows: i32,
    /// The statement.
    pub sql: String,
    /// What its question marks stand for.
    pub arguments: Vec<RawValue>,
    /// Which statements are accepted.
    pub statement: StatementKind,
    /// Whether rows that stand on different nodes are joined.
    pub distributed_joins: bool,
    /// Whether only the rows of the node itself count.
    pub local: bool,
    /// Whether all tables are of replicated caches. Ignite's own server ignores it.
    pub replicated_only: bool,
    /// Whether tables are joined in the order they are written.
    pub enforce_join_order: bool,
    /// Whether all rows of a group stand on one node.
    pub collocated: bool,
    /// Whether rows are computed as they are asked for, instead of all at once.
    pub lazy: bool,
    /// How long it may take.
    pub timeout: QueryTimeout,
    /// Whether the answer names the columns.
    pub include_names: bool,
    /// The only partitions to look at, if not all. Needs [`Feature::QueryPartitionsBatchSize`].
    pub partitions: Option<Vec<i32>>,
    /// How many rows an update changes at once. Needs [`Feature::QueryPartitionsBatchSize`].
    pub update_batch_size: i32,
    /// Who asks, for the server's lists of queries. Needs [`Feature::QueryInitiator`].
    pub initiator: Option<String>,
}

impl SqlFieldsRequest {
    /// The page size of Ignite's own clients.
    const PAGE_SIZE: i32 = 1024;
    /// Ignite's default.
    const UPDATE_BATCH_SIZE: i32 = 1;

    /// A statement without arguments and with Ignite's defaults.
    pub fn new(header: CacheHeader, sql: impl Into<String>) -> Self {
        Self {
            header,
            schema: None,
            page_size: Self::PAGE_SIZE,
            max_rows: -1,
            sql: sql.into(),
            arguments: Vec::new(),
            statement: StatementKind::Any,
            distributed_joins: false,
            local: false,
            replicated_only: false,
            enforce_join_order: false,
            collocated: false,
            lazy: true,
            timeout: QueryTimeout::Default,
            include_names: true,
            partitions: None,
            update_batch_size: Self::UPDATE_BATCH_SIZE,
            initiator: None,
        }
    }

    fn encode_additions(&self, writer: &mut Writer) {
        if writer.dialect().has(Feature::QueryPartitionsBatchSize) {
            match &self.partitions {
                Some(partitions) => partitions.encode(writer),
                None => writer.i32(ALL_PARTITIONS),
            }
            writer.i32(self.update_batch_size);
        }
        if writer.dialect().has(Feature::QueryInitiator) {
            self.initiator.encode(writer);
        }
    }

    fn decode_additions(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.dialect().has(Feature::QueryPartitionsBatchSize) {
            self.partitions = decode_partitions(reader)?;
            self.update_batch_size = reader.i32()?;
        }
        if reader.dialect().has(Feature::QueryInitiator) {
            self.initiator = Layout::decode(reader)?;
        }
        Ok(())
    }
}

/// What stands in place of the count of partitions.
const ALL_PARTITIONS: i32 = -1;

fn decode_partitions(reader: &mut Reader<'_>) -> Result<Option<Vec<i32>>, DecodeError> {
    let start = reader.position();
    if reader.i32()? < 0 {
        return Ok(None);
    }
    reader.rewind(start);
    Layout::decode(reader).map(Some)
}

/// Declares the fields that every dialect has, in their order.
macro_rules! common_fields {
    ($($field:ident),+ $(,)?) => {
        impl Layout for SqlFieldsRequest {
            const MINIMUM_SIZE: usize = 46;

            fn encode(&self, writer: &mut Writer) {
                self.header.encode(writer);
                $(self.$field.encode(writer);)+
                self.encode_additions(writer);
            }

            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let mut request = Self::new(Layout::decode(reader)?, String::new());
                $(request.$field = Layout::decode(reader)?;)+
                request.decode_additions(reader)?;
                Ok(request)
            }
        }
    };
}

common_fields!(
    schema,
    page_size,
    max_rows,
    sql,
    arguments,
    statement,
    distributed_joins,
    local,
    replicated_only,
    enforce_join_order,
    collocated,
    lazy,
    timeout,
    include_names,
);

/// Looks for the entries of one type that fulfil an SQL condition; the older form of SQL, which
/// Ignite advises against. Answers a [`Cursor`](crate::Cursor) of [`Entry`](crate::Entry).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlRequest {
    /// The cache.
    pub header: CacheHeader,
    /// The type of the values.
    pub type_name: String,
    /// The condition, or a whole statement that selects all columns.
    pub sql: String,
    /// What its question marks stand for.
    pub arguments: Vec<RawValue>,
    /// Whether rows that stand on different nodes are joined.
    pub distributed_joins: bool,
    /// Whether only the entries of the node itself count.
    pub local: bool,
    /// Whether all tables are of replicated caches. Ignite's own server ignores it.
    pub replicated_only: bool,
    /// How many entries a page has.
    pub page_size: i32,
    /// How many milliseconds it may take; 0 for the server's default.
    pub timeout: i64,
}

sequence!(SqlRequest {
    header: CacheHeader,
    type_name: String,
    sql: String,
    arguments: Vec<RawValue>,
    distributed_joins: bool,
    local: bool,
    replicated_only: bool,
    page_size: i32,
    timeout: i64,
});
