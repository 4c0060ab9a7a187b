//! Queries of SQL that take long: each runs on a thread of its own while the grid serves others.
//!
//! There is one copy of the rows for SQL, and such a query has it to itself: statements that come
//! meanwhile wait in line, requests that are no SQL do not. A query ends with its connection.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::thread;

use bytes::Bytes;
use portway_ignite_protocol::RequestHeader;

use super::lock;
use super::shared::{Core, Served, Shared};
use crate::engine::{ConnectionId, EngineError};
use crate::session::{Finished, LongQuery};
use crate::sql::Stop;

/// Statements of one connection that may wait at once: each keeps its request in memory.
const WAITING_PER_CONNECTION: usize = 1024;

/// The query that runs, and the statements that wait for its end.
#[derive(Debug, Default)]
pub(super) struct LongQueries {
    running: Option<(ConnectionId, Stop)>,
    waiting: VecDeque<WaitingStatement>,
}

#[derive(Debug)]
struct WaitingStatement {
    connection: ConnectionId,
    payload: Bytes,
}

impl LongQueries {
    /// Forgets what a connection that is gone asked for, and ends what runs for it.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.waiting
            .retain(|statement| statement.connection != connection);
        if let Some((_, stop)) = self.running.as_ref().filter(|(of, _)| *of == connection) {
            stop.stop();
        }
    }

    fn of(&self, connection: ConnectionId) -> impl Iterator<Item = &WaitingStatement> {
        let is_meant = move |statement: &&WaitingStatement| statement.connection == connection;
        self.waiting.iter().filter(is_meant)
    }
}

impl Core {
    /// Lets a query run elsewhere; its answer follows.
    pub(super) fn run_elsewhere(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        query: LongQuery,
        served: &Served<'_>,
    ) {
        self.long_queries.running = Some((connection, query.stop()));
        let shared = Weak::clone(served.shared);
        let started = thread::Builder::new()
            .name("portway-sql".to_owned())
            .spawn(move || {
                // What a panic leaves of the rows is thrown away, and they are read again.
                let finished = catch_unwind(AssertUnwindSafe(|| query.run()));
                let finished = finished.unwrap_or_else(|_| Finished::panicked());
                if let Some(shared) = shared.upgrade() {
                    shared.finish_query(connection, header, finished);
                }
            });
        if let Err(error) = started {
            tracing::warn!(%error, "no thread for a long query of SQL");
            self.finish_query(connection, header, Finished::panicked(), served);
        }
    }

    /// Keeps a statement until the query that runs has ended.
    pub(super) fn wait_for_sql(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        payload: &Bytes,
        served: &Served<'_>,
    ) {
        let limit = served.limits.message_bytes;
        let waiting = self.long_queries.of(connection);
        let (count, bytes) = waiting.fold((0, payload.len()), |(count, bytes), statement| {
            (count + 1, bytes + statement.payload.len())
        });
        if count >= WAITING_PER_CONNECTION || bytes > limit {
            let error = EngineError::TooManyWaitingBytes { limit };
            self.refuse(connection, header, error, served);
            return;
        }
        self.long_queries.waiting.push_back(WaitingStatement {
            connection,
            // A part of the connection's buffer would keep the whole buffer.
            payload: Bytes::copy_from_slice(payload),
        });
    }

    fn finish_query(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        finished: Finished,
        served: &Served<'_>,
    ) {
        self.long_queries.running = None;
        self.answer_query(connection, header, finished, served);
        while !served.host.sql.is_busy() {
            let Some(statement) = self.long_queries.waiting.pop_front() else {
                return;
            };
            self.execute_again(statement.connection, &statement.payload, served);
        }
    }
}

impl Shared {
    fn finish_query(&self, connection: ConnectionId, header: RequestHeader, finished: Finished) {
        let served = self.served();
        let mut core = lock(&self.core);
        core.finish_query(connection, header, finished, &served);
        core.execute_woken(&served);
        drop(core);
        // What waited may have changed when the next entry expires.
        self.wake_timer();
    }
}
