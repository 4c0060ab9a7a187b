//! A TLS stream, as the driver of a connection wants it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use crate::transport::Stream;

/// A stream inside TLS.
///
/// A node that closes its socket without the farewell of TLS has closed the connection like any
/// other: where a message ends is told by its length, so nothing can be cut off unnoticed.
///
/// Bytes are reported as written when they have left this process. A TLS stream takes bytes before
/// the socket does and sends the rest when it is flushed. The driver of a connection writes until
/// its buffer is empty and then only reads: what TLS kept would never leave. So the flush belongs to
/// the write here. While it waits, nothing is reported; a caller that asks again does so with the
/// same bytes first, as the driver does.
pub(super) struct Secured<S> {
    inner: TlsStream<S>,
    /// What TLS took and was not reported yet.
    taken: usize,
}

impl<S> Secured<S> {
    pub(super) fn new(inner: TlsStream<S>) -> Self {
        Self { inner, taken: 0 }
    }
}

/// A record of TLS is read as a whole: how many bytes of it are there says nothing.
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for Secured<S> {}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Secured<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.inner).poll_read(context, buffer)) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
            result => Poll::Ready(result),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Secured<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.taken == 0 {
            self.taken = ready!(Pin::new(&mut self.inner).poll_write(context, bytes))?;
        }
        ready!(Pin::new(&mut self.inner).poll_flush(context))?;
        Poll::Ready(Ok(std::mem::take(&mut self.taken)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
