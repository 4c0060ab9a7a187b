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

/// How much a read may take at first: a batch of small calls fits in.
const READ_SIZE: usize = 64 * 1024;

/// How much a read may take where reads fill what they are given: several messages of 64 KiB, so
/// that few of them begin in one buffer and end in the next, which costs a copy.
const READ_MAXIMUM: usize = 256 * 1024;

/// How much room a read needs; below it a new buffer is taken.
const READ_MINIMUM: usize = 8 * 1024;

/// How many buffers the kernel is given at once.
const SLICES: usize = 32;

/// How many bytes of a buffer are kept for reuse; one that a large message grew is let go.
const KEPT: usize = 512 * 1024;

/// Moves bytes between a socket, a decoder and an outbox.
#[derive(Debug)]
pub(crate) struct Pump<T> {
    io: T,
    incoming: BytesMut,
    /// The buffer before, for reuse once all messages in it are dropped.
    spare: BytesMut,
    /// How large a buffer was asked for.
    size: usize,
    /// How much room the next buffer gets.
    portion: usize,
    /// How long the frame was that was there in part at last.
    latest: usize,
    decoder: Decoder,
    writing: Chunks,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Pump<T> {
    pub(crate) fn new(io: T, decoder: Decoder) -> Self {
        Self {
            io,
            incoming: BytesMut::new(),
            spare: BytesMut::new(),
            size: 0,
            portion: READ_SIZE,
            latest: 0,
            decoder,
            writing: Chunks::default(),
        }
    }

    /// Reads what is there; zero is the end.
    pub(crate) fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let missing = self.decoder.missing(&self.incoming);
        if missing > 0 {
            self.latest = self.incoming.len() + missing;
        }
        // More of a frame is not copied for the sake of a larger read.
        let is_large = self.incoming.len() >= READ_MINIMUM;
        let least = if is_large { 0 } else { READ_MINIMUM };
        if self.room() < least.max(missing.min(self.portion)) {
            // The buffer grows with what has come, not with what a length promises.
            let growth = missing.min(self.incoming.len());
            self.renew(self.up_to_a_frame(self.portion.max(growth), missing));
        }
        let room = self.room();
        let count = ready!(pin!(self.io.read_buf(&mut self.incoming)).poll(context))?;
        self.portion = match count {
            // It was the end of a large frame and says nothing of what comes.
            _ if room < READ_MINIMUM => self.portion,
            _ if count == room => (self.portion * 2).min(READ_MAXIMUM),
            _ if count < READ_MINIMUM => READ_SIZE,
            _ => self.portion,
        };
        Poll::Ready(Ok(count))
    }

    /// Extends room for what is missing of a frame so that others like the latest end with it:
    /// what then begins in a buffer need not be copied to the next. Less than twice the portion.
    fn up_to_a_frame(&self, room: usize, missing: usize) -> usize {
        let is_worth_it = (READ_MINIMUM..=self.portion).contains(&self.latest);
        match room.checked_sub(missing) {
            Some(rest) if is_worth_it => missing + rest.next_multiple_of(self.latest),
            _ => room,
        }
    }

    /// Reads what is there and drops it; zero is the end.
    pub(crate) fn poll_discard(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.incoming.clear();
        self.poll_fill(context)
    }

    fn room(&self) -> usize {
        self.incoming.capacity() - self.incoming.len()
    }

    /// Goes on in a buffer with so much room, with what is there of a frame.
    fn renew(&mut self, room: usize) {
        let size = room + self.incoming.len();
        let mut next = std::mem::take(&mut self.spare);
        next.clear();
        if !next.try_reclaim(size) || next.capacity() > 2 * size {
            next = BytesMut::with_capacity(size);
        }
        next.extend_from_slice(&self.incoming);
        let used = std::mem::replace(&mut self.incoming, next);
        if std::mem::replace(&mut self.size, size) <= KEPT {
            self.spare = used;
        }
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncWriteExt as _, DuplexStream};

    use super::*;

    const LARGE: usize = 2 << 20;

    fn pump() -> (DuplexStream, Pump<DuplexStream>) {
        let (peer, io) = tokio::io::duplex(2 * LARGE);
        (peer, Pump::new(io, Decoder::new(4 << 20)))
    }

    async fn fill(pump: &mut Pump<DuplexStream>) -> usize {
        poll_fn(|task| pump.poll_fill(task)).await.unwrap()
    }

    #[tokio::test]
    async fn reads_that_fill_their_buffer_make_the_next_one_larger_and_small_ones_smaller() {
        let (mut peer, mut pump) = pump();
        peer.write_all(&vec![0; LARGE]).await.unwrap();
        let mut sizes = Vec::new();
        for _ in 0..4 {
            sizes.push(fill(&mut pump).await);
            drop(pump.incoming.split());
        }
        assert_eq!(
            sizes,
            [READ_SIZE, 2 * READ_SIZE, READ_MAXIMUM, READ_MAXIMUM]
        );
        while fill(&mut pump).await >= READ_MINIMUM {
            drop(pump.incoming.split());
            peer.write_all(&[0; 64]).await.unwrap();
        }
        assert_eq!(pump.portion, READ_SIZE);
    }

    #[tokio::test]
    async fn large_messages_of_one_size_are_not_copied_from_buffer_to_buffer() {
        let (mut peer, mut pump) = pump();
        let mut frames = BytesMut::new();
        for stream in 1..=30 {
            let message = Some(vec![0; 60_000].into());
            let end = true;
            Frame::Message {
                stream,
                message,
                end,
            }
            .encode(&mut frames);
        }
        peer.write_all(&frames).await.unwrap();
        let (mut count, mut copied) = (0, Vec::new());
        while count < 30 {
            let (begin, length) = (pump.incoming.as_ptr(), pump.incoming.len());
            fill(&mut pump).await;
            if pump.incoming.as_ptr() != begin && length > 0 {
                copied.push((count, length));
            }
            while pump.next_frame().unwrap().is_some() {
                count += 1;
            }
        }
        let first = 65_536 - 60_010;
        assert_eq!(copied, [(1, first)], "only while their size is not known");
    }

    #[tokio::test]
    async fn a_buffer_that_one_large_message_grew_is_not_kept_for_others() {
        let (mut peer, mut pump) = pump();
        let mut frame = BytesMut::new();
        let message = Some(vec![0; LARGE].into());
        Frame::Message {
            stream: 1,
            message,
            end: true,
        }
        .encode(&mut frame);
        peer.write_all(&frame).await.unwrap();
        while pump.next_frame().unwrap().is_none() {
            assert!(fill(&mut pump).await > 0);
        }
        pump.renew(READ_SIZE);
        assert_eq!((pump.spare.capacity(), pump.size), (0, READ_SIZE));
    }
}
