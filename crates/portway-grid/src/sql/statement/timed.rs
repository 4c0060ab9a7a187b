//! How long statements take, for the view of those that were carried out.

use std::borrow::Cow;
use std::time::Instant;

use super::{Answer, Outcome, Request};
use crate::engine::{Engine, Went};
use crate::sql::error::SqlError;
use crate::sql::parse::Statement;

/// A statement that is being carried out.
#[derive(Debug)]
pub(super) struct Timed<'a> {
    sql: Cow<'a, str>,
    schema: Cow<'a, str>,
    is_query: bool,
    /// Milliseconds since the epoch.
    begun: i64,
    since: Instant,
}

impl<'a> Timed<'a> {
    /// Nothing where nobody is to read the statement later: those of users hold passwords.
    pub(super) fn begin(statement: &Statement, request: &Request<'a>) -> Option<Self> {
        let is_shown = !matches!(statement, Statement::User(_));
        is_shown.then(|| Self {
            sql: request.sql.into(),
            schema: request.schema.into(),
            is_query: matches!(statement, Statement::Query(_) | Statement::Explain(_)),
            begun: request.now,
            since: Instant::now(),
        })
    }

    /// For one that takes longer than its request is held.
    pub(super) fn into_owned(self) -> Timed<'static> {
        Timed {
            sql: Cow::Owned(self.sql.into_owned()),
            schema: Cow::Owned(self.schema.into_owned()),
            ..self
        }
    }

    /// Notes what came of it. As on a node neither what H2 refuses while it reads a text counts, nor
    /// a query that fails.
    pub(super) fn end(self, answer: &Answer, engine: &mut Engine) {
        match answer {
            Ok(Outcome::Running(_) | Outcome::User(_)) => {}
            Ok(_) => self.note(false, engine),
            Err(SqlError::Execution { .. } | SqlError::Ignite { .. } | SqlError::Engine(_))
                if !self.is_query =>
            {
                self.note(true, engine);
            }
            Err(_) => {}
        }
    }

    pub(super) fn note(self, failed: bool, engine: &mut Engine) {
        let went = Went {
            begun: self.begun,
            took: self.since.elapsed(),
            failed,
        };
        engine.note_query(&self.schema, &self.sql, went);
    }
}
