//! The pod's side of the handshake.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::connection::{Connection, Packet};
use super::error::DevicePluginError;
use super::message::{Answer, HOST_NAME_LIMIT, MESSAGE_LIMIT, Request};
use crate::Socket;
use crate::program::SocketMap;

/// How long an answer is waited for. The plugin itself waits at least 30 seconds for a request.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Returns where the plugin's socket for `interface` is mounted into the pod: `/tmp/afxdp_dp/<interface>/afxdp.sock`.
pub fn default_path(interface: &str) -> PathBuf {
    Path::new("/tmp/afxdp_dp")
        .join(interface)
        .join("afxdp.sock")
}

/// A connection to the device plugin that has accepted this pod.
///
/// The plugin serves one connection for each socket in the pod's life, so fetch all that is needed over this one. All calls
/// block the thread, each for the [timeout](ClientBuilder::timeout) at most.
///
/// ```no_run
/// use portway_xdp::device_plugin::{Client, default_path};
///
/// # fn fetch() -> Result<(), portway_xdp::device_plugin::DevicePluginError> {
/// let mut client = Client::builder(default_path("eth1")).connect()?;
/// let map = client.socket_map("eth1")?; // then: map.insert(queue, &socket)
/// client.finish()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Client {
    connection: Connection,
    timeout: Duration,
    /// Set while an answer is out: if none came, later ones could not be told apart.
    out_of_step: bool,
}

/// Where to connect, and as whom.
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    path: PathBuf,
    host_name: Option<String>,
    timeout: Duration,
}

impl Client {
    /// Begins a connection to the plugin's socket at `path`.
    pub fn builder(path: impl Into<PathBuf>) -> ClientBuilder {
        ClientBuilder {
            path: path.into(),
            host_name: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Asks which version of the protocol the plugin speaks: "0.1" as of this writing.
    ///
    /// # Errors
    ///
    /// [`NotUnderstood`](DevicePluginError::NotUnderstood) by a plugin that is older than the request; otherwise as every
    /// request: [`UnexpectedAnswer`](DevicePluginError::UnexpectedAnswer), [`TimedOut`](DevicePluginError::TimedOut),
    /// [`Closed`](DevicePluginError::Closed), [`OutOfStep`](DevicePluginError::OutOfStep), [`Io`](DevicePluginError::Io).
    pub fn version(&mut self) -> Result<String, DevicePluginError> {
        let request = Request::Version;
        let packet = self.ask(request, None)?;
        match Answer::parse(packet.bytes()) {
            Some(Answer::Version(version)) => Ok(version),
            _ => Err(self.refusal(request, &packet)),
        }
    }

    /// Fetches the map of `interface`.
    ///
    /// # Errors
    ///
    /// [`MapRefused`](DevicePluginError::MapRefused), when the interface is not one of the pod's;
    /// [`NoMap`](DevicePluginError::NoMap), when the plugin gave something else;
    /// [`InvalidName`](DevicePluginError::InvalidName); otherwise as [`version`](Self::version).
    pub fn socket_map(&mut self, interface: &str) -> Result<SocketMap, DevicePluginError> {
        check_interface(interface)?;
        let request = Request::SocketMap { interface };
        let mut packet = self.ask(request, None)?;
        match Answer::parse(packet.bytes()) {
            Some(Answer::MapGiven) => given_map(interface, packet.descriptor.take()),
            Some(Answer::MapRefused) => Err(DevicePluginError::MapRefused {
                interface: interface.to_owned(),
            }),
            _ => Err(self.refusal(request, &packet)),
        }
    }

    /// Has the plugin set busy polling on a socket, which needs CAP_NET_ADMIN: `timeout` is how long a call may poll
    /// (SO_BUSY_POLL, in whole microseconds), `budget` how many frames at most (SO_BUSY_POLL_BUDGET).
    ///
    /// The plugin gets a copy of the socket's descriptor, and may hold it for longer than the socket lives: frames that the
    /// kernel has when the socket is dropped are then not used again.
    ///
    /// # Errors
    ///
    /// [`BusyPollRefused`](DevicePluginError::BusyPollRefused); otherwise as [`version`](Self::version). The plugin closes
    /// the connection after a refusal, so ask for the maps first.
    pub fn set_busy_poll(
        &mut self,
        socket: &mut Socket,
        timeout: Duration,
        budget: u16,
    ) -> Result<(), DevicePluginError> {
        let microseconds = u32::try_from(timeout.as_micros()).unwrap_or(u32::MAX);
        let request = Request::BusyPoll {
            microseconds,
            budget,
        };
        socket.descriptor_leaves_process();
        // SAFETY: the socket is open while it is borrowed, which is longer than the request takes; it has just been told
        // that a copy of its descriptor will exist.
        let descriptor = unsafe { BorrowedFd::borrow_raw(socket.as_raw_fd()) };
        let packet = self.ask(request, Some(descriptor))?;
        match Answer::parse(packet.bytes()) {
            Some(Answer::BusyPollSet) => {
                socket.busy_poll_is_set();
                Ok(())
            }
            Some(Answer::BusyPollRefused) => Err(DevicePluginError::BusyPollRefused),
            _ => Err(self.refusal(request, &packet)),
        }
    }

    /// Says good-bye. Merely dropping the client is fine too, but leaves an error in the plugin's log.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version). What was fetched stays good in any case.
    pub fn finish(mut self) -> Result<(), DevicePluginError> {
        let request = Request::Finish;
        let packet = self.ask(request, None)?;
        match Answer::parse(packet.bytes()) {
            Some(Answer::Finished) => Ok(()),
            _ => Err(self.refusal(request, &packet)),
        }
    }

    fn ask(
        &mut self,
        request: Request<'_>,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Result<Packet, DevicePluginError> {
        if std::mem::replace(&mut self.out_of_step, true) {
            return Err(DevicePluginError::OutOfStep);
        }
        let text = request.to_string();
        let sent = self.connection.send(&text, descriptor);
        match sent.and_then(|()| self.connection.receive()) {
            Ok(Some(packet)) => {
                self.out_of_step = false;
                Ok(packet)
            }
            Ok(None) => Err(DevicePluginError::Closed { request: text }),
            Err(error) => Err(self.failure(error, text)),
        }
    }

    fn failure(&self, error: io::Error, request: String) -> DevicePluginError {
        match error.kind() {
            io::ErrorKind::WouldBlock => DevicePluginError::TimedOut {
                request,
                timeout: self.timeout,
            },
            io::ErrorKind::BrokenPipe => DevicePluginError::Closed { request },
            _ => DevicePluginError::Io(error),
        }
    }

    /// Names what is wrong with an answer that is not one to this request.
    fn refusal(&mut self, request: Request<'_>, packet: &Packet) -> DevicePluginError {
        let request = request.to_string();
        if Answer::parse(packet.bytes()) == Some(Answer::NotUnderstood) {
            return DevicePluginError::NotUnderstood { request };
        }
        // Whoever answers like this may answer anything to what follows.
        self.out_of_step = true;
        let answer = packet.bytes().escape_ascii().to_string();
        DevicePluginError::UnexpectedAnswer { request, answer }
    }
}

impl ClientBuilder {
    /// Sets the pod's name, this machine's host name when not called: that is the pod's unless it says otherwise or is in
    /// the host's network. A message has room for 55 bytes; what is longer is cut, and will then be refused by a plugin that
    /// compares whole names.
    #[must_use]
    pub fn host_name(mut self, host_name: impl Into<String>) -> Self {
        self.host_name = Some(host_name.into());
        self
    }

    /// Sets how long connecting, and each answer, is waited for, ten seconds when not called. Zero counts as one
    /// microsecond, because the system takes zero for "without end".
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.max(Duration::from_micros(1));
        self
    }

    /// Connects, and has the plugin check the pod's name.
    ///
    /// # Errors
    ///
    /// [`Unreachable`](DevicePluginError::Unreachable), [`HostRefused`](DevicePluginError::HostRefused),
    /// [`ValidationFailed`](DevicePluginError::ValidationFailed), [`InvalidName`](DevicePluginError::InvalidName);
    /// otherwise as [`Client::version`].
    pub fn connect(self) -> Result<Client, DevicePluginError> {
        let full_name = self.host_name.unwrap_or_else(system_host_name);
        check_characters(&full_name)?;
        let connection = Connection::open(&self.path, self.timeout).map_err(|source| {
            DevicePluginError::Unreachable {
                path: self.path,
                source,
            }
        })?;
        let mut client = Client {
            connection,
            timeout: self.timeout,
            out_of_step: false,
        };
        client.introduce(&full_name)?;
        Ok(client)
    }
}

impl Client {
    /// Tells the plugin the pod's name, as much of it as a message has room for.
    fn introduce(&mut self, full_name: &str) -> Result<(), DevicePluginError> {
        let host_name = &full_name[..full_name.floor_char_boundary(HOST_NAME_LIMIT)];
        let request = Request::Connect { host_name };
        let packet = self.ask(request, None)?;
        let sent = host_name.to_owned();
        match Answer::parse(packet.bytes()) {
            Some(Answer::HostAccepted) => Ok(()),
            Some(Answer::HostRefused) => {
                let cut = host_name != full_name;
                Err(DevicePluginError::HostRefused {
                    host_name: sent,
                    cut,
                })
            }
            Some(Answer::ValidationFailed) => {
                Err(DevicePluginError::ValidationFailed { host_name: sent })
            }
            _ => Err(self.refusal(request, &packet)),
        }
    }
}

fn system_host_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// The comma separates, and the plugin takes spaces out.
fn check_characters(name: &str) -> Result<(), DevicePluginError> {
    let forbidden = |c: char| c == ',' || c.is_whitespace() || c.is_control();
    if name.is_empty() || name.contains(forbidden) {
        return Err(DevicePluginError::InvalidName {
            name: name.to_owned(),
        });
    }
    Ok(())
}

fn check_interface(interface: &str) -> Result<(), DevicePluginError> {
    check_characters(interface)?;
    if (Request::SocketMap { interface }).to_string().len() > MESSAGE_LIMIT {
        return Err(DevicePluginError::InvalidName {
            name: interface.to_owned(),
        });
    }
    Ok(())
}

fn given_map(interface: &str, given: Option<OwnedFd>) -> Result<SocketMap, DevicePluginError> {
    let no_map = |source| DevicePluginError::NoMap {
        interface: interface.to_owned(),
        source,
    };
    let descriptor = given.ok_or_else(|| no_map(None))?;
    SocketMap::from_descriptor(descriptor).map_err(|error| no_map(Some(error)))
}
