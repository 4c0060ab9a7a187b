//! TLS of a listener: its certificate, and whose certificates it asks clients for.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How a [`Listener`](crate::Listener) speaks TLS (1.2 and 1.3, by rustls with ring).
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use portway_grid::ListenerTls;
///
/// // Only clients with a certificate of this authority come in.
/// let tls = ListenerTls::new(&std::fs::read("node.pem")?, &std::fs::read("node.key")?)?
///     .client_authority(&std::fs::read("clients.pem")?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ListenerTls {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
    acceptor: TlsAcceptor,
}

/// Why certificates or keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenerTlsError {
    /// What should be PEM is none, or holds no certificate or key.
    #[error("the {what} cannot be read: {source}; give it as PEM")]
    Unreadable {
        /// Which of them.
        what: &'static str,
        /// What is wrong there.
        source: pem::Error,
    },
    /// There is no certificate in it.
    #[error("the {what} has no certificate in it; give at least one as PEM")]
    Empty {
        /// Which of them.
        what: &'static str,
    },
    /// Certificate and key do not go together, or are of a kind that is not supported.
    #[error("certificate and key cannot be used: {0}; use a key of that certificate")]
    Unusable(#[from] rustls::Error),
    /// The authority's certificate is not usable.
    #[error("the authority of clients cannot be used: {0}")]
    Authority(#[from] VerifierBuilderError),
}

impl ListenerTls {
    /// Uses a chain of certificates, the own one first, and its private key, both in PEM.
    ///
    /// # Errors
    /// When they cannot be read or do not go together.
    pub fn new(chain: &[u8], key: &[u8]) -> Result<Self, ListenerTlsError> {
        let chain = certificates(chain, "certificate")?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|source| {
            let what = "private key";
            ListenerTlsError::Unreadable { what, source }
        })?;
        let configuration = builder()?
            .with_no_client_auth()
            .with_single_cert(chain.clone(), key.clone_key())?;
        Ok(Self {
            chain,
            key: Arc::new(key),
            acceptor: Arc::new(configuration).into(),
        })
    }

    /// Serves only clients that show a certificate of this authority (PEM, one or several).
    ///
    /// # Errors
    /// When the certificates cannot be read.
    pub fn client_authority(self, authority: &[u8]) -> Result<Self, ListenerTlsError> {
        let what = "authority of clients";
        let mut roots = RootCertStore::empty();
        for certificate in certificates(authority, what)? {
            roots.add(certificate)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        let configuration = builder()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(self.chain.clone(), self.key.clone_key())?;
        Ok(Self {
            acceptor: Arc::new(configuration).into(),
            ..self
        })
    }

    pub(super) async fn secure(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

type Builder = rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>;

fn builder() -> Result<Builder, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

fn certificates(
    pem: &[u8],
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, ListenerTlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates =
        certificates.map_err(|source| ListenerTlsError::Unreadable { what, source })?;
    match certificates.is_empty() {
        true => Err(ListenerTlsError::Empty { what }),
        false => Ok(certificates),
    }
}

/// Without the key.
impl fmt::Debug for ListenerTls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ListenerTls")
            .field("certificates", &self.chain.len())
            .finish_non_exhaustive()
    }
}
