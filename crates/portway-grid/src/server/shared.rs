//! What all connections of a grid share: the engine behind one lock, and who is connected.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use portway_ignite_protocol::{DecodeError, Dialect, IncomingRequest, RequestHeader};
use tokio::sync::{Notify, Semaphore, watch};

use super::durability::Durability;
use super::functions::Running;
use super::lock;
use super::long_queries::LongQueries;
use super::outbox::Outbox;
use super::parking::Parked;
use super::statistics::{Counters, GridStatistics};
use super::users::HASHING_AT_ONCE;
use crate::configuration::Limits;
use crate::engine::{ConnectionId, Engine, EngineError, Notification, Position};
use crate::session::{self, Answer, Finished, FunctionResult, Host, Reply, Session};

/// The heart of a running grid.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) core: Mutex<Core>,
    pub(super) host: Host,
    pub(super) limits: Limits,
    pub(super) durability: Durability,
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

/// What an operation may touch. Notifications leave under the same lock that ordered the changes,
/// so every listener sees them in that order, and before the answer to the change.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) engine: Engine,
    pub(super) connections: BTreeMap<ConnectionId, Connected>,
    last_connection: u64,
    /// Whose answers were the last before which changes had to be written.
    pub(super) last_writer: Option<ConnectionId>,
    pub(super) parked: Parked,
    pub(super) long_queries: LongQueries,
}

#[derive(Debug)]
pub(super) struct Connected {
    outbox: Arc<Outbox>,
    session: Session,
    running: Running,
    /// Of the changes that its outbox tells of, none goes further in the journal.
    pub(super) told_up_to: Position,
}

/// What serving a request needs beside the core.
pub(super) struct Served<'a> {
    pub(super) host: &'a Host,
    pub(super) limits: &'a Limits,
    /// Whether the answer to a change waits until that is on the disk.
    answers_wait: bool,
    counters: &'a Counters,
    /// For what goes on without the lock.
    pub(super) shared: &'a Weak<Shared>,
}

impl Shared {
    pub(super) fn new(
        engine: Engine,
        host: Host,
        limits: Limits,
        durability: Durability,
        authentication: bool,
    ) -> Arc<Self> {
        let core = Core {
            engine,
            connections: BTreeMap::new(),
            last_connection: 0,
            last_writer: None,
            parked: Parked::default(),
            long_queries: LongQueries::default(),
        };
        Arc::new_cyclic(|own| Self {
            core: Mutex::new(core),
            host,
            limits,
            durability,
            authentication,
            hashing_permits: Semaphore::new(HASHING_AT_ONCE),
            counters: Counters::default(),
            connection_permits: Arc::new(Semaphore::new(limits.connections)),
            timer: Notify::new(),
            shutdown: watch::Sender::new(false),
            own: Weak::clone(own),
        })
    }

    /// What waits to be sent on a new connection: nothing.
    pub(super) fn new_outbox(&self) -> Outbox {
        Outbox::new(self.limits.unsent_bytes, self.durability.clone())
    }

    /// Registers a connection whose handshake is done.
    pub(super) fn connect(&self, outbox: &Arc<Outbox>, mut session: Session) -> ConnectionId {
        let mut core = lock(&self.core);
        core.last_connection += 1;
        let id = ConnectionId(core.last_connection);
        session.set_connection(id);
        let outbox = Arc::clone(outbox);
        let connected = Connected {
            outbox,
            session,
            running: Running::default(),
            told_up_to: Position::default(),
        };
        core.connections.insert(id, connected);
        id
    }

    /// Forgets a connection with its cursors, listeners and transactions.
    pub(super) fn disconnect(&self, connection: ConnectionId) {
        let mut core = lock(&self.core);
        core.close(connection);
        core.execute_woken(&self.served());
        core.flush_quietly();
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

impl Core {
    /// Executes a request of a connection, which may have to wait for a lock.
    pub(super) fn execute(
        &mut self,
        connection: ConnectionId,
        request: IncomingRequest,
        payload: &Bytes,
        served: &Served<'_>,
    ) {
        let header = request.header;
        let Some(connected) = self.connections.get_mut(&connection) else {
            return;
        };
        let before = self.engine.appended();
        let reply = connected
            .session
            .answer(request, &mut self.engine, served.host, now());
        let has_changed = before != self.engine.appended();
        if has_changed {
            connected.told_up_to = self.engine.appended();
        }
        match reply {
            Reply::Answer(answer) if served.answers_wait && has_changed => {
                self.hold(connection, answer, payload.len(), served);
            }
            Reply::Answer(answer) => self.deliver(connection, &answer, served),
            Reply::Starts(answer, task) => {
                self.deliver(connection, &answer, served);
                self.start_task(connection, *task, served);
            }
            Reply::Calls(call) => self.start_call(connection, header, *call, served),
            Reply::Waits(wait) => self.park(connection, header, payload, wait, served),
            Reply::Runs(query) => self.run_elsewhere(connection, header, *query, served),
            Reply::WaitsForSql => self.wait_for_sql(connection, header, payload, served),
        }
    }

    /// Answers that a request failed.
    pub(super) fn refuse(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        error: EngineError,
        served: &Served<'_>,
    ) {
        let Some(connected) = self.connections.get_mut(&connection) else {
            return;
        };
        let answer = connected
            .session
            .refuse(header, error, &self.engine, served.host);
        self.deliver(connection, &answer, served);
    }

    /// Takes the rows back and answers a query that ran elsewhere.
    pub(super) fn answer_query(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        finished: Finished,
        served: &Served<'_>,
    ) {
        let answer = finished.taken_back(served.host);
        let Some(connected) = self.connections.get_mut(&connection) else {
            return;
        };
        let answer =
            connected
                .session
                .answer_query(header, answer, &mut self.engine, served.host, now());
        self.deliver(connection, &answer, served);
    }

    /// Answers a call of a service that has ended.
    pub(super) fn answer_call(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        result: FunctionResult,
        served: &Served<'_>,
    ) {
        let Some(connected) = self.connections.get_mut(&connection) else {
            return;
        };
        let answer =
            connected
                .session
                .answer_call(header, result, &mut self.engine, served.host, now());
        self.deliver(connection, &answer, served);
    }

    /// Queues an answer behind the notifications of what it answers.
    fn deliver(&mut self, connection: ConnectionId, answer: &Answer, served: &Served<'_>) {
        self.send_notifications(served);
        served.counters.count_request(answer.failed);
        if let Some(connected) = self.connections.get(&connection) {
            connected.outbox.push_answer(&answer.frame);
        }
    }

    /// Queues an answer that leaves when its change is on the disk.
    fn hold(
        &mut self,
        connection: ConnectionId,
        answer: Answer,
        change_bytes: usize,
        served: &Served<'_>,
    ) {
        self.send_notifications(served);
        served.counters.count_request(answer.failed);
        let position = self.engine.appended();
        if let Some(Connected {
            outbox, session, ..
        }) = self.connections.get(&connection)
        {
            outbox.hold_answer(position, answer, session.dialect(), change_bytes);
        }
    }

    /// What runs for a connection.
    pub(super) fn running(&mut self, connection: ConnectionId) -> Option<&mut Running> {
        let connected = self.connections.get_mut(&connection)?;
        Some(&mut connected.running)
    }

    /// What a connection speaks.
    pub(super) fn dialect(&self, connection: ConnectionId) -> Option<Dialect> {
        let connected = self.connections.get(&connection)?;
        Some(connected.session.dialect())
    }

    fn close(&mut self, connection: ConnectionId) {
        self.connections.remove(&connection);
        self.parked.forget(connection);
        self.long_queries.forget(connection);
        self.engine.close_connection(connection);
    }

    pub(super) fn send_notifications(&mut self, served: &Served<'_>) {
        while let Some(notification) = self.engine.poll_notification() {
            self.send(&notification, served);
        }
    }

    fn send(&mut self, notification: &Notification, served: &Served<'_>) {
        let Some(connected) = self.connections.get_mut(&notification.connection) else {
            return;
        };
        connected.told_up_to = self.engine.appended();
        let (dialect, limit) = (connected.session.dialect(), served.host.answer_bytes);
        let frame = session::encode_notification(notification, dialect, limit);
        match connected.outbox.push_notification(&frame) {
            Ok(()) => served.counters.count_notification(),
            Err(_) => {
                served.counters.count_slow_listener();
                self.close(notification.connection);
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
