//! Queries that go on without the grid's lock, and what came of them.

use portway_ignite_protocol::ServerError;

use super::answer::Body;
use super::reply::Refusal;
use super::{Context, Host};
use crate::sql::{Mirror, ResultSet, Running, SqlError, Stop};

/// A query that takes long, with how it is to be answered.
#[derive(Debug)]
pub(crate) struct LongQuery {
    pub(super) running: Running,
    pub(super) form: AnswerForm,
}

/// What the answer to a query depends on beside the rows.
#[derive(Debug)]
pub(crate) struct AnswerForm {
    pub(super) sql: String,
    pub(super) page_size: i32,
    pub(super) head: Head,
}

/// What stands before the first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// The names of the columns.
    Names,
    /// How many columns there are.
    Count,
    /// Nothing: the rows are entries.
    Nothing,
}

/// A query that has ended, with the rows of all tables that it had.
#[derive(Debug)]
pub(crate) struct Finished {
    mirror: Option<Mirror>,
    answer: QueryAnswer,
}

/// What came of a query: nothing where it did not end by itself.
pub(crate) type QueryAnswer = Option<(Result<ResultSet, SqlError>, AnswerForm)>;

impl LongQuery {
    /// What ends the query before its time.
    pub(crate) fn stop(&self) -> Stop {
        self.running.stop()
    }

    /// Carries the query out.
    pub(crate) fn run(self) -> Finished {
        let (mirror, rows) = self.running.run();
        Finished {
            mirror: Some(mirror),
            answer: Some((rows, self.form)),
        }
    }
}

impl Finished {
    /// What is left of a query that failed by a fault of ours.
    pub(crate) fn panicked() -> Self {
        Self {
            mirror: None,
            answer: None,
        }
    }

    /// Gives the rows of the tables back for the next statement.
    pub(crate) fn taken_back(self, host: &Host) -> QueryAnswer {
        host.sql.take_back(self.mirror);
        self.answer
    }
}

impl Context<'_> {
    /// The first page of a query that has ended.
    pub(super) fn found(&mut self, answer: QueryAnswer) -> Result<Body, ServerError> {
        let failed = || ServerError::new(portway_ignite_protocol::Status::FAILED, FAULT);
        let (rows, form) = answer.ok_or_else(failed)?;
        let page = match rows {
            Ok(rows) => self.first_page(rows, &form),
            Err(error) => Err(self.refused(error, &form.sql)),
        };
        page.map_err(|refusal| match refusal {
            Refusal::Error(error) => error,
            // The rows are there: nothing is left to wait for.
            _ => failed(),
        })
    }
}

/// The text of a failure that has no other.
const FAULT: &str = "50000: The query failed by a fault of the grid; the log says more";
