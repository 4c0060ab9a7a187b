//! Why TLS with a node fails, in words that tell what to do.

use std::io;
use std::sync::Arc;

use rustls::{AlertDescription, CertificateError};

/// Why a node and this client do not come to speak TLS.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The node's certificate leads to no authority that is trusted here.
    #[error(
        "its certificate is signed by an authority that is not trusted here; name the authority's \
         certificate with TlsOptions::authority_file"
    )]
    UnknownAuthority,

    /// The node's certificate is for another name.
    #[error(
        "its certificate is not for the name {expected:?} but for {presented:?}; use an address \
         that it is for, or set TlsOptions::server_name"
    )]
    NameMismatch {
        /// The name that was looked for.
        expected: String,
        /// The names of the certificate, if they could be read.
        presented: Vec<String>,
    },

    /// The node's certificate is too old or not valid yet.
    #[error("its certificate is not valid now; renew it, or set the clock of this machine")]
    OutOfDate,

    /// The node asks for a certificate of the client, and none is configured.
    #[error(
        "it asks for a certificate of the client; give one that it trusts with \
         TlsOptions::client_certificate_files"
    )]
    ClientCertificateRequired,

    /// The node does not accept the certificate of the client.
    #[error(
        "it refuses the certificate of this client ({alert}); use one whose authority is in the \
         node's trust store"
    )]
    ClientCertificateRefused {
        /// The node's reason, as TLS names it.
        alert: String,
    },

    /// The node closed the connection after the TLS handshake, before a word of its own protocol.
    ///
    /// Ignite does so with a client whose certificate it misses or does not trust.
    #[error(
        "it closed the connection without a word, as Ignite does where it wants a certificate of \
         the client; {}",
        advice(*.showed_certificate)
    )]
    ClosedSilently {
        /// Whether this client has a certificate to show.
        showed_certificate: bool,
    },

    /// What came is not TLS, or nothing came.
    #[error(
        "it does not answer in TLS; connect without TLS, or set sslEnabled in the node's \
         ClientConnectorConfiguration"
    )]
    NotTls,

    /// There is no name that the node's certificate could be checked against.
    #[error("there is no name to check its certificate against; set TlsOptions::server_name")]
    NoServerName,

    /// Another reason.
    #[error("{0}")]
    Other(#[source] Arc<io::Error>),
}

impl TlsFailure {
    /// The reason of a failed TLS handshake.
    pub(super) fn of_handshake(error: io::Error, has_certificate: bool) -> Self {
        match inner(&error) {
            Some(rustls::Error::InvalidCertificate(reason)) => {
                Self::of_certificate(reason).unwrap_or_else(|| Self::Other(Arc::new(error)))
            }
            Some(rustls::Error::InvalidMessage(_)) => Self::NotTls,
            None if error.kind() == io::ErrorKind::UnexpectedEof => Self::NotTls,
            _ => Self::of_alert(&error, has_certificate)
                .unwrap_or_else(|| Self::Other(Arc::new(error))),
        }
    }

    fn of_certificate(reason: &CertificateError) -> Option<Self> {
        Some(match reason {
            // A bad signature: an authority of the same name, with another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Self::UnknownAuthority
            }
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => Self::NameMismatch {
                expected: expected.to_str().into_owned(),
                presented: presented.clone(),
            },
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Self::OutOfDate,
            _ => return None,
        })
    }

    /// The reason why the node ended the connection, if it told one about certificates.
    pub(super) fn of_alert(error: &io::Error, has_certificate: bool) -> Option<Self> {
        let Some(rustls::Error::AlertReceived(alert)) = inner(error) else {
            return None;
        };
        let concerns_certificate = matches!(
            alert,
            AlertDescription::CertificateRequired
                | AlertDescription::NoCertificate
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::DecryptError
        );
        concerns_certificate.then(|| match has_certificate {
            true => Self::ClientCertificateRefused {
                alert: format!("{alert:?}"),
            },
            false => Self::ClientCertificateRequired,
        })
    }
}

fn advice(showed_certificate: bool) -> &'static str {
    match showed_certificate {
        true => "use one whose authority is in the node's trust store",
        false => "give one that it trusts with TlsOptions::client_certificate_files",
    }
}

fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
