//! UDP sockets of a host.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use smoltcp::{iface::SocketHandle, socket::udp};
use tokio::sync::Mutex;

use super::{
    stack::{Shared, ended},
    stream::address,
};

/// Datagrams that may wait in each direction; further ones that come are dropped, as systems do.
const DATAGRAMS: usize = 256;

/// A UDP socket of a [`Host`](super::Host).
///
/// Several tasks may send and receive by it at a time; they take turns.
#[derive(Debug)]
pub struct HostUdpSocket {
    shared: Arc<Shared>,
    handle: SocketHandle,
    port: u16,
    /// Held by the one task that waits for room, and by the one that waits for a datagram: smoltcp wakes no more.
    sending: Mutex<()>,
    receiving: Mutex<()>,
}

impl HostUdpSocket {
    pub(super) fn open(shared: &Arc<Shared>, port: u16) -> io::Result<Self> {
        let mut stack = shared.lock();
        let in_use = || io::Error::from(io::ErrorKind::AddrInUse);
        let port = match port {
            0 => stack.free_port().ok_or_else(in_use)?,
            port => port,
        };
        let handle = stack.add_udp(DATAGRAMS)?;
        let bound = stack.udp(handle).bind(port);
        bound.expect("the socket is new and the port is not 0");
        drop(stack);
        Ok(Self {
            shared: Arc::clone(shared),
            handle,
            port,
            sending: Mutex::default(),
            receiving: Mutex::default(),
        })
    }

    /// The port that it has.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sends a datagram; waits while the socket's buffer is full. It goes on as soon as the address of the next hop is
    /// known.
    ///
    /// # Errors
    ///
    /// The datagram is larger than the buffer, the address is none that can be sent to, or the driver is no more.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the datagram was not sent.
    pub async fn send_to(&self, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        let _turn = self.sending.lock().await;
        poll_fn(|context| self.poll_send(context, datagram, to)).await
    }

    /// Receives a datagram and tells its length and where it comes from. What does not fit the buffer is lost.
    ///
    /// # Errors
    ///
    /// The driver is no more.
    ///
    /// # Cancel safety
    ///
    /// Dropped, nothing was received.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let _turn = self.receiving.lock().await;
        poll_fn(|context| self.poll_receive(context, buffer)).await
    }

    fn poll_send(
        &self,
        context: &mut Context<'_>,
        datagram: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<()>> {
        let mut stack = self.shared.lock();
        if stack.has_ended() {
            return Poll::Ready(Err(ended()));
        }
        let socket = stack.udp(self.handle);
        if datagram.len() > socket.payload_send_capacity() {
            let text = "the datagram is larger than the socket's buffer";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidInput, text)));
        }
        let sent = socket.send_slice(datagram, to);
        if sent == Err(udp::SendError::BufferFull) {
            socket.register_send_waker(context.waker());
            return Poll::Pending;
        }
        drop(stack);
        self.shared.bell.ring();
        Poll::Ready(sent.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error)))
    }

    fn poll_receive(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let mut stack = self.shared.lock();
        if stack.has_ended() {
            return Poll::Ready(Err(ended()));
        }
        let socket = stack.udp(self.handle);
        let Ok((datagram, note)) = socket.recv() else {
            socket.register_recv_waker(context.waker());
            return Poll::Pending;
        };
        let length = datagram.len().min(buffer.len());
        buffer[..length].copy_from_slice(&datagram[..length]);
        Poll::Ready(Ok((length, address(note.endpoint))))
    }
}

impl Drop for HostUdpSocket {
    fn drop(&mut self) {
        self.shared.lock().remove(self.handle);
        // The driver ends with the last socket.
        self.shared.bell.ring();
    }
}
