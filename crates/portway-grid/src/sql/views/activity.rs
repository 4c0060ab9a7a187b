//! Rows of the system views that tell what goes on: who is connected, what runs and what is open.

use std::time::Duration;

use portway_ignite_protocol::{CacheConfiguration, CacheId, Concurrency, Isolation, Timestamp};
use uuid::Uuid;

use super::View;
use super::rows::{Row, named_row, optional, text};
use crate::engine::{
    ClientInView, ConnectionId, ListenerInView, QueryInView, QueryRecord, ScanInView,
    TransactionInView,
};
use crate::sql::statement::Run;
use crate::sql::value::SqlValue;

/// The rows of such a view; nothing where the view is none of them.
pub(super) fn rows(view: &View, run: &Run<'_>) -> Option<Vec<Row>> {
    let here = Here {
        node: run.request.node,
        now: run.request.now,
        topology: format!(
            "AffinityTopologyVersion [topVer={}, minorTopVer={}]",
            run.engine.topology().major,
            run.engine.topology().minor
        ),
    };
    let engine = &run.engine;
    let cache = |id: i32| engine.cache_configuration(id).ok();
    Some(match view.name {
        "CLIENT_CONNECTIONS" => engine.clients().map(client_row).collect(),
        "CLIENT_CONNECTION_ATTRIBUTES" => engine.clients().flat_map(attribute_rows).collect(),
        "SQL_QUERIES" => {
            let others = engine.queries().map(|query| here.query_row(query, run));
            others.chain(own_row(&here, run)).collect()
        }
        "SQL_QUERIES_HISTORY" => engine.query_history().map(history_row).collect(),
        "TRANSACTIONS" => {
            let transactions = engine.transactions_in_view();
            let row = |transaction| named_row(view, &here.transaction(&transaction));
            transactions.map(row).collect()
        }
        "SCAN_QUERIES" => {
            let scans = engine.scans();
            let row = |scan: ScanInView| {
                let cache = cache(scan.options.cache)?;
                Some(named_row(view, &here.scan(&scan, &cache)))
            };
            scans.filter_map(row).collect()
        }
        "CONTINUOUS_QUERIES" => {
            let listeners = engine.listeners_in_view();
            let row = |listener: ListenerInView| {
                let cache = cache(listener.cache)?;
                Some(named_row(view, &here.listener(&listener, &cache)))
            };
            listeners.filter_map(row).collect()
        }
        _ => return None,
    })
}

/// What stands in many rows.
struct Here {
    node: Uuid,
    /// Milliseconds since the epoch.
    now: i64,
    topology: String,
}

type Values = Vec<(&'static str, SqlValue)>;

/// As Java prints the address of a socket.
fn address(address: Option<std::net::SocketAddr>) -> SqlValue {
    address.map_or(SqlValue::Null, |address| {
        SqlValue::Varchar(format!("/{address}"))
    })
}

fn client_row((connection, client): (ConnectionId, &ClientInView)) -> Row {
    vec![
        SqlValue::BigInt(connection.shown()),
        address(client.local),
        address(client.remote),
        text("THIN"),
        optional(client.user.as_deref()),
        SqlValue::Varchar(client.version.to_string()),
    ]
}

fn attribute_rows(
    (connection, client): (ConnectionId, &ClientInView),
) -> impl Iterator<Item = Row> {
    client.attributes.iter().map(move |(name, value)| {
        vec![
            SqlValue::BigInt(connection.shown()),
            text(name),
            text(value),
        ]
    })
}

fn history_row((schema, sql, record): (&str, &str, &QueryRecord)) -> Row {
    let milliseconds = |took: Duration| {
        let milliseconds = i64::try_from(took.as_millis());
        SqlValue::BigInt(milliseconds.unwrap_or(i64::MAX))
    };
    let begun = Timestamp {
        milliseconds: record.begun,
        nanoseconds: 0,
    };
    vec![
        text(schema),
        text(sql),
        SqlValue::Boolean(false),
        SqlValue::BigInt(record.executions),
        SqlValue::BigInt(record.failures),
        milliseconds(record.shortest),
        milliseconds(record.longest),
        SqlValue::Timestamp(begun),
    ]
}

/// The statement that asks.
fn own_row(here: &Here, run: &Run<'_>) -> Option<Row> {
    let request = run.request;
    let query = QueryInView {
        number: run.number,
        connection: request.connection,
        sql: request.sql.to_owned(),
        schema: request.schema.to_owned(),
        begun: request.now,
    };
    Some(here.query_row(&query, run))
}

impl Here {
    fn query_row(&self, query: &QueryInView, run: &Run<'_>) -> Row {
        let begun = Timestamp {
            milliseconds: query.begun,
            nanoseconds: 0,
        };
        let initiator = run.engine.initiator(query.connection);
        vec![
            SqlValue::Varchar(format!("{}_{}", self.node, query.number)),
            text(&query.sql),
            SqlValue::Uuid(self.node),
            SqlValue::Timestamp(begun),
            SqlValue::BigInt(self.now - query.begun),
            optional(initiator.as_deref()),
            SqlValue::Boolean(false),
            text(&query.schema),
            SqlValue::Null,
        ]
    }

    fn transaction(&self, transaction: &TransactionInView<'_>) -> Values {
        let isolation = match transaction.isolation {
            Isolation::ReadCommitted => "READ_COMMITTED",
            Isolation::RepeatableRead => "REPEATABLE_READ",
            _ => "SERIALIZABLE",
        };
        let concurrency = match transaction.concurrency {
            Concurrency::Optimistic => "OPTIMISTIC",
            _ => "PESSIMISTIC",
        };
        // A thin client's transaction rests between its operations.
        let state = if transaction.waits {
            "ACTIVE"
        } else {
            "SUSPENDED"
        };
        let caches: Vec<String> = transaction.caches.iter().map(i32::to_string).collect();
        let caches = Some(caches.join(",")).filter(|caches| !caches.is_empty());
        let truth = SqlValue::Boolean;
        vec![
            ("ORIGINATING_NODE_ID", SqlValue::Uuid(self.node)),
            ("STATE", text(state)),
            ("XID", text(&transaction.xid)),
            ("LABEL", optional(transaction.label)),
            ("START_TIME", SqlValue::BigInt(transaction.started)),
            ("ISOLATION", text(isolation)),
            ("CONCURRENCY", text(concurrency)),
            ("KEYS_COUNT", count(transaction.keys)),
            ("CACHE_IDS", optional(caches.as_deref())),
            ("COLOCATED", truth(true)),
            ("DHT", truth(false)),
            ("DURATION", SqlValue::BigInt(self.now - transaction.started)),
            ("IMPLICIT", truth(false)),
            ("IMPLICIT_SINGLE", truth(false)),
            ("INTERNAL", truth(false)),
            ("LOCAL", truth(true)),
            ("LOCAL_NODE_ID", SqlValue::Uuid(self.node)),
            ("NEAR", truth(true)),
            ("ONE_PHASE_COMMIT", truth(false)),
            ("SYSTEM", truth(false)),
            (
                "THREAD_ID",
                SqlValue::BigInt(transaction.order.cast_signed()),
            ),
            ("TIMEOUT", SqlValue::BigInt(transaction.timeout)),
            ("TOP_VER", text(&self.topology)),
        ]
    }

    fn scan(&self, scan: &ScanInView, cache: &CacheConfiguration) -> Values {
        let options = scan.options;
        let group = cache.group.as_deref().unwrap_or(&cache.name);
        let partition = options
            .partition
            .and_then(|number| i32::try_from(number).ok());
        vec![
            ("ORIGIN_NODE_ID", SqlValue::Uuid(self.node)),
            ("QUERY_ID", SqlValue::BigInt(scan.id.0)),
            ("CACHE_NAME", text(&cache.name)),
            ("CACHE_ID", SqlValue::Int(options.cache)),
            ("CACHE_GROUP_ID", SqlValue::Int(CacheId::of(group).0)),
            ("CACHE_GROUP_NAME", text(group)),
            ("START_TIME", SqlValue::BigInt(options.begun)),
            ("DURATION", SqlValue::BigInt(self.now - options.begun)),
            ("CANCELED", SqlValue::Boolean(false)),
            ("KEEP_BINARY", SqlValue::Boolean(true)),
            ("LOCAL", SqlValue::Boolean(true)),
            ("PAGE_SIZE", count(options.page_size)),
            ("PARTITION", SqlValue::Int(partition.unwrap_or(-1))),
            ("TOPOLOGY", text(&self.topology)),
        ]
    }

    fn listener(&self, listener: &ListenerInView, cache: &CacheConfiguration) -> Values {
        let options = listener.options;
        let class = "org.apache.ignite.internal.processors.platform.client.cache.\
                     ClientCacheQueryContinuousHandle";
        vec![
            ("CACHE_NAME", text(&cache.name)),
            ("LOCAL_LISTENER", text(class)),
            ("LAST_SEND_TIME", SqlValue::BigInt(-1)),
            ("AUTO_UNSUBSCRIBE", SqlValue::Boolean(true)),
            ("BUFFER_SIZE", SqlValue::Int(options.page_size)),
            ("DELAYED_REGISTER", SqlValue::Boolean(false)),
            ("INTERVAL", SqlValue::BigInt(options.interval)),
            ("IS_EVENTS", SqlValue::Boolean(false)),
            ("IS_MESSAGING", SqlValue::Boolean(false)),
            ("IS_QUERY", SqlValue::Boolean(true)),
            ("KEEP_BINARY", SqlValue::Boolean(true)),
            ("NODE_ID", SqlValue::Uuid(self.node)),
            ("NOTIFY_EXISTING", SqlValue::Boolean(false)),
            ("OLD_VALUE_REQUIRED", SqlValue::Boolean(true)),
            ("ROUTINE_ID", SqlValue::Uuid(listener.routine)),
            ("TOPIC", text("TOPIC_CACHE")),
        ]
    }
}

fn count(count: usize) -> SqlValue {
    SqlValue::Int(i32::try_from(count).unwrap_or(i32::MAX))
}
