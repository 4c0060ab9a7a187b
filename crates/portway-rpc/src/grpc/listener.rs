//! Accepts gRPC connections.

use std::{fmt, future::Future, io, net::SocketAddr, path::Path, pin::Pin, sync::Arc};

use tokio::net::{TcpListener, ToSocketAddrs};

use crate::{
    AnyTransport, GrpcOptions, Listen, Peer, Router, Stopping,
    grpc::server::serve,
    socket::{ByteStream, ListeningSocket, ServeStream, accept_all},
};

/// Accepts gRPC connections over TCP, Unix sockets or TLS.
///
/// It serves services of a `.proto`; one of a plain trait does not compile here. A server may
/// listen for framed connections and for gRPC at once:
///
/// ```no_run
/// # use portway_rpc::{AnyTransport, FramedListener, FramedOptions, GrpcListener, GrpcOptions, Server, Service, Visit};
/// # struct Greeter;
/// # impl Service for Greeter {
/// #     type Reach = AnyTransport;
/// #     const NAME: &'static str = "hello.Greeter";
/// #     fn visit<V: Visit<Self>>(_visitor: &mut V) {}
/// # }
/// # async fn serve() -> std::io::Result<()> {
/// Server::builder()
///     .service(Greeter)
///     .listen(GrpcListener::tcp("127.0.0.1:50051", GrpcOptions::new()).await?)
///     .listen(FramedListener::tcp("127.0.0.1:8080", FramedOptions::new()).await?)
///     .serve(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
///     .await
/// # }
/// ```
pub struct GrpcListener {
    socket: ListeningSocket,
    options: GrpcOptions,
}

impl GrpcListener {
    /// Listens on a TCP address; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says.
    pub async fn tcp(address: impl ToSocketAddrs, options: GrpcOptions) -> io::Result<Self> {
        Ok(Self {
            socket: ListeningSocket::tcp(address).await?,
            options,
        })
    }

    /// Serves a socket that listens already.
    pub fn from_tcp(listener: TcpListener, options: GrpcOptions) -> Self {
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
    pub fn unix(path: impl AsRef<Path>, options: GrpcOptions) -> io::Result<Self> {
        let socket = ListeningSocket::unix(path.as_ref())?;
        Ok(Self { socket, options })
    }

    /// Listens on a TCP address inside TLS. With a client verifier in `tls`, the certificates of
    /// clients are in [`Peer::certificates`]. Where `tls` names no protocols, `h2` is agreed on,
    /// which gRPC's clients ask for.
    ///
    /// # Errors
    /// What the system says.
    #[cfg(feature = "tls")]
    pub async fn tls(
        address: impl ToSocketAddrs,
        tls: Arc<rustls::ServerConfig>,
        options: GrpcOptions,
    ) -> io::Result<Self> {
        let mut tls = tls;
        if tls.alpn_protocols.is_empty() {
            Arc::make_mut(&mut tls).alpn_protocols = vec![b"h2".to_vec()];
        }
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
        let options = Arc::new(options);
        let serve = || ServeGrpc {
            router: Arc::clone(&router),
            options: Arc::clone(&options),
            stopping: stopping.clone(),
        };
        accept_all(socket, limit, greeting, &stopping, serve).await
    }
}

struct ServeGrpc {
    router: Arc<Router>,
    options: Arc<GrpcOptions>,
    stopping: Stopping,
}

impl ServeStream for ServeGrpc {
    async fn serve<T: ByteStream>(self, stream: T, peer: Peer) {
        serve(stream, peer, self.router, self.options, &self.stopping).await;
    }
}

impl fmt::Debug for GrpcListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GrpcListener")
            .field("address", &self.address())
            .field("options", &self.options)
            .finish()
    }
}

impl Listen<AnyTransport> for GrpcListener {
    fn listen(
        self: Box<Self>,
        router: Arc<Router>,
        stopping: Stopping,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> {
        Box::pin(self.run(router, stopping))
    }
}
