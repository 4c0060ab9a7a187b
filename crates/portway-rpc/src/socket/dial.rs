//! The client's side: how a server is reached.

use std::{future::Future, io, time::Duration};

use tokio::net::TcpStream;

use crate::{
    Status,
    allocator::expect_large_blocks,
    socket::{ByteStream, Place, tune::tune},
};

/// How a client reaches a server.
#[derive(Debug)]
pub(crate) struct Dialer {
    place: Place,
    /// The place as errors name it.
    name: String,
    #[cfg(feature = "tls")]
    tls: Option<crate::socket::tls::ClientTls>,
}

/// Makes something of a stream to a server.
pub(crate) trait UseStream {
    type Made;

    /// Returns how long the server may take to answer at all.
    fn greeting(&self) -> Duration;

    /// Makes it.
    fn use_stream<T: ByteStream>(
        &self,
        stream: T,
    ) -> impl Future<Output = Result<Self::Made, Status>> + Send;
}

impl Dialer {
    #[cfg(feature = "tls")]
    pub(crate) fn new(
        place: Place,
        name: String,
        tls: Option<&std::sync::Arc<rustls::ClientConfig>>,
    ) -> Result<Self, Status> {
        Ok(Self {
            tls: crate::socket::tls::ClientTls::of(&place, tls)?,
            place,
            name,
        })
    }

    #[cfg(not(feature = "tls"))]
    pub(crate) fn new(place: Place, name: String) -> Result<Self, Status> {
        if let Place::Tls(host) = place {
            let text = format!("TLS to {host} needs the feature `tls` of portway-rpc");
            return Err(Status::invalid_argument(text));
        }
        Ok(Self { place, name })
    }

    /// Connects once.
    pub(crate) async fn dial<U: UseStream>(&self, user: &U) -> Result<U::Made, Status> {
        expect_large_blocks();
        match &self.place {
            Place::Tcp(host) => {
                let stream = self.in_time(user.greeting(), connect_tcp(host)).await?;
                user.use_stream(stream).await
            }
            #[cfg(unix)]
            Place::Unix(path) => {
                let connecting = tokio::net::UnixStream::connect(path);
                let stream = self.in_time(user.greeting(), connecting).await?;
                user.use_stream(stream).await
            }
            #[cfg(feature = "tls")]
            Place::Tls(host) => {
                let stream = self
                    .in_time(user.greeting(), self.connect_tls(host))
                    .await?;
                user.use_stream(stream).await
            }
            #[cfg(any(not(unix), not(feature = "tls")))]
            _ => Err(self.failed(io::ErrorKind::Unsupported.into())),
        }
    }

    #[cfg(feature = "tls")]
    async fn connect_tls(
        &self,
        host: &str,
    ) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let tls = self.tls.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        tls.connect(connect_tcp(host).await?).await
    }

    /// Waits for a connection, not for ever: a server that accepts and says nothing is none.
    async fn in_time<T>(
        &self,
        limit: Duration,
        connecting: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Status> {
        let connected = tokio::time::timeout(limit, connecting).await;
        let connected = connected.unwrap_or_else(|late| Err(late.into()));
        connected.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> Status {
        let text = format!("{} cannot be reached: {error}", self.name);
        Status::unavailable(text).with_source(error)
    }
}

async fn connect_tcp(host: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(host).await?;
    tune(&stream, stream.peer_addr()?);
    Ok(stream)
}
