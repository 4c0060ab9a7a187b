//! What all connections of a grid share: the engine behind one lock, and who is connected.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use portway_ignite_protocol::{DecodeError, Dialect};
use tokio::sync::{Notify, Semaphore, watch};

use super::lock;
use super::outbox::Outbox;
use super::statistics::{Counters, GridStatistics};
use crate::configuration::Limits;
use crate::engine::{ConnectionId, Engine, Notification};
use crate::session::{self, Host, Session};

/// The heart of a running grid.
#[derive(Debug)]
pub(super) struct Shared {
    core: Mutex<Core>,
    pub(super) host: Host,
    pub(super) limits: Limits,
    pub(super) counters: Counters,
    pub(super) connection_permits: Arc<Semaphore>,
    /// Wakes the timer when something became due earlier than it knew.
    timer: Notify,
    pub(super) shutdown: watch::Sender<bool>,
}

/// What an operation may touch. Notifications leave under the same lock that ordered the changes,
/// so every listener sees them in that order, and before the answer to the change.
#[derive(Debug)]
struct Core {
    engine: Engine,
    connections: BTreeMap<ConnectionId, Connected>,
    last_connection: u64,
}

#[derive(Debug)]
struct Connected {
    outbox: Arc<Outbox>,
    dialect: Dialect,
}

impl Shared {
    pub(super) fn new(engine: Engine, host: Host, limits: Limits) -> Self {
        let core = Core {
            engine,
            connections: BTreeMap::new(),
            last_connection: 0,
        };
        Self {
            core: Mutex::new(core),
            host,
            limits,
            counters: Counters::default(),
            connection_permits: Arc::new(Semaphore::new(limits.connections)),
            timer: Notify::new(),
            shutdown: watch::Sender::new(false),
        }
    }

    /// Registers a connection whose handshake is done.
    pub(super) fn connect(&self, outbox: &Arc<Outbox>, dialect: Dialect) -> ConnectionId {
        let mut core = lock(&self.core);
        core.last_connection += 1;
        let id = ConnectionId(core.last_connection);
        core.connections.insert(
            id,
            Connected {
                outbox: Arc::clone(outbox),
                dialect,
            },
        );
        id
    }

    /// Forgets a connection with its cursors and listeners.
    pub(super) fn disconnect(&self, connection: ConnectionId) {
        let mut core = lock(&self.core);
        core.connections.remove(&connection);
        core.engine.close_connection(connection);
    }

    /// Answers one request: first come the notifications it causes, then the answer.
    pub(super) fn answer(
        &self,
        session: &mut Session,
        request: &Bytes,
        outbox: &Outbox,
    ) -> Result<(), DecodeError> {
        let request = session.decode(request)?;
        let mut core = lock(&self.core);
        let due_before = core.engine.next_timeout();
        let answer = session.answer(request, &mut core.engine, &self.host, now());
        let due = core.engine.next_timeout();
        core.send_notifications(&self.counters);
        outbox.push_answer(&answer.frame);
        drop(core);
        self.counters.count_request(answer.failed);
        if due.is_some_and(|due| due_before.is_none_or(|before| due < before)) {
            self.timer.notify_one();
        }
        Ok(())
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
                let wait = std::time::Duration::from_millis(wait.min(LONGEST_WAIT_MILLISECONDS));
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
        core.send_notifications(&self.counters);
    }

    pub(super) fn statistics(&self) -> GridStatistics {
        let mut statistics = self.counters.snapshot();
        let core = lock(&self.core);
        statistics.connections = core.connections.len() as u64;
        statistics.caches = core.engine.cache_count() as u64;
        statistics.entries = core.engine.entry_count();
        statistics.stored_bytes = core.engine.stored_bytes();
        statistics
    }
}

impl Core {
    fn send_notifications(&mut self, counters: &Counters) {
        while let Some(notification) = self.engine.poll_notification() {
            self.send(&notification, counters);
        }
    }

    fn send(&mut self, notification: &Notification, counters: &Counters) {
        let Some(connected) = self.connections.get(&notification.connection) else {
            return;
        };
        let frame = session::encode_notification(notification, connected.dialect);
        match connected.outbox.push_notification(&frame) {
            Ok(()) => counters.count_notification(),
            Err(_) => {
                counters.count_slow_listener();
                self.connections.remove(&notification.connection);
                self.engine.close_connection(notification.connection);
            }
        }
    }
}

/// The clock may be set while the timer waits: it looks again after this time.
const LONGEST_WAIT_MILLISECONDS: u64 = 60_000;

/// Milliseconds since the epoch.
fn now() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
