//! Accepts framed connections.

use std::{fmt, future::Future, io, net::SocketAddr, path::Path, pin::Pin, sync::Arc};

use tokio::net::{TcpListener, ToSocketAddrs};

use crate::{
    FramedOptions, Peer, Reach, Router,
    framed::server::serve,
    server::{Listen, Stopping},
    socket::{ByteStream, ListeningSocket, ServeStream, accept_all},
};

/// Accepts framed connections over TCP, Unix sockets or TLS.
pub struct FramedListener {
    socket: ListeningSocket,
    options: FramedOptions,
}

impl FramedListener {
    /// Listens on a TCP address; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says.
    pub async fn tcp(address: impl ToSocketAddrs, options: FramedOptions) -> io::Result<Self> {
        Ok(Self {
            socket: ListeningSocket::tcp(address).await?,
            options,
        })
    }

    /// Serves a socket that listens already.
    pub fn from_tcp(listener: TcpListener, options: FramedOptions) -> Self {
        Self {
            socket: ListeningSocket::Tcp(listener),
            options,
        }
    }

    /// Listens on a Unix socket; the file is removed when the listener ends.
    ///
    /// A file that a dead server left is replaced; one that somebody listens on is not.
    ///
    /// # Errors
    /// What the system says.
    #[cfg(unix)]
    pub fn unix(path: impl AsRef<Path>, options: FramedOptions) -> io::Result<Self> {
        let socket = ListeningSocket::unix(path.as_ref())?;
        Ok(Self { socket, options })
    }

    /// Listens on a TCP address inside TLS. With a client verifier in `tls`, the certificates of
    /// clients are in [`Peer::certificates`].
    ///
    /// # Errors
    /// What the system says.
    #[cfg(feature = "tls")]
    pub async fn tls(
        address: impl ToSocketAddrs,
        tls: Arc<rustls::ServerConfig>,
        options: FramedOptions,
    ) -> io::Result<Self> {
        Ok(Self {
            socket: ListeningSocket::tls(address, tls).await?,
            options,
        })
    }

    /// Returns the address that it listens on; nothing for a Unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        self.socket.address()
    }

    async fn run(self, router: Arc<Router>, stopping: Stopping) -> io::Result<()> {
        let Self { socket, options } = self;
        let (limit, greeting) = (options.connections, options.greeting);
        let serve = || ServeFramed {
            router: Arc::clone(&router),
            options: options.clone(),
            stopping: stopping.clone(),
        };
        accept_all(socket, limit, greeting, &stopping, serve).await
    }
}

struct ServeFramed {
    router: Arc<Router>,
    options: FramedOptions,
    stopping: Stopping,
}

impl ServeStream for ServeFramed {
    async fn serve<T: ByteStream>(self, stream: T, peer: Peer) {
        serve(stream, peer, self.router, self.options, self.stopping).await;
    }
}

impl fmt::Debug for FramedListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FramedListener")
            .field("address", &self.address())
            .field("options", &self.options)
            .finish()
    }
}

impl<R: Reach> Listen<R> for FramedListener {
    fn listen(
        self: Box<Self>,
        router: Arc<Router>,
        stopping: Stopping,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> {
        Box::pin(self.run(router, stopping))
    }
}
