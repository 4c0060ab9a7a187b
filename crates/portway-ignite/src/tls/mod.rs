//! TLS towards the nodes, by rustls with ring.

mod failure;
mod options;
mod stream;

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::address::Address;
use crate::error::{ConfigurationError, Error, LossReason};
use crate::transport::Transport;

use stream::Secured;

pub use failure::TlsFailure;
pub use options::{TlsOptions, TlsOptionsError};

/// The options of a client and what is made of them once, so that all its connections share
/// sessions to resume.
pub(crate) struct Tls {
    options: TlsOptions,
    settings: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn new(options: TlsOptions) -> Self {
        Self {
            options,
            settings: OnceLock::new(),
        }
    }

    /// Reads certificates and keys, unless that was done before.
    pub(crate) fn check(&self) -> Result<(), ConfigurationError> {
        self.settings().map(drop).map_err(ConfigurationError::Tls)
    }

    fn settings(&self) -> Result<Arc<ClientConfig>, TlsOptionsError> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings.clone());
        }
        let settings = Arc::new(self.options.settings()?);
        Ok(self.settings.get_or_init(|| settings).clone())
    }

    /// Speaks TLS on an open stream to `address`.
    pub(crate) async fn secure<S>(&self, stream: S, address: &Address) -> Result<Transport, Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let settings = self.settings().map_err(ConfigurationError::Tls)?;
        let name = self.server_name(address)?;
        let stream = TlsConnector::from(settings)
            .connect(name, stream)
            .await
            .map_err(|error| self.failed(address, error))?;
        Ok(Transport {
            sends_ahead: true,
            ..Transport::new(Box::new(Secured::new(stream)))
        })
    }

    fn server_name(&self, address: &Address) -> Result<ServerName<'static>, Error> {
        let name = match (&self.options.server_name, address) {
            (Some(name), _) => name,
            (None, Address::Tcp { host, .. }) => host,
            #[cfg(unix)]
            (None, Address::Unix(_)) => return Err(no_name(address)),
        };
        ServerName::try_from(name.clone()).map_err(|_| no_name(address))
    }

    fn failed(&self, address: &Address, error: io::Error) -> Error {
        let has_certificate = self.options.has_client_certificate();
        failure(address, TlsFailure::of_handshake(error, has_certificate))
    }

    /// The error of a node that closes the connection instead of answering.
    pub(crate) fn closed_silently(&self, address: &Address) -> Error {
        let showed_certificate = self.options.has_client_certificate();
        failure(address, TlsFailure::ClosedSilently { showed_certificate })
    }

    /// Tells apart what only TLS can explain: a node looks at the client's certificate after this
    /// side is content already, so its refusal arrives as the loss of an open connection.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let Error::ConnectionLost {
            address,
            reason: LossReason::System(source),
            delivery,
        } = error
        else {
            return error;
        };
        match TlsFailure::of_alert(&source, self.options.has_client_certificate()) {
            Some(reason) => Error::Tls { address, reason },
            None => Error::ConnectionLost {
                address,
                reason: LossReason::System(source),
                delivery,
            },
        }
    }
}

fn no_name(address: &Address) -> Error {
    failure(address, TlsFailure::NoServerName)
}

fn failure(address: &Address, reason: TlsFailure) -> Error {
    Error::Tls {
        address: address.clone(),
        reason,
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(formatter)
    }
}
