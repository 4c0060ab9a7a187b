//! Statements of SQL that take long: each runs on a thread of its own while the grid serves others.
//!
//! Each has a copy of the rows to itself. There are few copies: statements that take long, too, wait
//! in line until one is free; all others are served. A statement ends with its connection.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;

use bytes::Bytes;
use portway_ignite_protocol::RequestHeader;

use super::core::Core;
use super::kept_requests::{KeptRequest, Line};
use super::lock;
use super::shared::{Served, Shared};
use crate::engine::{ConnectionId, CopyId};
use crate::session::{Finished, LongQuery};
use crate::sql::{Found, SqlError, Stop};

/// The statements that run, and those that wait for the end of one.
#[derive(Debug, Default)]
pub(super) struct LongQueries {
    running: BTreeMap<CopyId, RunningQuery>,
    waiting: Line,
}

#[derive(Debug)]
struct RunningQuery {
    /// To carry it out again, if need be.
    request: KeptRequest,
    stop: Stop,
}

/// What became of a search: nothing where a fault of ours ended it.
type Ended = Option<(LongQuery, Result<Found, SqlError>)>;

impl LongQueries {
    /// Forgets what a connection that is gone asked for, and ends what runs for it.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.waiting.forget(connection);
        for query in self.running.values() {
            if query.request.connection == connection {
                query.stop.stop();
            }
        }
    }
}

impl Core {
    /// Lets a statement run elsewhere; its answer follows.
    pub(super) fn run_elsewhere(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        payload: &Bytes,
        query: LongQuery,
        served: &Served<'_>,
    ) {
        let copy = query.copy();
        let running = RunningQuery {
            request: KeptRequest::new(connection, header, payload),
            stop: query.stop(),
        };
        self.long_queries.running.insert(copy, running);
        let shared = Weak::clone(served.shared);
        let started = thread::Builder::new()
            .name("portway-sql".to_owned())
            .spawn(move || find(query, copy, &shared));
        if let Err(error) = started {
            tracing::warn!(%error, "no thread for a long statement of SQL");
            self.finish_query(copy, None, served);
        }
    }

    /// Keeps a statement until one that runs has ended.
    pub(super) fn wait_for_sql(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        payload: &Bytes,
        served: &Served<'_>,
    ) {
        let limit = served.limits.message_bytes;
        let waiting = &mut self.long_queries.waiting;
        let kept = waiting.push_back(connection, header, payload, limit);
        if let Err(error) = kept {
            self.refuse(connection, header, error, served);
        }
    }

    /// Answers a statement that has ended, or carries it out with what it has found. Answers what is
    /// to go on without the lock, and what is to be dropped there.
    fn finish_query(
        &mut self,
        copy: CopyId,
        ended: Ended,
        served: &Served<'_>,
    ) -> (Option<LongQuery>, impl Sized + use<>) {
        let (finished, surplus) = match ended {
            Some((query, found)) => query.finish(found, &mut self.engine, served.host),
            None => {
                let surplus = served.host.sql.take_back(copy, None, &mut self.engine);
                (Finished::Answer(None), surplus)
            }
        };
        if let Finished::GoesOn(query) = finished {
            return (Some(*query), surplus);
        }
        if let Some(running) = self.long_queries.running.remove(&copy) {
            self.answer_finished(running, finished, served);
        }
        self.execute_waiting(served);
        (None, surplus)
    }

    fn answer_finished(&mut self, running: RunningQuery, finished: Finished, served: &Served<'_>) {
        let request = running.request;
        match finished {
            Finished::Answer(answer) => {
                self.answer_query(request.connection, request.header, answer, served);
            }
            Finished::Again(searched) => {
                served.host.sql.remember(searched);
                self.execute_again(&request, served);
                served.host.sql.remember(None);
            }
            Finished::GoesOn(_) => {}
        }
    }

    fn execute_waiting(&mut self, served: &Served<'_>) {
        while !served.host.sql.is_busy() {
            let Some(statement) = self.long_queries.waiting.pop_front() else {
                return;
            };
            self.execute_again(&statement, served);
        }
    }
}

impl Shared {
    fn finish_query(&self, copy: CopyId, ended: Ended) -> Option<LongQuery> {
        let served = self.served();
        let mut core = lock(&self.core);
        let (goes_on, surplus) = core.finish_query(copy, ended, &served);
        core.execute_woken(&served);
        drop(core);
        drop(surplus);
        // What waited may have changed when the next entry expires.
        self.wake_timer();
        goes_on
    }
}

/// Finds what a statement looks for, and finishes it.
fn find(mut query: LongQuery, copy: CopyId, shared: &Weak<Shared>) {
    loop {
        // What a panic leaves of the rows is thrown away.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let found = query.find(|running| {
                let shared: Option<Arc<Shared>> = shared.upgrade();
                let shared = shared.ok_or_else(SqlError::cancelled)?;
                running.gather(&mut lock(&shared.core).engine)
            });
            (query, found)
        }));
        let Some(shared) = shared.upgrade() else {
            return;
        };
        match shared.finish_query(copy, ended.ok()) {
            Some(goes_on) => query = goes_on,
            None => return,
        }
    }
}
