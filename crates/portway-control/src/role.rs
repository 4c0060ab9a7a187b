//! What a caller may do.

use std::{fmt, str::FromStr};

/// What a caller may do. Each role stands for itself, but for [`Role::Admin`], which may do everything.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Role {
    /// Everything.
    Admin,
    /// Look, and change nothing.
    Read,
    /// Redeem invitations, and nothing else: what a function that anybody can reach needs.
    Enrol,
}

impl Role {
    /// All roles, the greatest first.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Read, Self::Enrol];

    /// Returns the name, as it is written on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Read => "read",
            Self::Enrol => "enrol",
        }
    }

    /// Tells whether whoever has this role may do what asks for `needed`.
    #[must_use]
    pub fn permits(self, needed: Self) -> bool {
        self == Self::Admin || self == needed
    }
}

/// The text names no [`Role`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there are the roles admin, read and enrol")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or(RoleError)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_may_everything_and_others_what_they_are_for() {
        for needed in Role::ALL {
            assert!(Role::Admin.permits(needed));
            assert_eq!(Role::Read.permits(needed), needed == Role::Read);
            assert_eq!(Role::Enrol.permits(needed), needed == Role::Enrol);
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("Admin".parse::<Role>(), Err(RoleError));
    }
}
