//! A growing buffer of bytes to send.

use std::cell::Cell;

use bytes::Bytes;
use uuid::Uuid;

use super::WriterNotes;
use crate::metadata::BinaryConfiguration;
use crate::value::tag;
use crate::version::Dialect;

/// Writes one message front to back. All integers are little-endian.
///
/// Writing does not stop in the middle: what is too long for the protocol's 32-bit lengths is found
/// when the frame around it is closed, because nothing can take fewer bytes than its length says.
/// What has no bytes at all is a null and stands in the [`notes`](Self::take_notes).
#[derive(Debug, Clone, Default)]
pub struct Writer {
    buffer: Vec<u8>,
    dialect: Dialect,
    binary: BinaryConfiguration,
    asked_for_binary: Cell<bool>,
    pub(super) depth: u8,
    pub(super) collects: bool,
    pub(super) carries: bool,
    pub(super) notes: Option<Box<WriterNotes>>,
}

impl Writer {
    /// Starts empty, for the latest version with all supported features.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts empty in the memory of a buffer that was used before.
    pub fn reusing(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self {
            buffer,
            ..Self::default()
        }
    }

    /// Sets what both sides agreed on in the handshake.
    #[must_use]
    pub fn with_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Sets how binary objects are written.
    #[must_use]
    pub fn with_binary(self, binary: BinaryConfiguration) -> Self {
        Self { binary, ..self }
    }

    /// What both sides agreed on in the handshake.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How binary objects are written.
    pub fn binary(&self) -> BinaryConfiguration {
        self.asked_for_binary.set(true);
        self.binary
    }

    /// Whether anything that was written depends on [how binary objects are](Self::with_binary).
    pub fn asked_for_binary(&self) -> bool {
        self.asked_for_binary.get()
    }

    /// The number of bytes written so far.
    pub fn position(&self) -> usize {
        self.buffer.len()
    }

    /// The bytes written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Ends writing.
    pub fn into_bytes(self) -> Bytes {
        self.buffer.into()
    }

    /// Ends writing; the buffer can be [used again](Self::reusing).
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Makes room for so many more bytes.
    pub(crate) fn reserve(&mut self, additional: usize) {
        self.buffer.reserve(additional);
    }

    /// Writes bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Writes one byte.
    pub fn u8(&mut self, value: u8) {
        self.buffer.push(value);
    }

    /// Writes one byte, 0 or 1.
    pub fn bool(&mut self, value: bool) {
        self.u8(value.into());
    }

    /// Writes a signed 16-bit number.
    pub fn i16(&mut self, value: i16) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes an unsigned 16-bit number.
    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes a signed 32-bit number.
    pub fn i32(&mut self, value: i32) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes a signed 64-bit number.
    pub fn i64(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes an IEEE single.
    pub fn f32(&mut self, value: f32) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes an IEEE double.
    pub fn f64(&mut self, value: f64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes a 32-bit length or count.
    pub fn count(&mut self, count: usize) {
        self.i32(saturated(count));
    }

    /// Writes a tagged string.
    pub fn string(&mut self, text: &str) {
        self.u8(tag::STRING);
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    /// Writes a tagged string or null.
    pub fn optional_string(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.string(text),
            None => self.null(),
        }
    }

    /// Writes a UUID without tag: the most significant half first, each half little-endian.
    pub fn raw_uuid(&mut self, uuid: Uuid) {
        let (most_significant, least_significant) = uuid.as_u64_pair();
        self.bytes(&most_significant.to_le_bytes());
        self.bytes(&least_significant.to_le_bytes());
    }

    /// Writes a null value.
    pub fn null(&mut self) {
        self.u8(tag::NULL);
    }

    /// Writes a 32-bit length in bytes, then what `write` writes.
    pub fn sized(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.position();
        self.i32(0);
        write(self);
        let length = self.position() - start - size_of::<i32>();
        self.patch(start, &saturated(length).to_le_bytes());
    }

    /// Takes back what was written behind a position.
    #[cfg(feature = "serde")]
    pub(super) fn truncate(&mut self, position: usize) {
        self.buffer.truncate(position);
    }

    /// Replaces a count that was written before.
    #[cfg(feature = "serde")]
    pub(crate) fn patch_count(&mut self, position: usize, count: usize) {
        self.patch(position, &saturated(count).to_le_bytes());
    }

    /// Replaces bytes that were written before.
    pub(crate) fn patch(&mut self, position: usize, bytes: &[u8]) {
        self.buffer[position..position + bytes.len()].copy_from_slice(bytes);
    }
}

/// A length as the protocol writes it. Over 2 GiB it saturates; the frame's check refuses that.
fn saturated(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}
