//! Statements about users.

use portway_ignite_protocol::{ServerError, Status};

use super::Context;
use crate::sql::UserStatement;

impl Context<'_> {
    /// What a node without authentication says.
    pub(super) fn user_statement(&mut self, statement: &UserStatement) -> Result<(), ServerError> {
        tracing::debug!(?statement, "a statement about users was refused");
        let message = "50000: Operation cannot be performed: Ignite security disabled.";
        Err(ServerError::new(Status::FAILED, message))
    }
}
