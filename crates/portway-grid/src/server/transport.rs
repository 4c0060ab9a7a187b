//! The two halves of a connection's stream, and who may send on it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(any(unix, feature = "tls"))]
use tokio::io::{ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// A stream that connections are served on.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    type Reader: AsyncRead + Send + Unpin;
    type Writer: AsyncWrite + Send + Unpin;

    /// What is read from, what is written to, and the socket itself where others than the connection's task may
    /// send on it.
    fn into_halves(self) -> (Self::Reader, Self::Writer, Option<Outlet>);
}

/// A socket that takes bytes as they are, from any thread. The last to be dropped ends the stream.
pub(super) type Outlet = Arc<OwnedWriteHalf>;

impl Transport for TcpStream {
    type Reader = OwnedReadHalf;
    type Writer = TcpWriter;

    fn into_halves(self) -> (OwnedReadHalf, TcpWriter, Option<Outlet>) {
        let (reader, writer) = self.into_split();
        let outlet = Arc::new(writer);
        (reader, TcpWriter(Arc::clone(&outlet)), Some(outlet))
    }
}

#[cfg(unix)]
impl Transport for tokio::net::UnixStream {
    type Reader = ReadHalf<Self>;
    type Writer = WriteHalf<Self>;

    fn into_halves(self) -> (Self::Reader, Self::Writer, Option<Outlet>) {
        let (reader, writer) = tokio::io::split(self);
        (reader, writer, None)
    }
}

#[cfg(feature = "tls")]
impl Transport for tokio_rustls::server::TlsStream<TcpStream> {
    type Reader = ReadHalf<Self>;
    type Writer = WriteHalf<Self>;

    fn into_halves(self) -> (Self::Reader, Self::Writer, Option<Outlet>) {
        let (reader, writer) = tokio::io::split(self);
        (reader, writer, None)
    }
}

/// A TCP stream's writing half for the connection's own task.
#[derive(Debug)]
pub(super) struct TcpWriter(Outlet);

impl AsyncWrite for TcpWriter {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream: &TcpStream = (*self.0).as_ref();
        loop {
            ready!(stream.poll_write_ready(context))?;
            match stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The stream ends with its last [`Outlet`].
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
