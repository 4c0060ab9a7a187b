//! What becomes of a request: an answer now, or a place among those who wait.

use portway_ignite_protocol::ServerError;

use super::Answer;
use crate::engine::{EngineError, Wait};

/// What comes of a request.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    /// It changed nothing and is to be executed again when what it waits for is free.
    Waits(Wait),
}

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It failed.
    Error(ServerError),
    /// A transaction holds what it needs.
    Waits(Wait),
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
