//! Frames: a 32-bit length, then so many bytes.

use bytes::{Buf, Bytes, BytesMut};
use thiserror::Error;

use crate::codec::{DecodeError, Writer};

/// The frame limit that suits a server: one message may cost this much memory before it is
/// understood.
pub const DEFAULT_FRAME_LIMIT: usize = 64 << 20;

/// The frame limit before the handshake, 128 KiB: room for a user's name of 65 KiB, which Ignite's
/// own clients are tested with. A node takes 64 MiB, of anybody.
pub const HANDSHAKE_FRAME_LIMIT: usize = 128 << 10;

/// The room that a new frame begins with: enough for most requests, so that they are not moved
/// while they grow.
const TYPICAL_FRAME: usize = 256;

const HEADER: usize = size_of::<i32>();

/// A message that does not fit the protocol's 32-bit length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a message of {length} bytes is too long for the protocol; split it into smaller ones")]
pub struct FrameTooLong {
    /// The message's length.
    pub length: usize,
}

/// Takes the payload of the first whole frame off `buffer`, or `None` when more bytes are needed.
///
/// Nothing is reserved for an announced length: the buffer grows with what really arrives.
///
/// # Errors
/// [`DecodeError::NegativeLength`] and [`DecodeError::FrameOverLimit`], as soon as the length is
/// there.
#[inline]
pub fn split_frame(buffer: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, DecodeError> {
    let Some(header) = buffer.first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let announced = i32::from_le_bytes(*header);
    let length = usize::try_from(announced).map_err(|_| DecodeError::NegativeLength(announced))?;
    if length > limit {
        return Err(DecodeError::FrameOverLimit { length, limit });
    }
    if buffer.len() - HEADER < length {
        return Ok(None);
    }
    buffer.advance(HEADER);
    Ok(Some(buffer.split_to(length).freeze()))
}

/// Writes a whole frame around what `write` writes.
///
/// # Errors
/// [`FrameTooLong`] when that is over 2 GiB.
pub(crate) fn frame(
    mut writer: Writer,
    write: impl FnOnce(&mut Writer),
) -> Result<Bytes, FrameTooLong> {
    frame_into(&mut writer, write)?;
    Ok(writer.into_bytes())
}

/// Appends a whole frame around what `write` writes.
///
/// # Errors
/// [`FrameTooLong`] when that is over 2 GiB.
pub(crate) fn frame_into(
    writer: &mut Writer,
    write: impl FnOnce(&mut Writer),
) -> Result<(), FrameTooLong> {
    writer.reserve(TYPICAL_FRAME);
    let start = writer.position() + HEADER;
    writer.sized(write);
    let length = writer.position() - start;
    match i32::try_from(length) {
        Ok(_) => Ok(()),
        Err(_) => Err(FrameTooLong { length }),
    }
}
