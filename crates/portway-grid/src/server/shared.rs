//! What all connections of a grid share: the core behind one lock, and what needs no lock.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use portway_ignite_protocol::{DecodeError, Dialect, IncomingRequest};
use tokio::sync::{Notify, Semaphore, watch};

use super::core::Core;
use super::durability::Durability;
use super::group::Group;
use super::lock;
use super::outbox::Outbox;
use super::snapshots;
use super::statistics::{Counters, GridStatistics};
use super::users::HASHING_AT_ONCE;
use crate::configuration::Limits;
use crate::engine::{ConnectionId, Engine};
use crate::functions::SNAPSHOT_TASK;
use crate::session::{Host, Session};
use crate::store::Snapshots;

/// The heart of a running grid.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) core: Mutex<Core>,
    pub(super) host: Host,
    pub(super) limits: Limits,
    /// How long a connection's thread stays awake for the next request.
    pub(super) stay_awake: Duration,
    pub(super) durability: Durability,
    /// What leaves with the answers of other connections.
    pub(super) group: Group,
    /// Where the data are in a folder.
    pub(super) snapshots: Option<Arc<Snapshots>>,
    /// Whether clients have to prove who they are.
    pub(super) authentication: bool,
    /// Of those who hash passwords at the same time.
    pub(super) hashing_permits: Semaphore,
    pub(super) counters: Counters,
    pub(super) connection_permits: Arc<Semaphore>,
    /// Wakes the timer when something became due earlier than it knew.
    timer: Notify,
    pub(super) shutdown: watch::Sender<bool>,
    own: Weak<Self>,
}

/// What serving a request needs beside the core.
pub(super) struct Served<'a> {
    pub(super) host: &'a Host,
    pub(super) limits: &'a Limits,
    /// Whether the answer to a change waits until that is on the disk.
    pub(super) answers_wait: bool,
    pub(super) counters: &'a Counters,
    /// For what goes on without the lock.
    pub(super) shared: &'a Weak<Shared>,
}

impl Shared {
    pub(super) fn new(
        engine: Engine,
        mut host: Host,
        limits: Limits,
        stay_awake: Duration,
        durability: Durability,
        authentication: bool,
        snapshots: Option<Snapshots>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|own| {
            host.functions
                .add_task(SNAPSHOT_TASK, snapshots::task(Weak::clone(own)));
            Self {
                core: Mutex::new(Core::new(engine)),
                host,
                limits,
                stay_awake,
                durability,
                group: Group::default(),
                snapshots: snapshots.map(Arc::new),
                authentication,
                hashing_permits: Semaphore::new(HASHING_AT_ONCE),
                counters: Counters::default(),
                connection_permits: Arc::new(Semaphore::new(limits.connections)),
                timer: Notify::new(),
                shutdown: watch::Sender::new(false),
                own: Weak::clone(own),
            }
        })
    }

    /// What waits to be sent on a new connection: nothing.
    pub(super) fn new_outbox(&self) -> Outbox {
        Outbox::new(self.limits.unsent_bytes, self.durability.clone())
    }

    /// Registers a connection whose handshake is done.
    pub(super) fn connect(&self, outbox: &Arc<Outbox>, session: Session) -> ConnectionId {
        lock(&self.core).connect(Arc::clone(outbox), session)
    }

    /// Forgets a connection with its cursors, listeners and transactions.
    pub(super) fn disconnect(&self, connection: ConnectionId) {
        let mut core = lock(&self.core);
        core.close(connection);
        core.execute_woken(&self.served());
        core.flush_quietly();
        drop(core);
        // What waited for its locks may have changed when the next entry expires.
        self.wake_timer();
    }

    /// Executes one request. The notifications it causes are sent first, then its answer; when it
    /// has to wait for a lock, the answer follows later.
    pub(super) fn answer(
        &self,
        connection: ConnectionId,
        dialect: Dialect,
        payload: &Bytes,
    ) -> Result<(), DecodeError> {
        let request = IncomingRequest::to_keep(payload, dialect)?;
        let served = self.served();
        let mut core = lock(&self.core);
        let due_before = core.engine.next_timeout();
        core.execute(connection, request, payload, &served);
        core.execute_woken(&served);
        let due = core.engine.next_timeout();
        drop(core);
        if due.is_some_and(|due| due_before.is_none_or(|before| due < before)) {
            self.timer.notify_one();
        }
        Ok(())
    }

    pub(super) fn served(&self) -> Served<'_> {
        Served {
            host: &self.host,
            limits: &self.limits,
            answers_wait: self.durability.answers_wait,
            counters: &self.counters,
            shared: &self.own,
        }
    }

    /// Lets the timer look again.
    pub(super) fn wake_timer(&self) {
        self.timer.notify_one();
    }

    /// Runs the engine's timeouts for ever.
    pub(super) async fn run_timer(&self) {
        loop {
            let due = lock(&self.core).engine.next_timeout();
            let Some(due) = due else {
                self.timer.notified().await;
                continue;
            };
            let wait = u64::try_from(due.saturating_sub(now())).unwrap_or(0);
            if wait > 0 {
                let wait = Duration::from_millis(wait.min(LONGEST_WAIT_MILLISECONDS));
                // Either way the engine is asked again.
                let _ = tokio::time::timeout(wait, self.timer.notified()).await;
                continue;
            }
            self.handle_timeout();
            // A long sweep lets requests through between its parts.
            tokio::task::yield_now().await;
        }
    }

    fn handle_timeout(&self) {
        let mut core = lock(&self.core);
        core.engine.handle_timeout(now());
        core.send_notifications(&self.served());
        core.execute_woken(&self.served());
        core.flush_quietly();
    }

    pub(super) fn statistics(&self) -> GridStatistics {
        let mut statistics = self.counters.snapshot();
        statistics.journal_syncs = self.durability.progress.borrow().rounds;
        let core = lock(&self.core);
        statistics.connections = core.connections.len() as u64;
        statistics.caches = core.engine.cache_count() as u64;
        statistics.entries = core.engine.entry_count();
        statistics.stored_bytes = core.engine.stored_bytes();
        statistics
    }
}

/// The clock may be set while the timer waits: it looks again after this time.
const LONGEST_WAIT_MILLISECONDS: u64 = 60_000;

/// Milliseconds since the epoch.
pub(super) fn now() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
