//! The grid without sockets, files, clocks and tasks: operations in, answers and notifications out.
//!
//! The engine is driven by four kinds of calls: operations (each given `now`),
//! [`Engine::handle_timeout`], [`Engine::poll_notification`] after either, and
//! [`Engine::next_timeout`], which says when `handle_timeout` is due. Times are milliseconds since
//! the epoch, because expiry times must mean the same after a restart.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod batch;
mod cache_rules;
mod caches;
mod changes;
mod cleaning;
mod clients;
mod cursors;
mod emptying;
mod entries;
mod error;
mod expiry;
mod found_keys;
mod journal;
mod layout;
mod listeners;
mod locks;
mod metadata;
#[cfg(test)]
mod model_tests;
mod open;
mod queries;
mod query_history;
mod result_sets;
mod room;
mod services;
mod sql_access;
mod sql_views;
mod state;
mod streamers;
mod structures;
mod sweep;
mod table;
mod tasks;
#[cfg(test)]
mod tests;
mod transactions;
mod type_conflicts;
mod users;
mod waiting;

pub(crate) use batch::{Batch, ChangeView};
pub(crate) use caches::IfExists;
pub(crate) use clients::ClientInView;
pub(crate) use cursors::{PARTITIONS, Page, Row, ScanInView, ScanOptions};
pub(crate) use entries::{Call, Condition, Outcome};
pub(crate) use error::{EngineError, checked_exception};
pub(crate) use found_keys::FoundKeys;
pub(crate) use journal::{Extent, Journal, JournalError, NoJournal, Position, Segment};
pub(crate) use listeners::{Event, ListenerInView, ListenerOptions, News, Notification};
pub(crate) use queries::{EndQuery, QueryInView};
pub(crate) use query_history::{QueryRecord, Went};
pub(crate) use result_sets::EncodedRows;
pub(crate) use sql_access::{Changed, CopyId};
pub(crate) use sql_views::SqlView;
pub(crate) use state::CacheInGroup;
pub(crate) use structures::{NumberChange, SetChange, SetPage};
pub(crate) use table::{Loading, Table};
pub(crate) use tasks::{StopSignal, TaskInView};
pub(crate) use transactions::{TransactionDescription, TransactionId, TransactionInView};
pub(crate) use users::{DEFAULT_USER, UserChange};
pub(crate) use waiting::{Wait, WaiterId};

use std::collections::{BTreeMap, BTreeSet};

use portway_ignite_protocol::{ClusterState, ResourceId, TopologyVersion};

use caches::Cache;
use cleaning::Cleaning;
use clients::Clients;
use cursors::Cursor;
use expiry::ExpiryIndex;
use listeners::Listeners;
use locks::Locks;
use open::Open;
use queries::Queries;
use query_history::QueryHistory;
use sql_access::SqlChanges;
use streamers::Streamer;
use structures::Walk;
use tasks::RunningTask;
use transactions::{Drain, Transactions};
use waiting::Waiters;

/// Names a connection to the engine. The server never uses a number twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

impl ConnectionId {
    /// A number that no connection has, for one waiting operation: connections count from below.
    fn waiting(waiter: u64) -> Self {
        Self(u64::MAX - waiter)
    }
}

/// What a connection has open, beside what it is.
#[derive(Debug, Default)]
struct Resources {
    held: usize,
    /// The last number given: each connection counts for itself.
    last: i64,
}

/// What one grid may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EngineLimits {
    /// Bytes of all keys, values and their overhead, in memory.
    pub(crate) stored_bytes: u64,
    /// Caches: each costs memory that no entry accounts for.
    pub(crate) caches: usize,
    /// Cursors and continuous queries of one connection.
    pub(crate) resources_per_connection: usize,
    /// Open transactions of one connection.
    pub(crate) transactions_per_connection: usize,
    /// Compute tasks of one connection that run; with none they are refused.
    pub(crate) tasks_per_connection: usize,
}

/// One node's data and everything that refers to it.
#[derive(Debug)]
pub(crate) struct Engine {
    table: Table,
    journal: Box<dyn Journal>,
    limits: EngineLimits,
    caches: BTreeMap<i32, Cache>,
    expiry: ExpiryIndex,
    listeners: Listeners,
    cursors: Open<Cursor>,
    key_cursors: Open<FoundKeys>,
    set_walks: Open<Walk>,
    streamers: Open<Streamer>,
    tasks: Open<RunningTask>,
    last_task: u64,
    ended_services: BTreeSet<String>,
    clients: Clients,
    queries: Queries,
    query_history: QueryHistory,
    resources: BTreeMap<ConnectionId, Resources>,
    topology: TopologyVersion,
    cluster_state: ClusterState,
    cleaning: Option<Cleaning>,
    transactions: Transactions,
    locks: Locks,
    drain: Drain,
    waiters: Waiters,
    /// What open transactions have read and written, in memory beside the table.
    uncommitted_bytes: u64,
    result_sets: Open<EncodedRows>,
    sql_changes: SqlChanges,
}

impl Engine {
    /// An engine over what `table` holds and `journal` has recorded.
    ///
    /// # Errors
    /// [`EngineError::Unreadable`] when the table holds what no engine has written.
    pub(crate) fn new(
        table: Table,
        journal: Box<dyn Journal>,
        limits: EngineLimits,
    ) -> Result<Self, EngineError> {
        let mut engine = Self {
            table,
            journal,
            limits,
            caches: BTreeMap::new(),
            expiry: ExpiryIndex::default(),
            listeners: Listeners::default(),
            cursors: Open::default(),
            key_cursors: Open::default(),
            set_walks: Open::default(),
            streamers: Open::default(),
            tasks: Open::default(),
            last_task: 0,
            ended_services: BTreeSet::new(),
            clients: Clients::default(),
            queries: Queries::default(),
            query_history: QueryHistory::default(),
            resources: BTreeMap::new(),
            // A real node starts with (1, 1): itself, and the system caches.
            topology: TopologyVersion { major: 1, minor: 1 },
            cluster_state: ClusterState::Active,
            cleaning: None,
            transactions: Transactions::default(),
            locks: Locks::default(),
            drain: Drain::default(),
            waiters: Waiters::default(),
            uncommitted_bytes: 0,
            result_sets: Open::default(),
            sql_changes: SqlChanges::default(),
        };
        engine.load_caches()?;
        engine.load_entries()?;
        Ok(engine)
    }

    /// The version of the topology: its minor part rises with each cache that is created or
    /// destroyed.
    pub(crate) fn topology(&self) -> TopologyVersion {
        self.topology
    }

    /// Bytes of all keys, values and their overhead.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.table.bytes()
    }

    /// How far the journal was written. A change moves it; whoever promises that a change survives a
    /// power cut waits until the disk has followed.
    pub(crate) fn appended(&self) -> Position {
        self.journal.appended()
    }

    /// Whether [`Engine::flush`] has anything to do.
    pub(crate) fn has_unwritten(&self) -> bool {
        self.journal.written() != self.journal.appended()
    }

    /// How far the operating system has the changes.
    pub(crate) fn written(&self) -> Position {
        self.journal.written()
    }

    /// Hands all changes to the operating system. Only then may anybody be told of them.
    pub(crate) fn flush(&mut self) -> Result<(), JournalError> {
        self.journal.flush()
    }

    /// What the journal consists of at this moment, all changes so far among it.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn journal_extent(&mut self) -> Result<Extent, JournalError> {
        self.journal.extent()
    }

    /// The next notification to be sent. Poll until there is none after each call that changes
    /// entries, and after `handle_timeout`.
    pub(crate) fn poll_notification(&mut self) -> Option<Notification> {
        self.listeners.poll()
    }

    /// When [`Engine::handle_timeout`] is due, if at all.
    pub(crate) fn next_timeout(&self) -> Option<i64> {
        let timeouts = [self.expiry.next(), self.transactions.next_deadline()];
        timeouts.into_iter().flatten().min()
    }

    /// Does what is due: removes some expired entries, and rolls back transactions whose time is
    /// over. When
    /// more has expired than one call removes, [`Engine::next_timeout`] stays in the past.
    pub(crate) fn handle_timeout(&mut self, now: i64) {
        self.sweep(now);
        self.time_out_transactions(now);
        self.clean();
    }

    /// Closes a cursor, a continuous query, a walk over a set or a streamer, or cancels a task.
    pub(crate) fn close_resource(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
    ) -> Result<(), EngineError> {
        if self.streamers.remove(connection, id) || self.cancel_task(connection, id) {
            return Ok(());
        }
        let found = self.cursors.remove(connection, id)
            || self.key_cursors.remove(connection, id)
            || self.listeners.remove(connection, id)
            || self.set_walks.remove(connection, id)
            || self.result_sets.remove(connection, id);
        if !found {
            return Err(EngineError::ResourceNotFound(id));
        }
        self.release_resource(connection);
        Ok(())
    }

    /// Forgets everything that belongs to a connection that is gone.
    pub(crate) fn close_connection(&mut self, connection: ConnectionId) {
        self.forget_waiters(connection);
        self.forget_drains();
        self.remove_client(connection);
        self.close_transactions(connection);
        if self.resources.remove(&connection).is_some() {
            self.cursors.remove_connection(connection);
            self.key_cursors.remove_connection(connection);
            self.listeners.remove_connection(connection);
            self.set_walks.remove_connection(connection);
            self.streamers.remove_connection(connection);
            self.tasks.remove_connection(connection);
            self.result_sets.remove_connection(connection);
        }
    }

    fn reserve_resource(&mut self, connection: ConnectionId) -> Result<ResourceId, EngineError> {
        let limit = self.limits.resources_per_connection;
        let resources = self.resources.entry(connection).or_default();
        if resources.held >= limit {
            return Err(EngineError::TooManyResources { limit });
        }
        resources.held += 1;
        Ok(self.next_resource(connection))
    }

    /// A number for what does not count against the limit of resources.
    fn next_resource(&mut self, connection: ConnectionId) -> ResourceId {
        let resources = self.resources.entry(connection).or_default();
        resources.last += 1;
        ResourceId(resources.last)
    }

    fn release_resource(&mut self, connection: ConnectionId) {
        if let Some(resources) = self.resources.get_mut(&connection) {
            resources.held = resources.held.saturating_sub(1);
        }
    }

    /// Gives `batch` to the journal, then makes it visible.
    fn commit(&mut self, batch: &Batch) -> Result<(), EngineError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.check_room(batch)?;
        let appended = self.journal.append(batch);
        let segment =
            appended.inspect_err(|error| tracing::warn!(%error, "a write was refused"))?;
        self.apply(batch, segment);
        self.clean();
        Ok(())
    }

    /// Makes visible what the journal holds in `segment`. Every change of an entry comes through
    /// here, an expired one too; until it is made, the table shows what was there before.
    fn apply(&mut self, batch: &Batch, segment: Segment) {
        self.sql_changes.note(batch);
        self.table.apply(batch.views(), segment);
    }
}
