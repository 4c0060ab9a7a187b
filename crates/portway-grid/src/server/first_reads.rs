//! Statements of SQL whose tables are not read to their end: SQL copies the rows of a table when a
//! statement first touches it, a part at a time. Between the parts everybody else is served.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::thread;
use std::time::Instant;

use bytes::Bytes;
use portway_ignite_protocol::RequestHeader;

use super::core::Core;
use super::kept_requests::Line;
use super::lock;
use super::shared::{Served, Shared};
use crate::engine::ConnectionId;

/// The statements that read on, in turn.
#[derive(Debug, Default)]
pub(super) struct FirstReads {
    statements: Line,
    /// Whether a thread carries them out.
    is_driven: bool,
}

impl FirstReads {
    /// Forgets what a connection that is gone asked for.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.statements.forget(connection);
    }
}

impl Core {
    /// Lets a statement read on when others were served.
    pub(super) fn read_on(
        &mut self,
        connection: ConnectionId,
        header: RequestHeader,
        payload: &Bytes,
        served: &Served<'_>,
    ) {
        let limit = served.limits.message_bytes;
        let reads = &mut self.first_reads;
        let kept = reads
            .statements
            .push_back(connection, header, payload, limit);
        if let Err(error) = kept {
            self.refuse(connection, header, error, served);
            return;
        }
        if !reads.is_driven {
            reads.is_driven = true;
            self.drive_first_reads(served);
        }
    }

    /// Carries out the statement whose turn it is; answers whether there was one.
    fn read_next(&mut self, served: &Served<'_>) -> bool {
        let Some(statement) = self.first_reads.statements.pop_front() else {
            self.first_reads.is_driven = false;
            return false;
        };
        let carried_out = catch_unwind(AssertUnwindSafe(|| {
            self.execute_again(&statement, served);
            self.execute_woken(served);
        }));
        if carried_out.is_err() {
            self.answer_query(statement.connection, statement.header, None, served);
        }
        true
    }

    fn drive_first_reads(&mut self, served: &Served<'_>) {
        let shared = Weak::clone(served.shared);
        let started = thread::Builder::new()
            .name("portway-sql-read".to_owned())
            .spawn(move || drive(&shared));
        if let Err(error) = started {
            // The next statement tries again.
            tracing::warn!(%error, "no thread to read the rows of a table");
            self.first_reads.is_driven = false;
        }
    }
}

/// Carries out one statement after the other until none has to read on. The grid is free for half of
/// the time.
fn drive(shared: &Weak<Shared>) {
    while let Some(shared) = shared.upgrade() {
        let served = shared.served();
        let mut core = lock(&shared.core);
        let begin = Instant::now();
        if !core.read_next(&served) {
            return;
        }
        let held = begin.elapsed();
        drop(core);
        shared.wake_timer();
        thread::sleep(held);
    }
}
