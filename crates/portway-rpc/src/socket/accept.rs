//! The server's side: sockets that listen.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream, ToSocketAddrs},
    task::JoinSet,
};

use crate::{
    Peer, Stopping, Transport,
    allocator::expect_large_blocks,
    socket::{ByteStream, tune::tune},
};

/// How long to wait when the system has no more file descriptors: other connections end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A socket that listens.
pub(crate) enum ListeningSocket {
    Tcp(TcpListener),
    #[cfg(feature = "tls")]
    Tls(TcpListener, tokio_rustls::TlsAcceptor),
    #[cfg(unix)]
    Unix {
        listener: tokio::net::UnixListener,
        _file: OwnedPath,
    },
}

/// The file of a Unix socket, which goes with its listener.
#[derive(Debug)]
pub(crate) struct OwnedPath(PathBuf);

impl Drop for OwnedPath {
    fn drop(&mut self) {
        // Somebody else may have removed it, which is as good.
        let _already_gone = std::fs::remove_file(&self.0);
    }
}

/// Serves the stream of one connection.
pub(crate) trait ServeStream: Send {
    /// Serves it until it ends.
    fn serve<T: ByteStream>(self, stream: T, peer: Peer) -> impl Future<Output = ()> + Send;
}

impl ListeningSocket {
    pub(crate) async fn tcp(address: impl ToSocketAddrs) -> io::Result<Self> {
        Ok(Self::Tcp(TcpListener::bind(address).await?))
    }

    #[cfg(feature = "tls")]
    pub(crate) async fn tls(
        address: impl ToSocketAddrs,
        tls: std::sync::Arc<rustls::ServerConfig>,
    ) -> io::Result<Self> {
        Ok(Self::Tls(TcpListener::bind(address).await?, tls.into()))
    }

    /// Listens on a Unix socket. A file that a dead server left is replaced; one that somebody
    /// listens on is not.
    #[cfg(unix)]
    pub(crate) fn unix(path: &Path) -> io::Result<Self> {
        let abandoned = |error: &io::Error| {
            error.kind() == io::ErrorKind::AddrInUse
                && std::os::unix::net::UnixStream::connect(path)
                    .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        };
        let listener = match tokio::net::UnixListener::bind(path) {
            Err(error) if abandoned(&error) => {
                std::fs::remove_file(path)?;
                tokio::net::UnixListener::bind(path)?
            }
            bound => bound?,
        };
        Ok(Self::Unix {
            listener,
            _file: OwnedPath(path.to_owned()),
        })
    }

    /// Returns the address that it listens on; nothing for a Unix socket.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(feature = "tls")]
            Self::Tls(listener, _) => listener.local_addr().ok(),
            #[cfg(unix)]
            Self::Unix { .. } => None,
        }
    }

    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                tune(&stream, address);
                Ok(Accepted::Tcp(stream, address))
            }
            #[cfg(feature = "tls")]
            Self::Tls(listener, tls) => {
                let (stream, address) = listener.accept().await?;
                tune(&stream, address);
                Ok(Accepted::Tls(stream, address, tls.clone()))
            }
            #[cfg(unix)]
            Self::Unix { listener, .. } => Ok(Accepted::Unix(listener.accept().await?.0)),
        }
    }
}

/// A connection that was accepted.
pub(super) enum Accepted {
    Tcp(TcpStream, SocketAddr),
    #[cfg(feature = "tls")]
    Tls(TcpStream, SocketAddr, tokio_rustls::TlsAcceptor),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Accepted {
    /// Serves it; a TLS handshake may take as long as a `greeting`.
    async fn serve(self, server: impl ServeStream, greeting: Duration) {
        match self {
            Self::Tcp(stream, address) => {
                let peer = Peer::new(Transport::Tcp).with_address(address);
                server.serve(stream, peer).await;
            }
            #[cfg(feature = "tls")]
            Self::Tls(stream, address, tls) => {
                let peer = Peer::new(Transport::Tls).with_address(address);
                match crate::socket::tls::accept(stream, peer, &tls, greeting).await {
                    Ok((stream, peer)) => server.serve(stream, peer).await,
                    Err(error) => tracing::info!(%error, %address, "a TLS handshake failed"),
                }
            }
            #[cfg(unix)]
            Self::Unix(stream) => {
                let mut peer = Peer::new(Transport::Unix);
                if let Ok(process) = stream.peer_cred() {
                    peer = peer.with_process(process.uid(), process.gid());
                }
                server.serve(stream, peer).await;
            }
        }
        #[cfg(not(feature = "tls"))]
        let _for_tls = greeting;
    }
}

/// Accepts connections until the server stops, `limit` at a time; then waits for their ends.
///
/// `serve` makes what serves a connection, which may take as long as a `greeting` to come about.
pub(crate) async fn accept_all<S: ServeStream + 'static>(
    socket: ListeningSocket,
    limit: usize,
    greeting: Duration,
    stopping: &Stopping,
    serve: impl Fn() -> S,
) -> io::Result<()> {
    expect_large_blocks();
    let mut connections = JoinSet::new();
    let mut gently = stopping.gently.cancelled();
    loop {
        let has_room = connections.len() < limit;
        tokio::select! {
            _ = &mut gently => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = socket.accept(), if has_room => match accepted {
                Ok(accepted) => {
                    connections.spawn(accepted.serve(serve(), greeting));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    for accepted in socket.close(limit.saturating_sub(connections.len()))? {
        connections.spawn(accepted.serve(serve(), greeting));
    }
    while connections.join_next().await.is_some() {}
    Ok(())
}
