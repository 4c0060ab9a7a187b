//! What becomes of a request: an answer now, or a place among those who wait.

use portway_ignite_protocol::ServerError;

use super::{Answer, LongQuery, StartedCall, StartedTask};
use crate::engine::{EngineError, Wait};

/// What comes of a request.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    /// The task runs when its answer is on its way.
    Starts(Answer, Box<StartedTask>),
    /// It is a call of a service, which is answered at its end.
    Calls(Box<StartedCall>),
    /// It changed nothing and is to be executed again when what it waits for is free.
    Waits(Wait),
    /// It is a query that takes long: it goes on without the grid's lock, and is answered then.
    Runs(Box<LongQuery>),
    /// It is a statement of SQL that takes long, to be executed again when one that runs has ended.
    WaitsForSql,
    /// It is a statement of SQL whose tables are not read to their end: it is to be executed again
    /// when others were served, and reads on.
    ReadsOn,
}

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It failed.
    Error(ServerError),
    /// A transaction holds what it needs.
    Waits(Wait),
    /// It is answered when a long query has found its rows.
    Runs(Box<LongQuery>),
    /// It is answered when a function has ended.
    Calls(Box<StartedCall>),
    /// Too many statements take long.
    WaitsForSql,
    /// Its tables are not read to their end.
    ReadsOn,
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Waits(wait) => Self::Waits(wait),
            error => Self::Error(error.into()),
        }
    }
}

impl From<ServerError> for Refusal {
    fn from(error: ServerError) -> Self {
        Self::Error(error)
    }
}
