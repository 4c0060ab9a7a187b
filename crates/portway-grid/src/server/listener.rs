//! Where clients can connect.

use std::fmt;
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::{Path, PathBuf};

use portway_ignite_protocol::Credentials;
use tokio::net::{TcpListener, ToSocketAddrs};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixSocket};

/// Connections that may wait to be accepted on a Unix socket.
#[cfg(unix)]
const BACKLOG: u32 = 128;

/// A bound socket, and who may use it.
///
/// Unless it is given TLS, bytes are sent as they are: off loopback anyone on the way can read them.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: Socket,
    pub(super) address: ListenAddress,
    pub(super) credentials: Option<Credentials>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<super::tls::ListenerTls>,
}

#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        socket: UnixListener,
        _file: SocketFile,
    },
}

/// Where a [`Listener`] listens, written as clients are told it: `HOST:PORT` or `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListenAddress {
    /// A TCP address with its real port.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    #[cfg(unix)]
    Unix(PathBuf),
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            #[cfg(unix)]
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

impl Listener {
    /// Listens on a TCP address; port 0 takes a free one. Anyone who reaches it is served until
    /// [`Listener::with_credentials`] says otherwise.
    ///
    /// # Errors
    /// What binding fails with: an address in use, or not of this host.
    pub async fn bind_tcp(address: impl ToSocketAddrs) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = ListenAddress::Tcp(listener.local_addr()?);
        Ok(Self {
            socket: Socket::Tcp(listener),
            address,
            credentials: None,
            #[cfg(feature = "tls")]
            tls: None,
        })
    }

    /// Listens on a Unix socket that only its owner can use. A socket file that nobody listens on
    /// is replaced. The file is removed when the listener ends.
    ///
    /// # Errors
    /// [`io::ErrorKind::AddrInUse`] when somebody listens there; what the file system refuses.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[cfg(unix)]
    pub fn bind_unix(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            let reason = format!("another process listens on {}", path.display());
            return Err(io::Error::new(io::ErrorKind::AddrInUse, reason));
        }
        let listener = bind_private(path)?;
        let address = ListenAddress::Unix(path.to_owned());
        let file = SocketFile {
            path: path.to_owned(),
        };
        Ok(Self {
            socket: Socket::Unix {
                socket: listener,
                _file: file,
            },
            address,
            credentials: None,
            #[cfg(feature = "tls")]
            tls: None,
        })
    }

    /// Serves only clients that know this user and password.
    #[must_use]
    pub fn with_credentials(self, credentials: Credentials) -> Self {
        Self {
            credentials: Some(credentials),
            ..self
        }
    }

    /// Speaks TLS with all who connect.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(self, tls: super::ListenerTls) -> Self {
        Self {
            tls: Some(tls),
            ..self
        }
    }

    /// Where it listens, with the real port.
    pub fn address(&self) -> &ListenAddress {
        &self.address
    }
}

/// Binds under another name, narrows the rights, takes the name and only then listens: at no moment
/// can anyone else connect.
#[cfg(unix)]
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;

    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    let unfinished = SocketFile {
        path: unfinished.into(),
    };
    let _ = std::fs::remove_file(&unfinished.path);
    let socket = UnixSocket::new_stream()?;
    socket.bind(&unfinished.path)?;
    std::fs::set_permissions(&unfinished.path, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&unfinished.path, path)?;
    socket.listen(BACKLOG)
}

/// Removes a socket's file in the end.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
}

#[cfg(unix)]
impl Drop for SocketFile {
    fn drop(&mut self) {
        // Renamed or removed by somebody else: nothing left to do.
        let _ = std::fs::remove_file(&self.path);
    }
}
