//! What a client is told about TLS.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use zeroize::Zeroizing;

/// How to speak TLS with the nodes: whom to trust and who this client is.
///
/// The node must show a certificate that is valid, leads to a trusted authority, and is for the
/// host of its address. There is no switch that turns this off: a node with a certificate of its
/// own making is trusted by naming that certificate as an authority. TLS 1.2 and 1.3 are spoken.
///
/// ```no_run
/// use portway_ignite::{ClientConfiguration, TlsOptions};
///
/// let tls = TlsOptions::new()
///     .authority_file("/etc/grid/ca.pem")
///     .client_certificate_files("/etc/grid/client.pem", "/etc/grid/client.key");
/// let configuration = ClientConfiguration::new(["grid-1:10800"]).tls(tls);
/// ```
///
/// Files are read when the client connects. The private key is never shown by `Debug`, and the
/// memory of its text is overwritten when the options are dropped.
#[derive(Clone, Default)]
pub struct TlsOptions {
    authorities: Vec<Pem>,
    trusts_system: bool,
    identity: Option<Identity>,
    pub(super) server_name: Option<String>,
}

/// Text in the PEM format, or where it is.
#[derive(Clone)]
enum Pem {
    File(PathBuf),
    Text(Zeroizing<Vec<u8>>),
}

#[derive(Clone)]
struct Identity {
    chain: Pem,
    key: Pem,
}

impl TlsOptions {
    /// Trusts nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the authorities whose certificates are in a PEM file.
    #[must_use]
    pub fn authority_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.authorities.push(Pem::File(path.into()));
        self
    }

    /// Trusts the authorities whose certificates are in this PEM text.
    #[must_use]
    pub fn authority(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.authorities.push(Pem::text(pem));
        self
    }

    /// Trusts the authorities that the system trusts, as a browser does.
    #[must_use]
    pub fn system_authorities(mut self) -> Self {
        self.trusts_system = true;
        self
    }

    /// Shows a certificate to nodes that ask for one, with its private key; both are PEM files.
    ///
    /// The first file begins with the client's own certificate, followed by those of the
    /// authorities between it and the one that the nodes trust.
    #[must_use]
    pub fn client_certificate_files(
        mut self,
        chain: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.identity = Some(Identity {
            chain: Pem::File(chain.into()),
            key: Pem::File(key.into()),
        });
        self
    }

    /// As [`client_certificate_files`](Self::client_certificate_files), with PEM texts.
    #[must_use]
    pub fn client_certificate(mut self, chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        self.identity = Some(Identity {
            chain: Pem::text(chain),
            key: Pem::text(key),
        });
        self
    }

    /// Expects this name in the certificates of all nodes. Default: the host of each address.
    ///
    /// It is for certificates that are made out to the cluster rather than to a host, and needed
    /// for nodes that are reached by a Unix socket.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    pub(super) fn has_client_certificate(&self) -> bool {
        self.identity.is_some()
    }

    /// Reads everything and makes what rustls wants.
    pub(super) fn settings(&self) -> Result<ClientConfig, TlsOptionsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_root_certificates(self.trusted()?);
        match &self.identity {
            None => Ok(builder.with_no_client_auth()),
            Some(Identity { chain, key }) => builder
                .with_client_auth_cert(chain.certificates()?, key.private_key()?)
                .map_err(unusable),
        }
    }

    fn trusted(&self) -> Result<RootCertStore, TlsOptionsError> {
        let mut trusted = RootCertStore::empty();
        for pem in &self.authorities {
            for certificate in pem.certificates()? {
                trusted.add(certificate).map_err(unusable)?;
            }
        }
        if self.trusts_system {
            // One odd certificate among a hundred must not take the others away.
            let found = rustls_native_certs::load_native_certs();
            trusted.add_parsable_certificates(found.certs);
        }
        if trusted.is_empty() {
            return Err(TlsOptionsError::NoAuthority);
        }
        Ok(trusted)
    }
}

impl Pem {
    fn text(pem: impl AsRef<[u8]>) -> Self {
        Self::Text(Zeroizing::new(pem.as_ref().to_vec()))
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, TlsOptionsError> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File(path) => std::fs::read(path).map(Zeroizing::new).map_err(|error| {
                let (path, source) = (path.clone(), Arc::new(error));
                TlsOptionsError::File { path, source }
            }),
        }
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsOptionsError> {
        let text = self.read()?;
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        match found {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            Ok(_) => Err(self.lacks("certificate", &pem::Error::NoItemsFound)),
            Err(error) => Err(self.lacks("certificate", &error)),
        }
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsOptionsError> {
        PrivateKeyDer::from_pem_slice(&self.read()?)
            .map_err(|error| self.lacks("private key", &error))
    }

    fn lacks(&self, what: &'static str, error: &pem::Error) -> TlsOptionsError {
        TlsOptionsError::Pem {
            what,
            place: self.place(),
            reason: error.to_string(),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Text(_) => "the given text".to_owned(),
        }
    }
}

fn unusable(error: rustls::Error) -> TlsOptionsError {
    TlsOptionsError::Unusable(Arc::new(error))
}

impl fmt::Debug for TlsOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = |pems: &[Pem]| pems.iter().map(Pem::place).collect::<Vec<_>>();
        let identity = self.identity.as_ref();
        formatter
            .debug_struct("TlsOptions")
            .field("authorities", &places(&self.authorities))
            .field("trusts_system", &self.trusts_system)
            .field("client_certificate", &identity.map(|it| it.chain.place()))
            .field("server_name", &self.server_name)
            .finish()
    }
}

/// Why [`TlsOptions`] cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsOptionsError {
    /// Nobody is trusted, so no node could be.
    #[error(
        "no authority is trusted; name one with TlsOptions::authority_file, or \
         TlsOptions::system_authorities on a system that has some"
    )]
    NoAuthority,
    /// A file cannot be read.
    #[error("cannot read {}: {source}; check the path and the rights of this user", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// A text does not hold what it should.
    #[error("{place} holds no usable {what} in the PEM format: {reason}")]
    Pem {
        /// What it should hold.
        what: &'static str,
        /// The file, or that it was a text.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A certificate or key cannot be used, or they do not belong together.
    #[error("the certificates or the private key cannot be used: {0}")]
    Unusable(#[source] Arc<dyn std::error::Error + Send + Sync>),
}
