//! The life of one TCP connection: a smoltcp socket towards the peer, spliced to a socket of the
//! host.

use std::time::{Duration, Instant};

use mio::{event::Event, net::TcpStream};
use portway_dataplane::Lane;
use smoltcp::{
    iface::{SocketHandle, SocketSet},
    socket::tcp,
};

use super::{
    packet::FlowKey,
    recovery::Recovery,
    splice::{Pumped, Splice},
};

/// How long the peer may leave sent bytes unacknowledged before the connection is given up: the
/// least that RFC 9293 (3.8.3) leaves to choose is 100 s for bytes, Linux gives up later; a tunnel
/// that is silent for this long is down.
const UNACKNOWLEDGED: Duration = Duration::from_secs(100);

/// The least wait before a connection is looked at again that says "now" and then sends nothing.
const LEAST_WAIT: Duration = Duration::from_millis(10);

/// The sizes of a connection's two buffers, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct BufferSizes {
    /// What the peer may send before the host takes it: the window that the peer sees.
    pub(crate) receive: usize,
    /// What is read from the host before the peer acknowledges it.
    pub(crate) send: usize,
}

impl BufferSizes {
    /// Both together.
    pub(crate) const fn total(self) -> usize {
        self.receive + self.send
    }
}

/// How long a connection may be silent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Patience {
    /// From the first packet until the handshake is complete.
    pub(crate) opening: Duration,
    /// Between two packets of an open connection.
    pub(crate) idle: Duration,
    /// Between two packets once one direction has ended.
    pub(crate) closing: Duration,
}

/// One connection.
pub(crate) struct Connection {
    key: FlowKey,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    splice: Splice,
    last_moved: Instant,
    pump_wanted: bool,
    /// What left and was lost.
    recovery: Recovery,
    aborted: bool,
}

impl Connection {
    /// Prepares for the SYN of a peer, for which the host's side is connected already.
    pub(crate) fn listening(
        key: FlowKey,
        stream: TcpStream,
        sizes: BufferSizes,
        now: Instant,
    ) -> Self {
        let mut connection = Self::closed(key, stream, sizes, now);
        connection
            .socket()
            .listen(key.destination)
            .expect("a fresh socket listens on any port but 0, which no packet that was read has");
        connection
    }

    /// Starts a connection through the tunnel for a stream that the host accepted; its packets
    /// come back with the reverse of `key`.
    ///
    /// # Errors
    ///
    /// Fails when an end of `key` is unspecified or the ends' IP versions differ.
    pub(crate) fn connecting(
        key: FlowKey,
        stream: TcpStream,
        sizes: BufferSizes,
        lane: &mut Lane,
        now: Instant,
    ) -> Result<Self, tcp::ConnectError> {
        let mut connection = Self::closed(key.reversed(), stream, sizes, now);
        let (from, to) = (key.source, key.destination);
        lane.connect(from, to, &mut connection.sockets, connection.handle)?;
        Ok(connection)
    }

    fn closed(key: FlowKey, stream: TcpStream, sizes: BufferSizes, now: Instant) -> Self {
        let receive = tcp::SocketBuffer::new(vec![0; sizes.receive]);
        let send = tcp::SocketBuffer::new(vec![0; sizes.send]);
        let mut socket = tcp::Socket::new(receive, send);
        socket.set_nagle_enabled(false);
        socket.set_timeout(Some(smoltcp_duration(UNACKNOWLEDGED)));
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let handle = sockets.add(socket);
        Self {
            key,
            sockets,
            handle,
            splice: Splice::new(stream),
            recovery: Recovery::default(),
            last_moved: now,
            pump_wanted: true,
            aborted: false,
        }
    }

    /// The flow, as the packets that come in name it.
    pub(crate) const fn key(&self) -> FlowKey {
        self.key
    }

    /// Takes a packet of this flow.
    pub(crate) fn receive(&mut self, packet: &[u8], lane: &mut Lane, now: Instant) {
        for _ in 0..=self.recovery.received(packet, now) {
            lane.receive(packet, &mut self.sockets, now);
        }
        // A handshake has its time from its first packet on, however often that is repeated.
        if self.is_established() {
            self.last_moved = now;
        }
        self.pump_wanted = true;
    }

    /// Takes a readiness event of the host's socket.
    pub(crate) fn handle_event(&mut self, event: &Event) {
        self.splice.handle_event(event);
        self.pump_wanted = true;
    }

    /// Moves what can be moved, then writes the next packet for the peer.
    pub(crate) fn transmit(
        &mut self,
        buffer: &mut [u8],
        lane: &mut Lane,
        now: Instant,
    ) -> Option<usize> {
        if std::mem::take(&mut self.pump_wanted) {
            self.pump(now);
        }
        let length = lane.transmit(buffer, &mut self.sockets, now)?;
        self.recovery.sent(&buffer[..length]);
        Some(length)
    }

    /// Breaks the connection off: the peer gets an RST with the next packet, the host's other end
    /// when this is dropped.
    pub(crate) fn abort(&mut self) {
        self.aborted = true;
        self.splice.reset_on_drop();
        self.socket().abort();
    }

    /// Whether the handshake with the peer is complete.
    pub(crate) fn is_established(&self) -> bool {
        !matches!(
            self.state(),
            tcp::State::Listen | tcp::State::SynSent | tcp::State::SynReceived
        )
    }

    /// Whether there is nothing left to do, asked when there is nothing left to send.
    pub(crate) fn is_over(&self) -> bool {
        match self.state() {
            // A handshake that the peer broke off leads back here.
            tcp::State::Listen => true,
            // What the peer sent before its end may still wait for a slow host.
            tcp::State::Closed => {
                self.aborted || self.splice.is_delivered() || !self.has_undelivered()
            }
            // Nothing would be waited for but stray segments, and those get an RST.
            tcp::State::TimeWait => self.splice.is_delivered(),
            _ => false,
        }
    }

    /// When this connection wants to be looked at again; `None` says that its time is over.
    pub(crate) fn next_look(
        &self,
        lane: &mut Lane,
        patience: &Patience,
        now: Instant,
    ) -> Option<Instant> {
        let end = self.last_moved + self.patience(patience);
        if end <= now {
            return None;
        }
        // smoltcp forgets undelivered bytes when this state times out; we end it ourselves.
        if self.state() == tcp::State::TimeWait {
            return Some(end);
        }
        let due = lane.deadline(&self.sockets, now);
        let look = due.map_or(end, |due| due.max(now + LEAST_WAIT).min(end));
        Some(look)
    }

    fn patience(&self, patience: &Patience) -> Duration {
        if !self.is_established() {
            patience.opening
        } else if self.splice.is_closing() {
            patience.closing
        } else {
            patience.idle
        }
    }

    fn pump(&mut self, now: Instant) {
        let socket = self.sockets.get_mut::<tcp::Socket<'static>>(self.handle);
        match self.splice.pump(socket) {
            Pumped::Nothing => {}
            Pumped::Moved => self.last_moved = now,
            Pumped::HostFailed => self.abort(),
        }
    }

    fn has_undelivered(&self) -> bool {
        self.sockets
            .get::<tcp::Socket<'static>>(self.handle)
            .can_recv()
    }

    fn state(&self) -> tcp::State {
        self.sockets
            .get::<tcp::Socket<'static>>(self.handle)
            .state()
    }

    fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.handle)
    }
}

impl Drop for Connection {
    /// A connection that did not end in order ends with a reset on the host's side too.
    fn drop(&mut self) {
        if !self.splice.is_finished() {
            self.splice.reset_on_drop();
        }
    }
}

const fn smoltcp_duration(duration: Duration) -> smoltcp::time::Duration {
    smoltcp::time::Duration::from_secs(duration.as_secs())
}
