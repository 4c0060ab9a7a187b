//! What is to be sent, in order.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::frame::LARGE_MESSAGE;

/// What is to be sent: small frames one behind the other in one buffer, large messages as they
/// are between such buffers, so that they are never copied.
#[derive(Debug, Default)]
pub struct Outbox {
    segments: VecDeque<Bytes>,
    tail: BytesMut,
    /// The bytes of the segments.
    length: usize,
}

/// What was taken out of an [`Outbox`] to be written, in order: the segments, then the tail.
#[derive(Debug, Default)]
pub struct Chunks {
    /// Whole buffers.
    pub segments: VecDeque<Bytes>,
    /// The last buffer, which returns to the outbox for reuse.
    pub tail: BytesMut,
}

impl Outbox {
    /// Returns how many bytes wait.
    pub fn len(&self) -> usize {
        self.length + self.tail.len()
    }

    /// Tells whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives the buffer that small frames are appended to.
    pub fn tail(&mut self) -> &mut BytesMut {
        &mut self.tail
    }

    /// Appends bytes: large ones, from [`LARGE_MESSAGE`] on, without copying them.
    pub fn push(&mut self, bytes: Bytes) {
        if bytes.len() < LARGE_MESSAGE {
            return self.tail.extend_from_slice(&bytes);
        }
        if !self.tail.is_empty() {
            let tail = self.tail.split().freeze();
            self.length += tail.len();
            self.segments.push_back(tail);
        }
        self.length += bytes.len();
        self.segments.push_back(bytes);
    }

    /// Exchanges what waits for `chunks`, which are empty and whose buffers are used again.
    pub fn take(&mut self, chunks: &mut Chunks) {
        debug_assert!(chunks.is_empty(), "what was taken before is written first");
        std::mem::swap(&mut self.segments, &mut chunks.segments);
        std::mem::swap(&mut self.tail, &mut chunks.tail);
        self.length = 0;
    }
}

impl Chunks {
    /// Tells whether all is written.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.tail.is_empty()
    }
}
