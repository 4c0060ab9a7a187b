//! Who comes in: users and their passwords.

use portway_ignite_protocol::Credentials;

use super::durability::{Verdict, verdict};
use super::shared::Shared;
use super::{Grid, lock};
use crate::engine::{DEFAULT_USER, Engine, EngineError, UserChange};
use crate::passwords::PasswordHash;
use crate::session::{Admission, check_credentials, credentials};

/// Passwords that are hashed at the same time: a flood of connections must not take all cores.
pub(super) const HASHING_AT_ONCE: usize = 2;

/// The password of the first user, as in Ignite.
const DEFAULT_PASSWORD: &str = "ignite";

/// Makes Ignite's first user in a grid that has none.
pub(super) fn create_first(engine: &mut Engine) -> Result<(), EngineError> {
    if engine.has_users() {
        return Ok(());
    }
    tracing::warn!(
        user = DEFAULT_USER,
        "the grid has no users; the first one has the password that everybody knows: change it"
    );
    engine.create_default_user(PasswordHash::of(DEFAULT_PASSWORD)?)
}

/// Why the users of a grid were not changed, in Ignite's words where it has some.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct UserError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl From<EngineError> for UserError {
    fn from(error: EngineError) -> Self {
        Self {
            message: error.to_string(),
            source: Some(Box::new(error)),
        }
    }
}

impl Grid {
    /// Adds a user, as `CREATE USER` by the default user does. Names are told apart by case.
    ///
    /// # Errors
    /// When the user is there already, the name is empty or over 59 bytes, or it cannot be stored.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn create_user(&self, name: &str, password: &str) -> Result<(), UserError> {
        let (name, hash) = (name.to_owned(), hash(password).await?);
        self.shared
            .change_users(UserChange::Create { name, hash })
            .await
    }

    /// Gives a user another password, as `ALTER USER` does. Connections that are open stay.
    ///
    /// # Errors
    /// When there is no such user, or it cannot be stored.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn alter_user(&self, name: &str, password: &str) -> Result<(), UserError> {
        let (name, hash) = (name.to_owned(), hash(password).await?);
        self.shared
            .change_users(UserChange::Alter { name, hash })
            .await
    }

    /// Removes a user, as `DROP USER` does. Connections that are open stay.
    ///
    /// # Errors
    /// When there is no such user, it is the default user, or it cannot be stored.
    pub async fn drop_user(&self, name: &str) -> Result<(), UserError> {
        let name = name.to_owned();
        self.shared.change_users(UserChange::Drop { name }).await
    }
}

/// Hashes beside the tasks that serve clients.
async fn hash(password: &str) -> Result<PasswordHash, UserError> {
    let password = password.to_owned();
    let hashed = tokio::task::spawn_blocking(move || PasswordHash::of(&password)).await;
    let hashed = hashed.map_err(|error| UserError {
        message: "the password could not be hashed; try again".to_owned(),
        source: Some(Box::new(error)),
    })?;
    hashed.map_err(|error| EngineError::from(error).into())
}

impl Shared {
    /// Changes the users, and waits until that is as safe as any change.
    async fn change_users(&self, change: UserChange) -> Result<(), UserError> {
        let position = {
            let mut core = lock(&self.core);
            core.engine.change_users(DEFAULT_USER, &change)?;
            core.engine.appended()
        };
        if !self.durability.answers_wait {
            return Ok(());
        }
        let mut progress = self.durability.progress.clone();
        let decided = progress
            .wait_for(|progress| verdict(progress, position) != Verdict::Waits)
            .await;
        let reason = match decided
            .as_deref()
            .map(|progress| verdict(progress, position))
        {
            Ok(Verdict::Safe | Verdict::Waits) => return Ok(()),
            Ok(Verdict::Refused(reason)) => reason.to_owned(),
            Err(_) => "the grid was closed".to_owned(),
        };
        Err(UserError {
            message: format!("the change of a user is not safe: {reason}"),
            source: None,
        })
    }

    /// Finds out who sent a handshake. `required` is what its listener alone asks for.
    ///
    /// # Cancel safety
    /// Can be cancelled: a hash that was begun is finished beside.
    pub(super) async fn admit(
        &self,
        handshake: &[u8],
        required: Option<&Credentials>,
    ) -> Admission {
        if let Some(required) = required {
            return check_credentials(handshake, required);
        }
        if !self.authentication {
            return Admission::Anyone;
        }
        match credentials(handshake) {
            Some(given) => self.check_user(given).await,
            None => Admission::Denied,
        }
    }

    async fn check_user(&self, given: Credentials) -> Admission {
        let known = lock(&self.core).engine.password_of(&given.user);
        let hash = known.unwrap_or_else(PasswordHash::of_nobody);
        // Never closed; were it, nobody would come in.
        let Ok(_permit) = self.hashing_permits.acquire().await else {
            return Admission::Denied;
        };
        let checked = tokio::task::spawn_blocking(move || {
            let matches = hash.matches(given.password());
            matches.then_some(given.user)
        });
        match checked.await {
            Ok(Some(user)) => Admission::Proven { user },
            Ok(None) | Err(_) => Admission::Denied,
        }
    }
}
