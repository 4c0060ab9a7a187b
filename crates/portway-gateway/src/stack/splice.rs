//! Moves bytes between a TCP socket of the host and one of smoltcp, both ways.
//!
//! There is no buffer in between: what the host sends is read straight into smoltcp's send buffer
//! and only as much as it takes, so that a slow peer's closed window holds the host's sender; what
//! the peer sends leaves smoltcp's receive buffer only as fast as the host takes it, so that a slow
//! host closes the window towards the peer.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::Shutdown,
    time::Duration,
};

use mio::{event::Event, net::TcpStream};
use smoltcp::socket::tcp;
use socket2::SockRef;

/// One direction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    Open,
    /// Its end was seen and passed on.
    Ended,
}

/// What one turn of [`Splice::pump`] led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pumped {
    /// Nothing moved.
    Nothing,
    /// Bytes, or the end of a direction, went from one side to the other.
    Moved,
    /// The host's side failed: the peer must hear of it.
    HostFailed,
}

/// The host's side of a connection and how far each direction has come.
#[derive(Debug)]
pub(crate) struct Splice {
    stream: TcpStream,
    readable: bool,
    writable: bool,
    read_closed: bool,
    from_host: Way,
    to_host: Way,
}

impl Splice {
    /// Splices a connected, registered stream.
    pub(crate) fn new(stream: TcpStream) -> Self {
        // Segments keep the sender's timing: waiting to fill them is the sender's choice.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            readable: true,
            writable: true,
            read_closed: false,
            from_host: Way::Open,
            to_host: Way::Open,
        }
    }

    /// Takes a readiness event of the stream.
    pub(crate) fn handle_event(&mut self, event: &Event) {
        let failed = event.is_error();
        self.readable |= event.is_readable() || event.is_read_closed() || failed;
        self.writable |= event.is_writable() || event.is_write_closed() || failed;
        self.read_closed |= event.is_read_closed() || failed;
    }

    /// Moves what can be moved now.
    pub(crate) fn pump(&mut self, socket: &mut tcp::Socket<'static>) -> Pumped {
        let moved = self.pump_to_host(socket).and_then(|up| {
            let down = self.pump_from_host(socket)?;
            Ok(up || down)
        });
        match moved {
            Ok(true) => Pumped::Moved,
            Ok(false) => Pumped::Nothing,
            Err(_) => Pumped::HostFailed,
        }
    }

    /// Whether both directions came to their end in order.
    pub(crate) fn is_finished(&self) -> bool {
        self.from_host == Way::Ended && self.to_host == Way::Ended
    }

    /// Whether either direction came to its end.
    pub(crate) fn is_closing(&self) -> bool {
        self.from_host == Way::Ended || self.to_host == Way::Ended
    }

    /// Whether all that the peer sent, up to its end, was passed on.
    pub(crate) fn is_delivered(&self) -> bool {
        self.to_host == Way::Ended
    }

    /// Makes the host's other end see a reset when the stream is dropped, not an orderly end.
    pub(crate) fn reset_on_drop(&self) {
        // Where this fails the other end sees an end instead: nothing better is left to do.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    fn pump_to_host(&mut self, socket: &mut tcp::Socket<'static>) -> io::Result<bool> {
        let mut moved = false;
        // The end needs no room: it is passed on though the host's buffer is full.
        while self.to_host == Way::Open && (self.writable || !socket.can_recv()) {
            let stream = &mut self.stream;
            let written = match socket.recv(|bytes| write_some(stream, bytes)) {
                Ok(written) => written,
                Err(tcp::RecvError::Finished) => {
                    self.end_to_host();
                    return Ok(true);
                }
                Err(tcp::RecvError::InvalidState) => return Ok(moved),
            };
            match written {
                Ok(0) => return Ok(moved),
                Ok(_) => moved = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    }

    fn end_to_host(&mut self) {
        self.to_host = Way::Ended;
        // It fails only when the other end is gone already, which the next read tells.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn pump_from_host(&mut self, socket: &mut tcp::Socket<'static>) -> io::Result<bool> {
        let mut moved = false;
        while self.readable && self.from_host == Way::Open && socket.can_send() {
            let stream = &mut self.stream;
            let Ok((offered, read)) = socket.send(|room| read_some(stream, room)) else {
                return Ok(moved);
            };
            match read {
                Ok(0) => {
                    self.from_host = Way::Ended;
                    socket.close();
                    return Ok(true);
                }
                Ok(length) => {
                    moved = true;
                    // A short read emptied the host's buffer: what comes later is announced anew,
                    // the end alone may already have been.
                    self.readable = length == offered || self.read_closed;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    }
}

fn write_some(stream: &mut TcpStream, bytes: &[u8]) -> (usize, io::Result<usize>) {
    if bytes.is_empty() {
        return (0, Ok(0));
    }
    let result = uninterrupted(|| stream.write(bytes));
    (result.as_ref().map_or(0, |&written| written), result)
}

fn read_some(stream: &mut TcpStream, room: &mut [u8]) -> (usize, (usize, io::Result<usize>)) {
    let result = uninterrupted(|| stream.read(room));
    let length = result.as_ref().map_or(0, |&length| length);
    (length, (room.len(), result))
}

fn uninterrupted(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
