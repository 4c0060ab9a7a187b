//! Connections inside TLS.

use std::{io, sync::Arc, time::Duration};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::{Peer, Status, socket::Place};

/// What a client needs to reach a server inside TLS.
pub(crate) struct ClientTls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl std::fmt::Debug for ClientTls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ClientTls")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl ClientTls {
    /// Makes it if the place is inside TLS.
    pub(crate) fn of(
        place: &Place,
        configuration: Option<&Arc<ClientConfig>>,
    ) -> Result<Option<Self>, Status> {
        let Place::Tls(host) = place else {
            return Ok(None);
        };
        let missing = || {
            Status::invalid_argument("a target inside TLS needs the option `tls` of the channel")
        };
        let configuration = configuration.ok_or_else(missing)?;
        let name = host
            .rsplit_once(':')
            .map_or(host.as_str(), |(name, _)| name);
        let name = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(name).map_err(|error| {
            Status::invalid_argument("the target has no name for TLS").with_source(error)
        })?;
        Ok(Some(Self {
            connector: Arc::clone(configuration).into(),
            name,
        }))
    }

    pub(crate) async fn connect(
        &self,
        stream: TcpStream,
    ) -> io::Result<client::TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

/// Carries out the handshake of a server; the certificates of the client go into `peer`.
pub(crate) async fn accept(
    stream: TcpStream,
    peer: Peer,
    tls: &TlsAcceptor,
    timeout: Duration,
) -> io::Result<(server::TlsStream<TcpStream>, Peer)> {
    let stream = tokio::time::timeout(timeout, tls.accept(stream)).await??;
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let certificates = certificates
        .iter()
        .map(|certificate| certificate.to_vec())
        .collect();
    Ok((stream, peer.with_certificates(certificates)))
}
