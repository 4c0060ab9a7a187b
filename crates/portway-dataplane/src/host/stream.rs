//! TCP connections of a host.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use smoltcp::{iface::SocketHandle, socket::tcp};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stack::{Shared, ended};

/// How long an answer to a connection attempt is waited for.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// A TCP connection of a [`Host`](super::Host): what tokio's `TcpStream` is of the system's.
///
/// Dropping it ends the connection in order: what was written still goes out. One task may read while another one
/// writes (`tokio::io::split`).
#[derive(Debug)]
pub struct HostTcpStream {
    shared: Arc<Shared>,
    handle: SocketHandle,
}

impl HostTcpStream {
    /// Takes over a socket, which ends with the stream.
    pub(super) fn new(shared: &Arc<Shared>, handle: SocketHandle) -> Self {
        Self {
            shared: Arc::clone(shared),
            handle,
        }
    }

    pub(super) async fn connect(shared: &Arc<Shared>, to: SocketAddr) -> io::Result<Self> {
        let stream = {
            let mut stack = shared.lock();
            let handle = stack.add_tcp()?;
            if let Err(error) = stack.connect(handle, to) {
                stack.remove(handle);
                return Err(error);
            }
            let patience = smoltcp::time::Duration::from_secs(CONNECT_PATIENCE.as_secs());
            stack.tcp(handle).set_timeout(Some(patience));
            Self::new(shared, handle)
        };
        shared.bell.ring();
        let end = Instant::now() + CONNECT_PATIENCE;
        match poll_fn(|context| stream.poll_open(context)).await {
            Err(_) if Instant::now() >= end => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("{to} did not answer within {CONNECT_PATIENCE:?}"),
            )),
            result => result.map(|()| stream),
        }
    }

    /// The other end's address, as long as there is a connection.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.with(|socket| socket.remote_endpoint()).map(address)
    }

    /// This end's address, as long as there is a connection.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.with(|socket| socket.local_endpoint()).map(address)
    }

    fn poll_open(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stack = self.shared.lock();
        if stack.has_ended() {
            return Poll::Ready(Err(ended()));
        }
        let socket = stack.tcp(self.handle);
        match socket.state() {
            tcp::State::Closed => Poll::Ready(Err(io::ErrorKind::ConnectionRefused.into())),
            tcp::State::SynSent | tcp::State::SynReceived => {
                socket.register_recv_waker(context.waker());
                Poll::Pending
            }
            _ => {
                socket.set_timeout(None);
                Poll::Ready(Ok(()))
            }
        }
    }

    fn with<R>(&self, ask: impl FnOnce(&mut tcp::Socket<'static>) -> R) -> R {
        ask(self.shared.lock().tcp(self.handle))
    }

    /// Why a broken connection is broken.
    fn broken(&self, kind: io::ErrorKind) -> io::Error {
        if self.shared.lock().has_ended() {
            return ended();
        }
        kind.into()
    }
}

/// An end of a connection in the standard library's form.
pub(super) fn address(end: smoltcp::wire::IpEndpoint) -> SocketAddr {
    SocketAddr::new(end.addr.into(), end.port)
}

impl AsyncRead for HostTcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let read = self.with(|socket| {
            let read = socket.recv_slice(buffer.initialize_unfilled());
            if matches!(read, Ok(0)) {
                socket.register_recv_waker(context.waker());
            }
            read
        });
        match read {
            Ok(0) => Poll::Pending,
            Ok(count) => {
                buffer.advance(count);
                // The window has grown.
                self.shared.bell.ring();
                Poll::Ready(Ok(()))
            }
            Err(tcp::RecvError::Finished) => Poll::Ready(Ok(())),
            Err(tcp::RecvError::InvalidState) => {
                Poll::Ready(Err(self.broken(io::ErrorKind::ConnectionReset)))
            }
        }
    }
}

impl AsyncWrite for HostTcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.with(|socket| {
            let written = socket.send_slice(bytes);
            if matches!(written, Ok(0)) {
                socket.register_send_waker(context.waker());
            }
            written
        });
        match written {
            Ok(0) if !bytes.is_empty() => Poll::Pending,
            Ok(count) => {
                self.shared.bell.ring();
                Poll::Ready(Ok(count))
            }
            Err(tcp::SendError::InvalidState) => {
                Poll::Ready(Err(self.broken(io::ErrorKind::BrokenPipe)))
            }
        }
    }

    /// What was written is on its way.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Ends this direction behind what was written.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(tcp::Socket::close);
        self.shared.bell.ring();
        Poll::Ready(Ok(()))
    }
}

impl Drop for HostTcpStream {
    fn drop(&mut self) {
        self.shared.lock().abandon(self.handle);
        self.shared.bell.ring();
    }
}
