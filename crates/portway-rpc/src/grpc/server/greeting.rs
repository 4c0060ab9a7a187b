//! Whether a client has greeted.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::socket::ByteStream;

/// The bytes with which a client of HTTP/2 begins.
///
/// Source: RFC 9113, section 3.4.
const PREFACE: usize = 24;

/// How much has come from a client that has not greeted yet.
#[derive(Clone, Default)]
pub(crate) struct Greeting {
    heard: Arc<AtomicUsize>,
}

impl Greeting {
    /// Tells whether the client has greeted.
    pub(crate) fn is_over(&self) -> bool {
        self.heard.load(Ordering::Relaxed) >= PREFACE
    }
}

/// A stream on which the greeting is watched: HTTP/2 itself would wait for it for ever.
pub(crate) struct Greeted<T> {
    stream: T,
    greeting: Greeting,
    over: bool,
}

impl<T> Greeted<T> {
    pub(crate) fn new(stream: T) -> (Self, Greeting) {
        let greeting = Greeting::default();
        let greeted = Self {
            stream,
            greeting: greeting.clone(),
            over: false,
        };
        (greeted, greeting)
    }
}

impl<T: ByteStream> AsyncRead for Greeted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(task, buffer))?;
        if !self.over {
            let read = buffer.filled().len() - before;
            self.greeting.heard.fetch_add(read, Ordering::Relaxed);
            self.over = self.greeting.is_over();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: ByteStream> AsyncWrite for Greeted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(task, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(task, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }
}
