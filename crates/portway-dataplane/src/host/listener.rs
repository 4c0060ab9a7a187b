//! Accepting TCP connections.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use smoltcp::{iface::SocketHandle, socket::tcp};

use super::{
    stack::{Shared, Stack, ended},
    stream::{HostTcpStream, address},
};

/// Connections that may wait to be accepted, or be opening, at once. Further ones are refused, and their SYN is sent
/// again by who wants them.
const BACKLOG: usize = 16;

/// Accepts TCP connections to one port of a [`Host`](super::Host).
///
/// Up to sixteen wait to be accepted; dropping it refuses these and further ones.
#[derive(Debug)]
pub struct HostTcpListener {
    shared: Arc<Shared>,
    port: u16,
    waiting: Vec<SocketHandle>,
}

impl HostTcpListener {
    pub(super) fn open(shared: &Arc<Shared>, port: u16) -> io::Result<Self> {
        let mut listener = Self {
            shared: Arc::clone(shared),
            port,
            waiting: Vec::with_capacity(BACKLOG),
        };
        let mut stack = shared.lock();
        for _ in 0..BACKLOG {
            match listening(&mut stack, port) {
                Ok(handle) => listener.waiting.push(handle),
                // Fewer will do.
                Err(_) if !listener.waiting.is_empty() => break,
                Err(error) => {
                    drop(stack);
                    return Err(error);
                }
            }
        }
        drop(stack);
        Ok(listener)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the next connection and tells where it comes from.
    ///
    /// # Errors
    ///
    /// The host has as many sockets as it may, or its driver is no more.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has accepted nothing.
    pub async fn accept(&mut self) -> io::Result<(HostTcpStream, SocketAddr)> {
        poll_fn(|context| self.poll_accept(context)).await
    }

    fn poll_accept(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(HostTcpStream, SocketAddr)>> {
        let mut stack = self.shared.lock();
        if stack.has_ended() {
            return Poll::Ready(Err(ended()));
        }
        for waiting in &mut self.waiting {
            let socket = stack.tcp(*waiting);
            match socket.state() {
                tcp::State::Listen | tcp::State::SynReceived => {
                    socket.register_recv_waker(context.waker());
                }
                // It failed before it was open.
                tcp::State::Closed => listen(socket, self.port)?,
                _ => {
                    let from = socket.remote_endpoint().map(address);
                    let next = listening(&mut stack, self.port)?;
                    let handle = std::mem::replace(waiting, next);
                    drop(stack);
                    let stream = HostTcpStream::new(&self.shared, handle);
                    return Poll::Ready(from.map(|from| (stream, from)).ok_or_else(ended));
                }
            }
        }
        Poll::Pending
    }
}

fn listening(stack: &mut Stack, port: u16) -> io::Result<SocketHandle> {
    let handle = stack.add_tcp()?;
    listen(stack.tcp(handle), port).inspect_err(|_| stack.remove(handle))?;
    Ok(handle)
}

fn listen(socket: &mut tcp::Socket<'static>, port: u16) -> io::Result<()> {
    let result = socket.listen(port);
    result.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

impl Drop for HostTcpListener {
    fn drop(&mut self) {
        let mut stack = self.shared.lock();
        for handle in self.waiting.drain(..) {
            stack.tcp(handle).abort();
            // Its RST still goes out.
            stack.abandon(handle);
        }
        drop(stack);
        self.shared.bell.ring();
    }
}
