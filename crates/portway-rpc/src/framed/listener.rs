//! Accepts framed connections.

use std::{
    fmt,
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream, ToSocketAddrs},
    task::JoinSet,
};

use crate::{
    FramedOptions, Peer, Reach, Router, Transport,
    framed::server::serve,
    server::{Listen, Stopping},
};

/// How long to wait when the system has no more file descriptors: other connections end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts framed connections over TCP, Unix sockets or TLS.
pub struct FramedListener {
    socket: Socket,
    options: FramedOptions,
}

enum Socket {
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
struct OwnedPath(PathBuf);

impl Drop for OwnedPath {
    fn drop(&mut self) {
        // Somebody else may have removed it, which is as good.
        let _already_gone = std::fs::remove_file(&self.0);
    }
}

impl FramedListener {
    /// Listens on a TCP address; port 0 takes a free one.
    ///
    /// # Errors
    /// What the system says.
    pub async fn tcp(address: impl ToSocketAddrs, options: FramedOptions) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::Tcp(TcpListener::bind(address).await?),
            options,
        })
    }

    /// Serves a socket that listens already.
    pub fn from_tcp(listener: TcpListener, options: FramedOptions) -> Self {
        Self {
            socket: Socket::Tcp(listener),
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
        let path = path.as_ref();
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
        let socket = Socket::Unix {
            listener,
            _file: OwnedPath(path.to_owned()),
        };
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
        let listener = TcpListener::bind(address).await?;
        Ok(Self {
            socket: Socket::Tls(listener, tls.into()),
            options,
        })
    }

    /// Returns the address that it listens on; nothing for a Unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(feature = "tls")]
            Socket::Tls(listener, _) => listener.local_addr().ok(),
            #[cfg(unix)]
            Socket::Unix { .. } => None,
        }
    }

    async fn run(self, router: Arc<Router>, stopping: Stopping) -> io::Result<()> {
        let mut connections = JoinSet::new();
        let mut gently = stopping.gently.cancelled();
        loop {
            let has_room = connections.len() < self.options.connections;
            tokio::select! {
                _ = &mut gently => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = self.accept(), if has_room => match accepted {
                    Ok(accepted) => {
                        let (router, options) = (Arc::clone(&router), self.options.clone());
                        connections.spawn(accepted.serve(router, options, stopping.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        // The socket is closed first, so that new clients go elsewhere.
        drop(self);
        while connections.join_next().await.is_some() {}
        Ok(())
    }

    async fn accept(&self) -> io::Result<Accepted> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Accepted::Tcp(stream, address))
            }
            #[cfg(feature = "tls")]
            Socket::Tls(listener, tls) => {
                let (stream, address) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Accepted::Tls(stream, address, tls.clone()))
            }
            #[cfg(unix)]
            Socket::Unix { listener, .. } => Ok(Accepted::Unix(listener.accept().await?.0)),
        }
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

/// A connection that was accepted.
enum Accepted {
    Tcp(TcpStream, SocketAddr),
    #[cfg(feature = "tls")]
    Tls(TcpStream, SocketAddr, tokio_rustls::TlsAcceptor),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Accepted {
    async fn serve(self, router: Arc<Router>, options: FramedOptions, stopping: Stopping) {
        match self {
            Self::Tcp(stream, address) => {
                let peer = Peer::new(Transport::Tcp).with_address(address);
                serve(stream, peer, router, options, stopping).await;
            }
            #[cfg(feature = "tls")]
            Self::Tls(stream, address, tls) => {
                let peer = Peer::new(Transport::Tls).with_address(address);
                let greeting = options.greeting;
                match crate::framed::tls::accept(stream, peer, &tls, greeting).await {
                    Ok((stream, peer)) => serve(stream, peer, router, options, stopping).await,
                    Err(error) => tracing::info!(%error, %address, "a TLS handshake failed"),
                }
            }
            #[cfg(unix)]
            Self::Unix(stream) => {
                let mut peer = Peer::new(Transport::Unix);
                if let Ok(process) = stream.peer_cred() {
                    peer = peer.with_process(process.uid(), process.gid());
                }
                serve(stream, peer, router, options, stopping).await;
            }
        }
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
