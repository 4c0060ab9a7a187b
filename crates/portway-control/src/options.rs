//! How a client proves who it is, and whom it trusts.

use std::fmt;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::Fingerprint;

/// How a client proves who it is, and whom it trusts. The socket of a gateway needs neither.
///
/// ```
/// use portway_control::{ControlOptions, Fingerprint};
///
/// let options = ControlOptions::new()
///     .token("5f0c...")
///     .fingerprint(Fingerprint::of(b"the certificate in DER"));
/// assert!(!format!("{options:?}").contains("5f0c"));
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct ControlOptions {
    pub(crate) token: Option<Zeroizing<String>>,
    pub(crate) trust: Trust,
    pub(crate) identity: Option<Identity>,
}

/// Whom a client takes for the gateway.
#[derive(Clone, Debug, Default)]
pub(crate) enum Trust {
    /// Whoever an authority of the system vouches for.
    #[default]
    System,
    /// Whoever one of these certificates vouches for, or is.
    Authorities(Vec<CertificateDer<'static>>),
    /// Whoever has the key of this certificate.
    Fingerprint(Fingerprint),
}

/// A certificate of the client, with its key.
pub(crate) struct Identity {
    pub(crate) certificates: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            certificates: self.certificates.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl ControlOptions {
    /// No token, and trust in the authorities of the system.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends this token with each call: the text of a file that `--control-token` of the gateway names.
    /// White space around it is no part of it.
    #[must_use]
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.token = Some(Zeroizing::new(token.as_ref().trim().to_owned()));
        self
    }

    /// Trusts the gateway whose certificate has this fingerprint, whatever name and dates stand in it.
    #[must_use]
    pub fn fingerprint(mut self, fingerprint: Fingerprint) -> Self {
        self.trust = Trust::Fingerprint(fingerprint);
        self
    }

    /// Trusts gateways that one of these certificates vouches for, instead of the system's. The
    /// gateway's own certificate is possible too.
    #[must_use]
    pub fn authorities(mut self, certificates: Vec<CertificateDer<'static>>) -> Self {
        self.trust = Trust::Authorities(certificates);
        self
    }

    /// Shows this certificate, its own first, and proves to have its key.
    #[must_use]
    pub fn identity(
        mut self,
        certificates: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Self {
        self.identity = Some(Identity { certificates, key });
        self
    }
}

impl fmt::Debug for ControlOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ControlOptions")
            .field("token", &self.token.is_some())
            .field("trust", &self.trust)
            .field("identity", &self.identity.is_some())
            .finish()
    }
}
