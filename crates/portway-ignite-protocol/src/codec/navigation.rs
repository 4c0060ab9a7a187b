//! How the decoders of values move inside of a message, and what that may cost.

use bytes::Bytes;

use super::{DecodeError, MAX_DEPTH, MAX_VALUES, Reader};
use crate::registry::SchemaSource;

impl<'a> Reader<'a> {
    /// Reads a 32-bit length in bytes, then what `read` reads, and moves behind so many bytes:
    /// what a newer peer added at the end is skipped.
    pub(crate) fn sized<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let length = self.outer_length()?;
        let (outside, end) = (self.bytes, self.position + length);
        self.bytes = &outside[..end];
        let result = read(self);
        self.bytes = outside;
        self.position = end;
        result
    }

    /// The bytes this reader walks over, with those already read.
    pub(crate) fn all(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where the next byte stands in [`all`](Self::all).
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Goes back to a position that was read before.
    pub(crate) fn rewind(&mut self, position: usize) {
        self.position = self.position.min(position);
    }

    /// Starts in the middle: [`position`](Self::position) is where the value begins, and handles
    /// may point before it.
    pub(crate) fn starting_at(mut self, position: usize) -> Self {
        self.position = position.min(self.bytes.len());
        self
    }

    /// What this reader walks over, if it shares its memory.
    pub(crate) fn whole(&self) -> Option<Bytes> {
        self.shared.map(|whole| whole.slice_ref(self.bytes))
    }

    /// Whether numbers of smaller types are taken for wider ones.
    pub(crate) fn widens(&self) -> bool {
        self.widens
    }

    /// Where the fields of compact objects are looked up.
    pub(crate) fn schemas(&self) -> &'a dyn SchemaSource {
        self.schemas
    }

    /// Turns a part of [`all`](Self::all) into bytes of its own, shared where possible.
    pub(crate) fn share(&self, part: &'a [u8]) -> Bytes {
        match self.shared {
            Some(whole) => whole.slice_ref(part),
            None => Bytes::copy_from_slice(part),
        }
    }

    /// Counts one value against [`MAX_VALUES`].
    pub(crate) fn count_value(&mut self) -> Result<(), DecodeError> {
        self.values_left = self
            .values_left
            .checked_sub(1)
            .ok_or(DecodeError::TooManyValues)?;
        Ok(())
    }

    /// Begins to count anew, where what was counted so far was not built.
    pub(crate) fn restart_value_count(&mut self) {
        self.values_left = MAX_VALUES;
    }

    /// Counts content. Read front to back, no message has more of it than bytes; what is over that
    /// is read repeatedly, and counts against [`MAX_REPEATED_BYTES`](super::MAX_REPEATED_BYTES).
    #[inline]
    pub(crate) fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.content_left = self
            .content_left
            .checked_sub(bytes)
            .ok_or(DecodeError::TooMuchRepeated)?;
        Ok(())
    }

    /// Reads the length of what is read again piece by piece behind it, and checks that so much is
    /// left.
    pub(crate) fn outer_length(&mut self) -> Result<usize, DecodeError> {
        self.uncharged_count(1)
    }

    /// Whether the next value is inside of another.
    pub(crate) fn is_inside(&self) -> bool {
        self.depth > 0
    }

    /// Runs `read` one level of nesting deeper.
    pub(crate) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if self.depth >= MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Runs `read` at an earlier position (a handle's target), one level deeper, and comes back.
    pub(crate) fn elsewhere<T>(
        &mut self,
        position: usize,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.nested(|reader| reader.inside(position, read))
    }

    /// Runs `read` at a position inside of the value that is being read, and comes back.
    pub(crate) fn inside<T>(
        &mut self,
        position: usize,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let here = std::mem::replace(&mut self.position, position.min(self.bytes.len()));
        let result = read(self);
        self.position = here;
        result
    }
}
