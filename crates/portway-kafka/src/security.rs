//! How connections to brokers are secured, and who this client is.

use std::fmt;

use rdkafka::ClientConfig;

const PROTOCOL: &str = "security.protocol";

/// How connections are secured: whose certificates brokers have, and which one this client has.
///
/// A broker's certificate has to be for the name or address by which it is reached. TLS 1.2 and 1.3
/// by OpenSSL, which does it for librdkafka. A broker that asks for a certificate and gets none ends
/// the connection after it came about: [`PollError::Unavailable`](crate::PollError::Unavailable).
#[derive(Clone, Default)]
pub struct Tls {
    authority: Option<String>,
    identity: Option<Identity>,
}

#[derive(Clone)]
struct Identity {
    certificates: String,
    key: String,
}

impl Tls {
    /// Trusts the authorities that the system trusts, and has no certificate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the authorities with these certificates, PEM, and no others.
    #[must_use]
    pub fn authority(mut self, certificates: impl Into<String>) -> Self {
        self.authority = Some(certificates.into());
        self
    }

    /// Shows brokers this certificate, with those that lead to its authority behind it, and has its
    /// private key; all PEM.
    #[must_use]
    pub fn identity(mut self, certificates: impl Into<String>, key: impl Into<String>) -> Self {
        let (certificates, key) = (certificates.into(), key.into());
        self.identity = Some(Identity { certificates, key });
        self
    }

    pub(crate) fn apply(&self, properties: &mut ClientConfig) {
        let with_sasl = properties
            .get(PROTOCOL)
            .is_some_and(|it| it.starts_with("sasl"));
        properties.set(PROTOCOL, if with_sasl { "sasl_ssl" } else { "ssl" });
        if let Some(authority) = &self.authority {
            properties.set("ssl.ca.pem", authority);
        }
        if let Some(Identity { certificates, key }) = &self.identity {
            properties.set("ssl.certificate.pem", certificates);
            properties.set("ssl.key.pem", key);
        }
    }
}

/// Without the private key.
impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tls")
            .field("authority", &self.authority)
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

/// Who this client is, by name and password.
#[derive(Clone)]
pub struct Sasl {
    mechanism: &'static str,
    user: String,
    password: String,
}

impl Sasl {
    /// Tells the broker the password as it is: inside of [`Tls`] only, or everybody on the way
    /// reads it.
    pub fn plain(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of("PLAIN", user.into(), password.into())
    }

    /// Proves by SCRAM-SHA-256 that it knows the password, and does not tell it.
    pub fn scram_sha_256(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of("SCRAM-SHA-256", user.into(), password.into())
    }

    /// Does the same by SCRAM-SHA-512.
    pub fn scram_sha_512(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of("SCRAM-SHA-512", user.into(), password.into())
    }

    fn of(mechanism: &'static str, user: String, password: String) -> Self {
        Self {
            mechanism,
            user,
            password,
        }
    }

    pub(crate) fn apply(&self, properties: &mut ClientConfig) {
        let with_tls = properties
            .get(PROTOCOL)
            .is_some_and(|it| it.ends_with("ssl"));
        properties
            .set(
                PROTOCOL,
                if with_tls {
                    "sasl_ssl"
                } else {
                    "sasl_plaintext"
                },
            )
            .set("sasl.mechanisms", self.mechanism)
            .set("sasl.username", &self.user)
            .set("sasl.password", &self.password);
    }
}

/// Without the password.
impl fmt::Debug for Sasl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sasl")
            .field("mechanism", &self.mechanism)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
