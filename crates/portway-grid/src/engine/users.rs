//! The users of a grid: who they are, kept beside the data; and who may change them.
//!
//! Source of rules and texts: `IgniteAuthenticationProcessor`.

use super::batch::Batch;
use super::{Engine, EngineError, layout};
use crate::passwords::PasswordHash;

/// The user who is there from the start, and may change the others.
pub(crate) const DEFAULT_USER: &str = "ignite";

/// Ignite keeps a user under `user.` and the name, of which 64 bytes fit.
const LONGEST_NAME: usize = 59;

/// A change of the users, as `CREATE`, `ALTER` and `DROP USER` ask for it.
#[derive(Clone, Debug)]
pub(crate) enum UserChange {
    Create { name: String, hash: PasswordHash },
    Alter { name: String, hash: PasswordHash },
    Drop { name: String },
}

impl UserChange {
    fn name(&self) -> &str {
        match self {
            Self::Create { name, .. } | Self::Alter { name, .. } | Self::Drop { name } => name,
        }
    }
}

impl Engine {
    /// What is kept of a user's password; `None` for a user who is not there.
    pub(crate) fn password_of(&self, name: &str) -> Option<PasswordHash> {
        let stored = self.table.get(&layout::user_key(name))?;
        PasswordHash::decode(stored)
    }

    /// Whether there is anyone who could come in.
    pub(crate) fn has_users(&self) -> bool {
        self.table.with_prefix(layout::ALL_USERS).next().is_some()
    }

    /// Changes the users in the name of one of them.
    ///
    /// # Errors
    /// With Ignite's texts, when `by` may not do that, or it cannot be.
    pub(crate) fn change_users(
        &mut self,
        by: &str,
        change: &UserChange,
    ) -> Result<(), EngineError> {
        check_right(by, change)?;
        self.apply_to_users(change)
    }

    /// Makes the first user.
    pub(crate) fn create_default_user(&mut self, hash: PasswordHash) -> Result<(), EngineError> {
        self.apply_to_users(&UserChange::Create {
            name: DEFAULT_USER.to_owned(),
            hash,
        })
    }

    fn apply_to_users(&mut self, change: &UserChange) -> Result<(), EngineError> {
        let name = change.name();
        if name.is_empty() {
            return Err(EngineError::EmptyUserName);
        }
        if name.len() > LONGEST_NAME {
            return Err(EngineError::UserNameTooLong);
        }
        let key = layout::user_key(name);
        let is_there = self.table.get(&key).is_some();
        let mut batch = Batch::default();
        match change {
            UserChange::Create { .. } if is_there => {
                return Err(EngineError::UserExists(name.to_owned()));
            }
            UserChange::Alter { .. } | UserChange::Drop { .. } if !is_there => {
                return Err(EngineError::UserNotFound(name.to_owned()));
            }
            UserChange::Create { hash, .. } | UserChange::Alter { hash, .. } => {
                batch.put(key, hash.encode());
            }
            UserChange::Drop { .. } => batch.delete(key),
        }
        self.commit(&batch)
    }
}

/// The default user changes everybody, the others their own password.
fn check_right(by: &str, change: &UserChange) -> Result<(), EngineError> {
    let is_own = matches!(change, UserChange::Alter { name, .. } if name == by);
    if by != DEFAULT_USER && !is_own {
        return Err(EngineError::UserChangeNotAllowed(by.to_owned()));
    }
    match change {
        UserChange::Drop { name } if name == DEFAULT_USER => Err(EngineError::DefaultUserDropped),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::engine;

    fn create(name: &str) -> UserChange {
        UserChange::Create {
            name: name.to_owned(),
            hash: PasswordHash::of_nobody(),
        }
    }

    fn drop_user(name: &str) -> UserChange {
        UserChange::Drop {
            name: name.to_owned(),
        }
    }

    #[test]
    fn users_are_changed_with_the_texts_of_a_real_node() {
        let mut grid = engine();
        grid.create_default_user(PasswordHash::of_nobody()).unwrap();
        let mut change = |by: &str, change: &UserChange| {
            let result = grid.change_users(by, change);
            result.map_err(|error| error.to_string())
        };
        change("ignite", &create("anna")).unwrap();
        let refusals = [
            ("ignite", create("anna"), "User already exists [login=anna]"),
            (
                "ignite",
                drop_user("bert"),
                "User doesn't exist [userName=bert]",
            ),
            (
                "ignite",
                drop_user("ignite"),
                "Default user cannot be removed.",
            ),
            (
                "anna",
                create("bert"),
                "User management operations are not allowed for user. [curUser=anna]",
            ),
            ("ignite", create(""), "User name is empty"),
        ];
        for (by, refused, text) in refusals {
            assert_eq!(change(by, &refused), Err(text.to_owned()));
        }
        change("ignite", &drop_user("anna")).unwrap();
        assert!(grid.password_of("anna").is_none());
    }

    #[test]
    fn a_user_changes_the_own_password() {
        let mut grid = engine();
        grid.create_default_user(PasswordHash::of_nobody()).unwrap();
        grid.change_users("ignite", &create("anna")).unwrap();
        let hash = PasswordHash::of("new").unwrap();
        let name = "anna".to_owned();
        let own = UserChange::Alter { name, hash };
        grid.change_users("anna", &own).unwrap();
        assert!(grid.password_of("anna").unwrap().matches("new"));
    }
}
