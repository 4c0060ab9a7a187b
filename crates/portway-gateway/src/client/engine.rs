//! Puts the parts of the client stack together.

use std::{
    io::{self, Read},
    net::{IpAddr, SocketAddr},
    sync::mpsc::{Receiver, sync_channel},
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, event::Event, net::TcpStream, unix::pipe};
use portway_dataplane::Lane;

use super::{
    configuration::{ClientConfiguration, ClientError},
    forwards::Forwards,
    handle::{ClientHandle, source_for},
    pinger::{MAXIMUM_PINGS, Ping, Pinger, Request},
};
use crate::{
    InnerStack, PeerId,
    stack::{
        compose::{self, Unreachable},
        connection::{BufferSizes, Connection, Patience},
        connections::{Connections, Report},
        deadlines::FlowId,
        packet::{self, Echo, EchoKind, FlowKey, Inbound},
    },
};

/// How many connections pass at once; further ones wait in the system's queue of their listener.
const MAXIMUM_CONNECTIONS: usize = 256;

/// Each connection's buffers: about 100 Mbit/s over 20 ms, and 128 MiB for all connections at
/// worst. Only pages that were used once cost memory.
const BUFFERS: BufferSizes = BufferSizes {
    receive: 256 << 10,
    send: 256 << 10,
};

/// A forward lives as long as its user wants: an open connection may be silent for the two hours
/// that RFC 5382 (REQ-5) asks of whoever stands in the middle.
const PATIENCE: Patience = Patience {
    opening: Duration::from_secs(30),
    idle: Duration::from_secs(7_440),
    closing: Duration::from_secs(240),
};

/// The range of ports for connections out of the tunnel (RFC 6335, 6).
const FIRST_LOCAL_PORT: u16 = 49_152;
const LOCAL_PORTS: u16 = 16_384;

/// A ping's payload: what the usual `ping` sends, in length.
const PING_DATA: [u8; 56] = [0x50; 56];

/// A client's own stack, to be driven by the data path.
pub struct ClientStack {
    addresses: Vec<IpAddr>,
    connections: Connections,
    forwards: Forwards,
    pinger: Pinger,
    commands: Receiver<Ping>,
    wakeups: pipe::Receiver,
    wakeup_token: Token,
    registry: Option<Registry>,
    next_flow: usize,
    next_port: u16,
}

impl ClientStack {
    /// Makes a client stack, listening on its forwards, and the handle to speak to it.
    ///
    /// # Errors
    ///
    /// Fails when a forward cannot be listened on or leads to nowhere the client can reach.
    pub fn new(configuration: ClientConfiguration) -> Result<(Self, ClientHandle), ClientError> {
        let addresses = configuration.addresses;
        for forward in &configuration.forwards {
            let target = forward.target.ip();
            source_for(&addresses, target).ok_or(ClientError::NoAddress(target))?;
        }
        let forwards = Forwards::listen(&configuration.forwards)?;
        let (waker, wakeups) = new_pipe().map_err(ClientError::Pipe)?;
        let (sender, commands) = sync_channel(MAXIMUM_PINGS);
        let handle = ClientHandle::new(addresses.clone(), forwards.bound(), sender, waker);
        let seed = configuration.seed;
        let lane = Lane::new(configuration.mtu, seed);
        let [low, high, ..] = seed.to_le_bytes();
        let random = u16::from_le_bytes([low, high]);
        let stack = Self {
            addresses,
            connections: Connections::new(lane, PATIENCE),
            forwards,
            pinger: Pinger::new(random),
            commands,
            wakeups,
            wakeup_token: Token(0),
            registry: None,
            next_flow: 0,
            next_port: random % LOCAL_PORTS,
        };
        Ok((stack, handle))
    }

    fn take_commands(&mut self, now: Instant) {
        let mut bytes = [0; 64];
        while matches!(self.wakeups.read(&mut bytes), Ok(1..)) {}
        while let Ok(ping) = self.commands.try_recv() {
            self.pinger.start(ping, now);
        }
    }

    fn accept_all(&mut self, now: Instant) {
        while self.connections.len() < MAXIMUM_CONNECTIONS {
            let Some((stream, target)) = self.forwards.accept(now) else {
                return;
            };
            if let Err(error) = self.carry(stream, target, now) {
                tracing::warn!(%error, %target, "a connection could not be carried");
            }
        }
    }

    /// Connects to `target` through the tunnel for an accepted stream.
    fn carry(&mut self, mut stream: TcpStream, target: SocketAddr, now: Instant) -> io::Result<()> {
        let registry = self.registry.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let id = FlowId(self.next_flow);
        self.next_flow += 1;
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, Token(id.0), interest)?;
        let key = self.free_key(target).ok_or(io::ErrorKind::AddrInUse)?;
        let lane = &mut self.connections.lane;
        let connection = Connection::connecting(key, stream, BUFFERS, lane, now)
            .map_err(|error| io::Error::other(error.to_string()))?;
        self.connections.insert(id, connection);
        Ok(())
    }

    /// Whether connections have ended, so that others that wait may take their places.
    fn has_lost_connections(&mut self) -> bool {
        let mut lost = false;
        while let Some(report) = self.connections.poll_report() {
            lost |= matches!(report, Report::Closed(_));
        }
        lost
    }

    /// A local port that no connection to `target` has.
    fn free_key(&mut self, target: SocketAddr) -> Option<FlowKey> {
        let source = source_for(&self.addresses, target.ip())?;
        for _ in 0..LOCAL_PORTS {
            let port = FIRST_LOCAL_PORT + self.next_port;
            self.next_port = (self.next_port + 1) % LOCAL_PORTS;
            let key = FlowKey {
                source: SocketAddr::new(source, port),
                destination: target,
            };
            if self.connections.find(&key.reversed()).is_none() {
                return Some(key);
            }
        }
        None
    }

    fn handle_tcp(&mut self, packet: &[u8], key: &FlowKey, now: Instant) {
        match self.connections.find(key) {
            Some(id) => self.connections.receive(id, packet, now),
            None if self.is_own(key.destination.ip()) => self.connections.lane.reset(packet, now),
            None => {}
        }
    }

    fn handle_udp(&mut self, packet: &[u8], key: &FlowKey) {
        let own = key.destination.ip();
        if self.is_own(own) {
            let replies = &mut self.connections.lane.replies;
            compose::unreachable(Unreachable::Port, packet, own, replies);
        }
    }

    fn handle_echo(&mut self, echo: &Echo<'_>, now: Instant) {
        if !self.is_own(echo.destination) {
            return;
        }
        match echo.kind {
            EchoKind::Reply => self.pinger.handle_reply(echo, now),
            EchoKind::Request => {
                let reply = Echo {
                    kind: EchoKind::Reply,
                    source: echo.destination,
                    destination: echo.source,
                    ..*echo
                };
                compose::echo(&reply, &mut self.connections.lane.replies);
            }
        }
    }

    fn is_own(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    fn queue_requests(&mut self, now: Instant) {
        while let Some(request) = self.pinger.poll_request(now) {
            compose::echo(&request_echo(&request), &mut self.connections.lane.replies);
        }
    }
}

impl InnerStack for ClientStack {
    fn attach(&mut self, registry: Registry, first_token: usize) -> io::Result<()> {
        self.wakeup_token = Token(first_token);
        registry.register(&mut self.wakeups, self.wakeup_token, Interest::READABLE)?;
        self.next_flow = self.forwards.register(&registry, first_token + 1)?;
        self.registry = Some(registry);
        Ok(())
    }

    fn handle_packet(&mut self, _: PeerId, packet: &[u8], now: Instant) {
        match packet::parse(packet) {
            Ok(Inbound::Tcp { key, .. }) => self.handle_tcp(packet, &key, now),
            Ok(Inbound::Udp { key, .. }) => self.handle_udp(packet, &key),
            Ok(Inbound::Echo(echo)) => self.handle_echo(&echo, now),
            Err(reason) => tracing::trace!(?reason, "a packet is dropped"),
        }
    }

    fn handle_event(&mut self, event: &Event, now: Instant) {
        if event.token() == self.wakeup_token {
            self.take_commands(now);
        } else if !self
            .connections
            .handle_event(FlowId(event.token().0), event)
        {
            self.forwards.handle_event(event.token());
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.connections.handle_timeout(now);
        self.pinger.handle_timeout(now);
    }

    fn next_timeout(&mut self) -> Option<Instant> {
        let timeouts = [
            self.connections.next_timeout(),
            self.pinger.next_timeout(),
            self.forwards.next_timeout(),
        ];
        timeouts.into_iter().flatten().min()
    }

    fn poll_packet(&mut self, packet: &mut [u8], now: Instant) -> Option<usize> {
        self.queue_requests(now);
        loop {
            self.accept_all(now);
            let length = self.connections.transmit(packet, now);
            if length.is_some() || !self.has_lost_connections() {
                return length;
            }
        }
    }

    /// Connections through a removed peer end by their time-outs: which peer a packet goes to is
    /// the data path's choice, and another one may take over.
    fn forget_peer(&mut self, _: PeerId) {}
}

fn new_pipe() -> io::Result<(pipe::Sender, pipe::Receiver)> {
    let (sender, receiver) = pipe::new()?;
    sender.set_nonblocking(true)?;
    receiver.set_nonblocking(true)?;
    Ok((sender, receiver))
}

const fn request_echo(request: &Request) -> Echo<'static> {
    Echo {
        kind: EchoKind::Request,
        source: request.source,
        destination: request.destination,
        identifier: request.identifier,
        sequence: request.sequence,
        data: &PING_DATA,
    }
}
