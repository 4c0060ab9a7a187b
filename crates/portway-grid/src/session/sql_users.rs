//! Statements about users.

use portway_ignite_protocol::ServerError;

use super::Context;
use super::answer::failed;
use crate::engine::UserChange;
use crate::passwords::PasswordHash;
use crate::sql::UserStatement;

/// Before the text of each refusal, as SQL has it.
const STATE: &str = "50000";

impl Context<'_> {
    /// Changes the users in the name of the one who asks. Where nobody has to prove who he is, no
    /// one may.
    pub(super) fn user_statement(&mut self, statement: &UserStatement) -> Result<(), ServerError> {
        let Some(by) = self.user else {
            return Err(refused(
                "Operation cannot be performed: Ignite security disabled.",
            ));
        };
        let change = change_of(statement)?;
        let changed = self.engine.change_users(by, &change);
        changed.map_err(|error| refused(&error.to_string()))
    }
}

fn refused(message: &str) -> ServerError {
    failed(format!("{STATE}: {message}"))
}

fn change_of(statement: &UserStatement) -> Result<UserChange, ServerError> {
    let hash =
        |password: &str| PasswordHash::of(password).map_err(|error| refused(&error.to_string()));
    Ok(match statement {
        UserStatement::Create { name, password } => UserChange::Create {
            name: name.clone(),
            hash: hash(password)?,
        },
        UserStatement::Alter { name, password } => UserChange::Alter {
            name: name.clone(),
            hash: hash(password)?,
        },
        UserStatement::Drop { name } => UserChange::Drop { name: name.clone() },
    })
}
