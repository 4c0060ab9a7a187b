//! What the handles and the driver of a host share: smoltcp's interface and sockets, and the port.

use std::{
    io,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use smoltcp::{
    iface::{Config, Interface, PollResult, SocketHandle, SocketSet},
    socket::{Socket, tcp, udp},
};

use super::{
    adapter::{Adapter, Link},
    clock::StackClock,
    configuration::{HostConfiguration, HostError},
    driver::Bell,
    frames::{Incoming, Outgoing},
    link::{check_room, link_of, set_addresses},
};
use crate::{port::Port, random::Random};

/// How long a connection that nobody holds any more may take to end in order, as in other systems.
const ORPHAN_PATIENCE: Duration = Duration::from_secs(60);
/// When packets are offered again that the port did not take. The port has waited for its own part; what is left is a
/// device that is slow, down or gone, and no reason to spin.
const RESEND_INTERVAL: Duration = Duration::from_millis(1);
/// Ports that connections out of the host begin at (RFC 6335, section 6).
const FIRST_DYNAMIC_PORT: u16 = 49_152;

/// The state behind all handles of one host.
#[derive(Debug)]
pub(super) struct Shared {
    stack: Mutex<Stack>,
    /// Rung whenever a handle gave the driver something to do.
    pub(super) bell: Bell,
}

impl Shared {
    pub(super) fn new(stack: Stack, bell: Bell) -> Self {
        Self {
            stack: Mutex::new(stack),
            bell,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Stack> {
        self.stack.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Interface, sockets and port of one host.
pub(super) struct Stack {
    interface: Interface,
    sockets: SocketSet<'static>,
    link: Link,
    incoming: Incoming,
    outgoing: Outgoing,
    clock: StackClock,
    /// Connections that nobody holds any more, and until when they may take.
    orphans: Vec<(SocketHandle, Instant)>,
    configuration: HostConfiguration,
    next_port: u16,
    /// Handles by which sockets can be made.
    handles: usize,
    ended: bool,
}

/// What a turn leaves to do.
pub(super) enum Next {
    /// More at once.
    Again,
    /// Nothing before this moment, if there is one, unless something comes.
    At(Option<Instant>),
}

impl Stack {
    pub(super) fn new(port: Port, configuration: HostConfiguration) -> Result<Self, HostError> {
        let name = port.name().to_owned();
        let (hardware, link) = link_of(&port, &configuration)?;
        let link_type = port.link_type();
        let (receiver, sender) = port.split();
        let mut incoming = Incoming::new(receiver);
        let mut outgoing = Outgoing::new(sender, link_type);
        check_room(&mut outgoing, &link, name)?;
        let mut config = Config::new(hardware);
        config.random_seed = configuration.seed;
        let mut clock = StackClock::default();
        let now = clock.stack_time(Instant::now());
        let mut device = Adapter {
            source: &mut incoming,
            sink: &mut outgoing,
            link: &link,
        };
        let mut interface = Interface::new(config, &mut device, now);
        set_addresses(&mut interface, &configuration)?;
        let span = u32::from(u16::MAX - FIRST_DYNAMIC_PORT);
        let offset = Random::new(configuration.seed).up_to(span);
        Ok(Self {
            interface,
            sockets: SocketSet::new(Vec::new()),
            link,
            incoming,
            outgoing,
            clock,
            orphans: Vec::new(),
            configuration,
            next_port: FIRST_DYNAMIC_PORT + offset as u16,
            handles: 1,
            ended: false,
        })
    }

    /// Receives, lets smoltcp work, sends.
    pub(super) fn turn(&mut self, now: Instant) -> Next {
        let received = self.incoming.fill();
        let stack_now = self.clock.stack_time(now);
        let mut device = Adapter {
            source: &mut self.incoming,
            sink: &mut self.outgoing,
            link: &self.link,
        };
        let polled = self
            .interface
            .poll(stack_now, &mut device, &mut self.sockets);
        self.reap(now);
        let sent = self.outgoing.flush();
        if received > 0 || polled == PollResult::SocketStateChanged {
            return Next::Again;
        }
        let resend = (!sent).then(|| now + RESEND_INTERVAL);
        let due = self.interface.poll_at(stack_now, &self.sockets);
        let orphan = self.orphans.iter().map(|(_, end)| *end).min();
        let due = due.and_then(|at| self.clock.driver_time(at));
        Next::At(due.into_iter().chain(orphan).chain(resend).min())
    }

    /// What becomes readable when packets have arrived.
    pub(super) fn descriptor(&self) -> Option<std::os::fd::RawFd> {
        self.incoming.receiver().descriptor()
    }

    /// Removes connections that nobody holds and that are over.
    fn reap(&mut self, now: Instant) {
        let sockets = &mut self.sockets;
        self.orphans.retain(|(handle, end)| {
            let socket = sockets.get_mut::<tcp::Socket<'static>>(*handle);
            if socket.state() == tcp::State::Closed {
                sockets.remove(*handle);
                return false;
            }
            if *end <= now {
                socket.abort();
            }
            true
        });
    }

    /// Ends all sockets: nobody drives them any more.
    pub(super) fn end(&mut self) {
        self.ended = true;
        for (_, socket) in self.sockets.iter_mut() {
            match socket {
                Socket::Tcp(socket) => socket.abort(),
                Socket::Udp(socket) => socket.close(),
                _ => {}
            }
        }
    }

    /// An error where the driver is no more, or where there is no room for a further socket.
    fn check_open(&self) -> io::Result<()> {
        if self.ended {
            return Err(ended());
        }
        if self.sockets.iter().count() >= self.configuration.sockets {
            let text = "the host has as many sockets as it may; close some or raise `sockets`";
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, text));
        }
        Ok(())
    }

    /// Whether nobody can ask for anything any more: no handle, and no socket, held or just ending.
    pub(super) fn is_over(&self) -> bool {
        self.handles == 0 && self.sockets.iter().next().is_none()
    }

    pub(super) fn add_handle(&mut self) {
        self.handles += 1;
    }

    pub(super) fn drop_handle(&mut self) {
        self.handles -= 1;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn add_tcp(&mut self) -> io::Result<SocketHandle> {
        self.check_open()?;
        let buffer = || tcp::SocketBuffer::new(vec![0; self.configuration.buffer]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        // Whoever writes small pieces has no more to write for now.
        socket.set_nagle_enabled(false);
        Ok(self.sockets.add(socket))
    }

    pub(super) fn add_udp(&mut self, datagrams: usize) -> io::Result<SocketHandle> {
        self.check_open()?;
        let buffer = || {
            let notes = vec![udp::PacketMetadata::EMPTY; datagrams];
            udp::PacketBuffer::new(notes, vec![0; self.configuration.buffer])
        };
        Ok(self.sockets.add(udp::Socket::new(buffer(), buffer())))
    }

    pub(super) fn tcp(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    pub(super) fn udp(&mut self, handle: SocketHandle) -> &mut udp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// Begins a connection from a port that no other one has.
    pub(super) fn connect(&mut self, handle: SocketHandle, to: SocketAddr) -> io::Result<()> {
        let port = self.free_port().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::AddrNotAvailable,
                "every port is in use; close connections",
            )
        })?;
        let socket = self.sockets.get_mut::<tcp::Socket<'static>>(handle);
        let begun = socket.connect(self.interface.context(), to, port);
        begun.map_err(|error| io::Error::new(io::ErrorKind::AddrNotAvailable, error))
    }

    /// The next dynamic port that no socket has.
    pub(super) fn free_port(&mut self) -> Option<u16> {
        for _ in FIRST_DYNAMIC_PORT..=u16::MAX {
            let port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(FIRST_DYNAMIC_PORT);
            if !self
                .sockets
                .iter()
                .any(|(_, socket)| has_port(socket, port))
            {
                return Some(port);
            }
        }
        None
    }

    /// Lets a connection end by itself.
    pub(super) fn abandon(&mut self, handle: SocketHandle) {
        let socket = self.tcp(handle);
        socket.close();
        self.orphans
            .push((handle, Instant::now() + ORPHAN_PATIENCE));
    }

    /// Drops a socket at once.
    pub(super) fn remove(&mut self, handle: SocketHandle) {
        self.sockets.remove(handle);
    }
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Stack");
        let sockets = self.sockets.iter().count();
        shown.field("sockets", &sockets).finish_non_exhaustive()
    }
}

/// What a call gets once nobody drives the host.
pub(super) fn ended() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotConnected,
        "the host's driver is no more; let its thread run as long as there are sockets",
    )
}

fn has_port(socket: &Socket<'_>, port: u16) -> bool {
    match socket {
        Socket::Tcp(socket) => socket.local_endpoint().is_some_and(|end| end.port == port),
        Socket::Udp(socket) => socket.endpoint().port == port,
        _ => false,
    }
}
