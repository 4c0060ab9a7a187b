//! What is behind the one lock of a grid: the engine, and who is connected.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use portway_ignite_protocol::{Dialect, IncomingRequest, RequestHeader};

use super::first_reads::FirstReads;
use super::functions::Running;
use super::kept_requests::KeptRequests;
use super::long_queries::LongQueries;
use super::outbox::Outbox;
use super::shared::{Served, now};
use crate::engine::{ConnectionId, Engine, EngineError, Notification, Position, WaiterId};
use crate::session::{self, Answer, FunctionResult, QueryAnswer, Reply, Session};

/// What an operation may touch. Notifications leave under the same lock that ordered the changes,
/// so every listener sees them in that order, and before the answer to the change.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) engine: Engine,
    pub(super) connections: BTreeMap<ConnectionId, Connected>,
    last_connection: u64,
    /// Whose answers were the last before which changes had to be written.
    pub(super) last_writer: Option<ConnectionId>,
    /// Those that wait for a lock.
    pub(super) parked: KeptRequests<WaiterId>,
    pub(super) long_queries: LongQueries,
    pub(super) first_reads: FirstReads,
}

#[derive(Debug)]
pub(super) struct Connected {
    outbox: Arc<Outbox>,
    session: Session,
    running: Running,
    /// Of the changes that its outbox tells of, none goes further in the journal.
    pub(super) told_up_to: Position,
}

impl Core {
    /// Nobody is connected yet.
    pub(super) fn new(engine: Engine) -> Self {
        Self {
            engine,
            connections: BTreeMap::new(),
            last_connection: 0,
            last_writer: None,
            parked: KeptRequests::default(),
            long_queries: LongQueries::default(),
            first_reads: FirstReads::default(),
        }
    }

    /// Registers a connection whose handshake is done.
    pub(super) fn connect(&mut self, outbox: Arc<Outbox>, mut session: Session) -> ConnectionId {
        self.last_connection += 1;
        let id = ConnectionId(self.last_connection);
        session.set_connection(id);
        let connected = Connected {
            outbox,
            session,
            running: Running::default(),
            told_up_to: Position::default(),
        };
        self.engine.add_client(id, connected.session.in_view());
        self.connections.insert(id, connected);
        id
    }

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
            Reply::Answer(answer) => {
                self.deliver(connection, &answer, served);
                self.close_dismissed();
            }
            Reply::Starts(answer, task) => {
                self.deliver(connection, &answer, served);
                self.start_task(connection, *task, served);
            }
            Reply::Calls(call) => self.start_call(connection, header, *call, served),
            Reply::Waits(wait) => self.park(connection, header, payload, wait, served),
            Reply::Runs(query) => self.run_elsewhere(connection, header, payload, *query, served),
            Reply::WaitsForSql => self.wait_for_sql(connection, header, payload, served),
            Reply::ReadsOn => self.read_on(connection, header, payload, served),
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
        self.answer_late(connection, served, |session, engine| {
            session.refuse(header, error, engine, served.host)
        });
    }

    /// Answers a query that ran elsewhere.
    pub(super) fn answer_query(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        answer: QueryAnswer,
        served: &Served<'_>,
    ) {
        self.answer_late(connection, served, |session, engine| {
            session.answer_query(header, answer, engine, served.host, now())
        });
    }

    /// Answers a call of a service that has ended.
    pub(super) fn answer_call(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        result: FunctionResult,
        served: &Served<'_>,
    ) {
        self.answer_late(connection, served, |session, engine| {
            session.answer_call(header, result, engine, served.host, now())
        });
    }

    /// Answers a request that had to wait, unless its connection has gone meanwhile.
    fn answer_late(
        &mut self,
        connection: ConnectionId,
        served: &Served<'_>,
        answer: impl FnOnce(&mut Session, &mut Engine) -> Answer,
    ) {
        let Some(connected) = self.connections.get_mut(&connection) else {
            return;
        };
        let answer = answer(&mut connected.session, &mut self.engine);
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

    /// Closes the connections that somebody has had closed.
    fn close_dismissed(&mut self) {
        while let Some(connection) = self.engine.poll_dismissed() {
            if let Some(connected) = self.connections.get(&connection) {
                connected.outbox.give_up();
            }
            self.close(connection);
        }
    }

    /// Forgets a connection with its cursors, listeners and transactions.
    pub(super) fn close(&mut self, connection: ConnectionId) {
        self.connections.remove(&connection);
        self.parked.forget(connection);
        self.long_queries.forget(connection);
        self.first_reads.forget(connection);
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
