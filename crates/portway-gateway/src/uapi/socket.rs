//! The socket as a file: made so that only its owner can open it, and removed by nobody else.

use std::{
    fs, io,
    os::unix::{
        fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use mio::net::UnixListener;
use rustix::fs::Mode;
use socket2::{Domain, SockAddr, Socket, Type};

/// Where `wg` looks for user-space interfaces.
pub const SOCKET_DIRECTORY: &str = "/var/run/wireguard";

/// Connections that wait to be accepted; `wg` makes one at a time.
const BACKLOG: i32 = 16;

/// A listening socket and the file it is reached by.
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode: another process may have replaced the file.
    identity: (u64, u64),
}

impl SocketFile {
    /// Binds `path`, in place of a socket that nobody answers at any more.
    pub(super) fn bind(path: &Path) -> io::Result<(Self, UnixListener)> {
        if let Some(directory) = path.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)?;
        }
        remove_stale(path)?;
        let listener = bind_private(path)?;
        let identity = identity(path)?;
        Ok((
            Self {
                path: path.to_owned(),
                identity,
            },
            listener,
        ))
    }

    /// The path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is still there, and still this socket.
    pub(super) fn exists(&self) -> bool {
        identity(&self.path).is_ok_and(|found| found == self.identity)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.exists()
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "cannot remove the UAPI socket");
        }
    }
}

/// Binds a socket whose file has mode 0600 from its first moment on: Linux takes the mode that the
/// socket has before it is bound.
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    socket.bind(&SockAddr::unix(path)?)?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(UnixListener::from_std(socket.into()))
}

/// Removes a socket whose owner has gone; what is not a socket, or answers, stays.
fn remove_stale(path: &Path) -> io::Result<()> {
    match UnixStream::connect(path) {
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && is_socket(path) => {
            fs::remove_file(path)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
