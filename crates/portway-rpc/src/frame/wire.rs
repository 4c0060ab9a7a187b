//! What stands in front of every frame: its length, kind, flags and stream.

use bytes::{BufMut, BytesMut};

/// The bytes in front of a frame's body: length, kind, flags, stream.
pub const HEADER: usize = 10;

/// What a frame is, with its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Kind {
    /// The greeting of either side.
    Hello = 1,
    /// A client names a method.
    Method = 2,
    /// A client opens a stream.
    Request = 3,
    /// A message of either side.
    Message = 4,
    /// Metadata of the server in front of its first message.
    Leading = 5,
    /// How the call ended.
    Status = 6,
    /// The client gives up.
    Cancel = 7,
    /// The receiver has room.
    Credit = 8,
    /// Are you there?
    Ping = 9,
    /// I am.
    Pong = 10,
    /// No new streams, please.
    GoAway = 11,
}

/// The flags of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// The sender sends no more messages on this stream.
    pub const END: Self = Self(1);
    /// The rest of the body is a message.
    pub const MESSAGE: Self = Self(2);
    /// There is a block of metadata.
    pub const METADATA: Self = Self(4);

    /// Tells whether all of `flags` are set.
    pub fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Adds `flags` where `condition` holds.
    #[must_use]
    pub fn when(self, condition: bool, flags: Self) -> Self {
        if condition {
            Self(self.0 | flags.0)
        } else {
            self
        }
    }
}

/// Writes a frame whose body `write` appends, and sets its length.
pub(crate) fn put_frame(
    buffer: &mut BytesMut,
    kind: Kind,
    flags: Flags,
    stream: u32,
    write: impl FnOnce(&mut BytesMut),
) {
    let start = buffer.len();
    put_header(buffer, kind, flags, stream, 0);
    write(buffer);
    set_length(buffer, start);
}

/// Writes a header of a frame whose body has `length` bytes.
pub(crate) fn put_header(
    buffer: &mut BytesMut,
    kind: Kind,
    flags: Flags,
    stream: u32,
    length: u32,
) {
    let [a, b, c, d] = (length + HEADER as u32 - 4).to_be_bytes();
    let [e, f, g, h] = stream.to_be_bytes();
    buffer.put_slice(&[a, b, c, d, kind as u8, flags.0, e, f, g, h]);
}

/// Sets the length of the frame that begins at `start` and ends with the buffer.
pub(crate) fn set_length(buffer: &mut BytesMut, start: usize) {
    let length = u32::try_from(buffer.len() - start - 4).unwrap_or(u32::MAX);
    buffer[start..start + 4].copy_from_slice(&length.to_be_bytes());
}
