//! Moves bytes between a socket, a decoder and an outbox.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use crate::frame::{Chunks, Decoder, Frame, FrameError};

/// How much one read may take. A batch of small calls fits in, and so does a message of 64 KiB
/// with its header, in two.
const READ_SIZE: usize = 64 * 1024;

/// How much room a read needs; below it a new buffer is taken.
const READ_MINIMUM: usize = 8 * 1024;

/// How many buffers the kernel is given at once.
const SLICES: usize = 32;

/// How many bytes of a buffer are kept for reuse; one that a large message grew is let go.
const KEPT: usize = 512 * 1024;

/// How many messages of a stream one call counts as: it has a handler, or a caller to wake.
const CALL_WEIGHT: usize = 4;

/// Returns how much work a frame makes, in messages of streams.
pub(crate) fn weight(frame: &Frame) -> usize {
    match frame {
        Frame::Message { end: false, .. } => 1,
        _ => CALL_WEIGHT,
    }
}

/// Moves bytes between a socket, a decoder and an outbox.
#[derive(Debug)]
pub(crate) struct Pump<T> {
    io: T,
    incoming: BytesMut,
    decoder: Decoder,
    writing: Chunks,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Pump<T> {
    pub(crate) fn new(io: T, decoder: Decoder) -> Self {
        Self {
            io,
            incoming: BytesMut::new(),
            decoder,
            writing: Chunks::default(),
        }
    }

    /// Reads what is there; zero is the end.
    pub(crate) fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let room = self.incoming.capacity() - self.incoming.len();
        let missing = self.decoder.missing(&self.incoming);
        if room < READ_MINIMUM.max(missing.min(READ_SIZE)) {
            // The buffer grows with what has come, not with what a length promises.
            let growth = missing.min(self.incoming.len());
            self.incoming.reserve(READ_SIZE.max(growth));
        }
        pin!(self.io.read_buf(&mut self.incoming)).poll(context)
    }

    /// Takes the next frame out of what was read.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        self.decoder.decode(&mut self.incoming)
    }

    /// Tells whether what was read ends with a whole frame.
    pub(crate) fn is_between_frames(&self) -> bool {
        self.incoming.is_empty()
    }

    /// Tells whether all that was taken to be written is written.
    pub(crate) fn is_idle(&self) -> bool {
        self.writing.is_empty()
    }

    /// Gives what is to be written next; only while it is idle.
    pub(crate) fn chunks(&mut self) -> &mut Chunks {
        &mut self.writing
    }

    /// Writes what was taken.
    pub(crate) fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.writing.is_empty() {
            let written = ready!(self.poll_write_some(context))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// Pushes what was written through buffers below, such as those of TLS.
    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    /// Says that nothing more is written.
    pub(crate) fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_some(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let io = Pin::new(&mut self.io);
        if self.writing.segments.is_empty() {
            return io.poll_write(context, &self.writing.tail);
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let tail = std::iter::once(self.writing.tail.as_ref());
        let parts = self.writing.segments.iter().map(AsRef::as_ref).chain(tail);
        let mut count = 0;
        for (slice, part) in slices.iter_mut().zip(parts) {
            *slice = IoSlice::new(part);
            count += 1;
        }
        io.poll_write_vectored(context, &slices[..count])
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(segment) = self.writing.segments.front_mut() {
            if segment.len() > written {
                segment.advance(written);
                return;
            }
            written -= segment.len();
            self.writing.segments.pop_front();
        }
        self.writing.tail.advance(written);
        if self.writing.tail.is_empty() && self.writing.tail.capacity() > KEPT {
            self.writing.tail = BytesMut::new();
        }
    }
}
