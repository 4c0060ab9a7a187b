//! A message on its way into the outbox.

use bytes::{Bytes, BytesMut};

use crate::{
    EncodeMessage, Status,
    frame::{
        Outbox,
        wire::{Flags, Kind, put_header},
    },
};

/// From which size on bytes get a buffer of their own instead of being copied behind others.
///
/// Below it copying is cheaper than one more slice for the kernel to gather.
pub const LARGE_MESSAGE: usize = 8 * 1024;

/// A message on its way into an outbox.
#[derive(Clone)]
#[non_exhaustive]
pub enum Body<'a> {
    /// It is written straight behind other frames.
    Message(&'a dyn EncodeMessage),
    /// It is there as bytes.
    Encoded(Encoded),
}

/// A message as bytes, of which the large parts are sent as they are.
#[derive(Clone, Debug)]
pub struct Encoded {
    front: Bytes,
    /// Bulk bytes of the message, which were never copied.
    payload: Bytes,
}

impl Encoded {
    fn len(&self) -> usize {
        self.front.len() + self.payload.len()
    }
}

impl From<Bytes> for Encoded {
    fn from(bytes: Bytes) -> Self {
        Self {
            front: Bytes::new(),
            payload: bytes,
        }
    }
}

impl std::fmt::Debug for Body<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Body").finish_non_exhaustive()
    }
}

impl<'a> Body<'a> {
    /// Prepares a message: a large one is encoded now, outside of every lock.
    ///
    /// # Errors
    /// What the codec says.
    pub fn prepare(message: &'a dyn EncodeMessage) -> Result<Self, Status> {
        Ok(match encode_large(message)? {
            Some(encoded) => Self::Encoded(encoded),
            None => Self::Message(message),
        })
    }
}

/// Returns a large message as bytes of its own; nothing for one that is copied behind others.
pub(crate) fn encode_large(message: &dyn EncodeMessage) -> Result<Option<Encoded>, Status> {
    if message.size_hint() < LARGE_MESSAGE {
        return Ok(None);
    }
    let mut front = BytesMut::new();
    let payload = message.encode_front(&mut front)?;
    let front = front.freeze();
    Ok(Some(Encoded { front, payload }))
}

/// Writes a frame with a message behind what `prefix` writes; returns the message's length.
///
/// Nothing is written where it fails.
pub(crate) fn put_message(
    outbox: &mut Outbox,
    (kind, flags, stream): (Kind, Flags, u32),
    prefix: impl FnOnce(&mut BytesMut),
    body: Body<'_>,
    maximum_frame: u32,
) -> Result<usize, Status> {
    let tail = outbox.tail();
    let start = tail.len();
    put_header(tail, kind, flags.when(true, Flags::MESSAGE), stream, 0);
    prefix(tail);
    let before = tail.len();
    let (length, encoded) = match body {
        Body::Message(message) => {
            if let Err(status) = message.encode(tail) {
                tail.truncate(start);
                return Err(status);
            }
            (tail.len() - before, None)
        }
        Body::Encoded(encoded) => (encoded.len(), Some(encoded)),
    };
    let total = before - start + length - 4;
    let Some(fits) = u32::try_from(total)
        .ok()
        .filter(|total| *total <= maximum_frame)
    else {
        tail.truncate(start);
        return Err(Status::resource_exhausted(format!(
            "a message of {length} bytes is above the peer's limit of {maximum_frame} for a frame"
        )));
    };
    set_length_to(tail, start, fits);
    if let Some(Encoded { front, payload }) = encoded {
        outbox.push(front);
        outbox.push(payload);
    }
    Ok(length)
}

fn set_length_to(buffer: &mut BytesMut, start: usize, length: u32) {
    buffer[start..start + 4].copy_from_slice(&length.to_be_bytes());
}
