//! Statements that go on without the grid's lock, and what came of them.

use portway_ignite_protocol::ServerError;

use super::answer::{Body, failed};
use super::reply::Refusal;
use super::{Context, Host};
use crate::engine::{CopyId, Engine};
use crate::sql::{Found, Mirror, Running, Searched, SqlError, Stop};

/// A statement or an index query that takes long, with how it is to be answered.
#[derive(Debug)]
pub(crate) struct LongQuery {
    pub(super) running: Running,
    pub(super) form: Form,
}

/// How rows or keys are answered.
#[derive(Debug)]
pub(crate) enum Form {
    Rows(AnswerForm),
    /// Keys, whose entries are read in pages of so many.
    Keys(usize),
}

/// What the answer to a query depends on beside the rows.
#[derive(Debug)]
pub(crate) struct AnswerForm {
    pub(super) sql: String,
    pub(super) schema: String,
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

/// What came of a statement that went on elsewhere.
#[derive(Debug)]
pub(crate) enum Finished {
    /// It is to be answered.
    Answer(QueryAnswer),
    /// It is to be carried out again, with the rows that it has found.
    Again(Option<Searched>),
    /// It is to go on as it is.
    GoesOn(Box<LongQuery>),
}

/// What was found: nothing where the search failed by a fault of ours.
pub(crate) type QueryAnswer = Option<(Result<Found, SqlError>, Form)>;

impl LongQuery {
    /// What ends the query before its time.
    pub(crate) fn stop(&self) -> Stop {
        self.running.stop()
    }

    /// Which copy of the rows it has.
    pub(crate) fn copy(&self) -> CopyId {
        self.running.copy()
    }

    /// Finds what is looked for. `gather` holds the grid for a part of the rows.
    pub(crate) fn find(
        &mut self,
        gather: impl Fn(&mut Running) -> Result<(), SqlError>,
    ) -> Result<Found, SqlError> {
        while !self.running.take_in()? {
            gather(&mut self.running)?;
        }
        self.running.find()
    }

    /// Gives the rows back, and tells what is to be done. The second is to be dropped when the grid is
    /// no longer held.
    pub(crate) fn finish(
        mut self,
        mut found: Result<Found, SqlError>,
        engine: &mut Engine,
        host: &Host,
    ) -> (Finished, Option<Mirror>) {
        let again = match &mut found {
            Ok(found) => self.running.begins_again(found, engine),
            Err(_) => Ok(false),
        };
        match again {
            Ok(true) => return (Finished::GoesOn(Box::new(self)), None),
            Ok(false) => {}
            Err(error) => found = Err(error),
        }
        if self.running.is_stopped() && found.as_ref().is_err_and(SqlError::is_cancelled) {
            found = Err(SqlError::killed());
        }
        let copy = self.copy();
        let surplus = host.sql.take_back(copy, self.running.into_mirror(), engine);
        let finished = match found {
            Ok(Found::Search(searched)) => Finished::Again(Some(searched)),
            Err(SqlError::Redefined) => Finished::Again(None),
            found => Finished::Answer(Some((found, self.form))),
        };
        (finished, surplus)
    }
}

impl Context<'_> {
    /// The first page of a query that has ended.
    pub(super) fn found(&mut self, answer: QueryAnswer) -> Result<Body, ServerError> {
        let (found, form) = answer.ok_or_else(|| failed(FAULT))?;
        let page = match (found, form) {
            (Ok(Found::Rows(rows)), Form::Rows(form)) => self.first_page(rows, &form),
            (Ok(Found::Keys(keys)), Form::Keys(page_size)) => self.first_entries(keys, page_size),
            (Err(error), Form::Rows(form)) => Err(self.refused(error, &form.sql)),
            (Err(error), Form::Keys(_)) => Err(self.refused(error, "")),
            (Ok(_), _) => Err(failed(FAULT).into()),
        };
        page.map_err(|refusal| match refusal {
            Refusal::Error(error) => error,
            // The rows are there: nothing is left to wait for.
            _ => failed(FAULT),
        })
    }
}

/// The text of a failure that has no other.
const FAULT: &str = "50000: The query failed by a fault of the grid; the log says more";
