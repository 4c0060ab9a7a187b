//! The listening socket with its thread.

use std::{
    io,
    os::{fd::AsRawFd as _, unix::net::UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use mio::{Events, Interest, Poll, Token, Waker, net::UnixListener, unix::SourceFd};
use rustix::{
    fd::OwnedFd,
    fs::inotify::{self, CreateFlags, WatchFlags},
};
use tokio::sync::watch;

use super::{Device, connection, socket::SocketFile};

/// The most connections at a time. `wg` makes one, a metrics exporter another.
const MOST_CONNECTIONS: usize = 32;

/// Stack of a connection's thread: it calls nothing deep.
const STACK_SIZE: usize = 256 * 1024;

const LISTENER: Token = Token(0);
const WATCH: Token = Token(1);
const STOP: Token = Token(2);

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UapiServerError {
    /// Another process answers at this socket.
    #[error("another program serves {}", path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// The socket cannot be made.
    #[error("cannot listen at {}", path.display())]
    Listen {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The UAPI socket of one device. Dropping it closes all connections and removes the file.
pub struct UapiServer {
    path: PathBuf,
    stop: Arc<Waker>,
    ended: watch::Receiver<bool>,
    thread: Option<JoinHandle<()>>,
}

impl UapiServer {
    /// Listens at `path`, whose folder is made (mode 0700) if it is missing; the file has mode
    /// 0600. A file that was left behind by a process that died is replaced.
    ///
    /// # Errors
    ///
    /// Fails when another process answers there or the system refuses.
    pub fn start(path: &Path, device: Arc<dyn Device>) -> Result<Self, UapiServerError> {
        Self::try_start(path, device).map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => UapiServerError::InUse {
                path: path.to_owned(),
            },
            _ => UapiServerError::Listen {
                path: path.to_owned(),
                source,
            },
        })
    }

    fn try_start(path: &Path, device: Arc<dyn Device>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let stop = Arc::new(Waker::new(poll.registry(), STOP)?);
        let acceptor = Acceptor::bind(path, device, poll)?;
        let (has_ended, ended) = watch::channel(false);
        let thread = thread::Builder::new()
            .name("uapi".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || {
                acceptor.run();
                let _ = has_ended.send(true);
            })?;
        Ok(Self {
            path: path.to_owned(),
            stop,
            ended,
            thread: Some(thread),
        })
    }

    /// The path of the socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until somebody removes the socket's file, which is how an interface is told to end.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again.
    pub async fn removed(&mut self) {
        // The sender goes away with the thread, which means the same.
        let _ = self.ended.wait_for(|ended| *ended).await;
    }
}

impl Drop for UapiServer {
    fn drop(&mut self) {
        if let Err(error) = self.stop.wake() {
            tracing::warn!(%error, "cannot stop the UAPI socket");
        } else if let Some(thread) = self.thread.take() {
            // A panic of that thread was reported where it happened.
            let _ = thread.join();
        }
    }
}

/// Accepts connections on a thread of its own.
struct Acceptor {
    poll: Poll,
    listener: UnixListener,
    file: SocketFile,
    watch: OwnedFd,
    device: Arc<dyn Device>,
    connections: Vec<Connection>,
}

impl Acceptor {
    fn bind(path: &Path, device: Arc<dyn Device>, poll: Poll) -> io::Result<Self> {
        let (file, mut listener) = SocketFile::bind(path)?;
        let watch = watch_removal(file.path())?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)?;
        let source = &mut SourceFd(&watch.as_raw_fd());
        poll.registry()
            .register(source, WATCH, Interest::READABLE)?;
        Ok(Self {
            poll,
            listener,
            file,
            watch,
            device,
            connections: Vec::new(),
        })
    }

    /// Runs until it is stopped or the socket's file is gone.
    fn run(mut self) {
        let mut events = Events::with_capacity(8);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return tracing::error!(%error, "the UAPI socket ends"),
                Ok(()) => {}
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept_all(),
                    WATCH if self.has_lost_its_file() => return,
                    STOP => return,
                    _ => {}
                }
            }
        }
    }

    fn accept_all(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            self.connections
                .retain(|connection| !connection.has_ended());
            if self.connections.len() >= MOST_CONNECTIONS {
                tracing::warn!(
                    "refused a connection to the UAPI socket: {MOST_CONNECTIONS} are open"
                );
                continue;
            }
            match Connection::start(stream.into(), Arc::clone(&self.device)) {
                Ok(connection) => self.connections.push(connection),
                Err(error) => tracing::warn!(%error, "cannot serve the UAPI socket"),
            }
        }
    }

    fn has_lost_its_file(&self) -> bool {
        // What happened is of no interest: the file is looked at afterwards.
        let mut events = [0; 1024];
        while rustix::io::read(&self.watch, &mut events).is_ok_and(|length| length > 0) {}
        !self.file.exists()
    }
}

/// Reports when the file at `path` is removed or renamed.
fn watch_removal(path: &Path) -> io::Result<OwnedFd> {
    let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    // An open socket keeps its inode, so that removal changes its link count: an attribute.
    let what = WatchFlags::ATTRIB | WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF;
    inotify::add_watch(&watch, path, what)?;
    Ok(watch)
}

/// A connection that is served by a thread; dropping it closes the connection.
struct Connection {
    stream: UnixStream,
    has_ended: Arc<AtomicBool>,
}

impl Connection {
    fn start(stream: UnixStream, device: Arc<dyn Device>) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        let has_ended = Arc::new(AtomicBool::new(false));
        let connection = Self {
            stream: stream.try_clone()?,
            has_ended: Arc::clone(&has_ended),
        };
        thread::Builder::new()
            .name("uapi-peer".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || {
                if let Err(error) = connection::serve(&stream, &*device) {
                    tracing::debug!(%error, "a connection to the UAPI socket ended early");
                }
                // The other clone would keep the connection open until the next one is accepted.
                let _ = stream.shutdown(std::net::Shutdown::Both);
                has_ended.store(true, Ordering::Release);
            })?;
        Ok(connection)
    }

    fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Already closed by the other side, if this fails.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}
