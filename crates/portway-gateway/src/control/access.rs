//! Who may do what on one listener.

use std::{fmt, sync::Arc};

use portway_control::{Reason, Role};
use portway_rpc::{Context, Peer, Status};
use ring::digest::{SHA256, digest};
use rustls::{
    pki_types::{CertificateDer, UnixTime},
    server::danger::ClientCertVerifier,
};
use subtle::ConstantTimeEq as _;

/// The metadata in which a caller shows its token.
const AUTHORIZATION: &str = "authorization";
/// The kind of token, whose case does not matter (RFC 7235, section 2.1).
const SCHEME: &str = "bearer ";
/// The user who may do everything anyway.
const ROOT: u32 = 0;
/// Bytes of a SHA-256.
const HASH_LENGTH: usize = 32;

/// Who may do what on one listener.
#[derive(Clone)]
pub struct Access {
    /// The role of whoever reaches the listener at all.
    everyone: Option<Role>,
    /// The role of processes of this user, and of root, at the other end of a Unix socket.
    user: Option<(Role, u32)>,
    tokens: Vec<(Role, [u8; HASH_LENGTH])>,
    authorities: Vec<(Role, Arc<dyn ClientCertVerifier>)>,
}

impl Access {
    /// Gives a role to nobody yet.
    #[must_use]
    pub const fn proven() -> Self {
        Self {
            everyone: None,
            user: None,
            tokens: Vec::new(),
            authorities: Vec::new(),
        }
    }

    /// Gives this role to everyone: for calls within one process.
    #[must_use]
    pub fn everyone(role: Role) -> Self {
        Self {
            everyone: Some(role),
            ..Self::proven()
        }
    }

    /// Gives this role to processes of the user who runs this one, and of root, at the other end of a Unix socket,
    /// as the kernel tells: beside the mode of the socket's file, which somebody may change.
    #[must_use]
    pub fn own_user(role: Role) -> Self {
        Self {
            user: Some((role, rustix::process::geteuid().as_raw())),
            ..Self::proven()
        }
    }

    /// Gives this role to whoever shows the token, of which no more than the hash is kept.
    #[must_use]
    pub fn token(mut self, role: Role, token: &str) -> Self {
        self.tokens.push((role, hash(token.trim())));
        self
    }

    /// Gives this role to whoever has proven to own a certificate that `verifier` accepts. The transport has checked
    /// that the caller has its key.
    #[must_use]
    pub fn authority(mut self, role: Role, verifier: Arc<dyn ClientCertVerifier>) -> Self {
        self.authorities.push((role, verifier));
        self
    }

    /// Refuses a caller that may not do what asks for `needed`.
    pub(super) fn check(&self, context: &Context, needed: Role) -> Result<(), Status> {
        let roles = self.roles(context);
        if roles.iter().any(|role| role.permits(needed)) {
            return Ok(());
        }
        let Some(role) = roles.first() else {
            return Err(Reason::Identity.status(
                "nobody is known by this token or certificate: send `authorization: Bearer TOKEN` with a token that the \
                 gateway was started with, or a client certificate that it trusts",
            ));
        };
        let text = format!("this needs the role {needed}, and the caller has the role {role}");
        Err(Reason::Role.status(text))
    }

    /// All roles of the caller.
    fn roles(&self, context: &Context) -> Vec<Role> {
        let token = context.metadata().text(AUTHORIZATION).and_then(bearer);
        let by_token = token.map(|token| self.roles_by_token(token));
        let by_certificate = context.peer().map(|peer| self.roles_by_certificate(peer));
        let proven = [by_token, by_certificate].into_iter().flatten().flatten();
        let by_user = self.user.and_then(|(role, user)| {
            let other = context.peer()?.process?.user;
            (other == user || other == ROOT).then_some(role)
        });
        self.everyone
            .into_iter()
            .chain(by_user)
            .chain(proven)
            .collect()
    }

    /// Compares with every token, in a time that tells nothing of how much of one was right.
    fn roles_by_token(&self, token: &str) -> Vec<Role> {
        let shown = hash(token);
        let fits = |(_, known): &&(Role, [u8; HASH_LENGTH])| bool::from(known.ct_eq(&shown));
        self.tokens
            .iter()
            .filter(fits)
            .map(|(role, _)| *role)
            .collect()
    }

    fn roles_by_certificate(&self, peer: &Peer) -> Vec<Role> {
        let mut chain = peer.certificates.iter();
        let Some(own) = chain.next().map(|own| CertificateDer::from(own.as_slice())) else {
            return Vec::new();
        };
        let others: Vec<_> = chain
            .map(|other| CertificateDer::from(other.as_slice()))
            .collect();
        let now = UnixTime::now();
        let vouches = |(_, verifier): &&(Role, Arc<dyn ClientCertVerifier>)| {
            verifier.verify_client_cert(&own, &others, now).is_ok()
        };
        let authorities = self.authorities.iter().filter(vouches);
        authorities.map(|(role, _)| *role).collect()
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Access")
            .field("everyone", &self.everyone)
            .field("user", &self.user)
            .field("tokens", &self.tokens.len())
            .field("authorities", &self.authorities.len())
            .finish()
    }
}

fn hash(token: &str) -> [u8; HASH_LENGTH] {
    let mut bytes = [0; HASH_LENGTH];
    bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    bytes
}

/// The token of `Bearer TOKEN`.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use portway_rpc::{Code, DEFAULT_TIMEOUT, Deadline, Metadata, Transport};

    use super::*;

    fn caller(authorization: &str) -> Context {
        let mut metadata = Metadata::new();
        metadata.insert(AUTHORIZATION, authorization).unwrap();
        Context::incoming(Deadline::after(DEFAULT_TIMEOUT), metadata, None)
    }

    fn access() -> Access {
        Access::proven()
            .token(Role::Read, "look\n")
            .token(Role::Enrol, "join")
    }

    #[test]
    fn a_token_permits_what_its_role_is_for() {
        assert!(access().check(&caller("Bearer look"), Role::Read).is_ok());
        assert!(access().check(&caller("bearer  join"), Role::Enrol).is_ok());
        let refused = access()
            .check(&caller("Bearer join"), Role::Admin)
            .unwrap_err();
        assert_eq!(Reason::of(&refused), Some(Reason::Role));
        assert_eq!(refused.code(), Code::PermissionDenied);
        let text = refused.message();
        assert!(
            text.contains("role admin") && text.contains("role enrol"),
            "{text}"
        );
    }

    #[test]
    fn who_proves_nothing_is_told_what_to_send() {
        for authorization in ["", "Bearer", "Bearer ", "Bearer loo", "Basic look", "look"] {
            let refused = access().check(&caller(authorization), Role::Read);
            assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
        }
        assert!(access().check(&Context::root(), Role::Read).is_err());
    }

    #[test]
    fn on_a_socket_the_own_user_and_root_have_their_role() {
        let access = Access {
            user: Some((Role::Admin, 1000)),
            ..Access::proven()
        };
        let of = |user| {
            let peer = Peer::new(Transport::Unix).with_process(user, 100);
            let deadline = Deadline::after(DEFAULT_TIMEOUT);
            Context::incoming(deadline, Metadata::new(), Some(Arc::new(peer)))
        };
        assert!(access.check(&of(1000), Role::Admin).is_ok());
        assert!(access.check(&of(0), Role::Admin).is_ok());
        assert!(access.check(&of(1001), Role::Admin).is_err());
        assert!(access.check(&Context::root(), Role::Admin).is_err());
    }

    #[test]
    fn tokens_are_not_printed() {
        assert!(!format!("{:?}", access()).contains("look"));
    }
}
