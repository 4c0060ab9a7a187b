//! A cursor over received bytes.

use std::ops::Range;

use bytes::Bytes;
use uuid::Uuid;

use super::DecodeError;
use crate::registry::{NoSchemas, SchemaSource};
use crate::value::tag;
use crate::version::Dialect;

/// How deep values may be nested. Deep enough for any data model, small enough for any stack.
pub const MAX_DEPTH: u8 = 64;

/// How many values one message may hold. It bounds what a message of many tiny values costs: each
/// takes up to 80 bytes here, so 80 MiB in all.
pub const MAX_VALUES: u32 = 1 << 20;

/// How many bytes may be read again because references, or the offsets of fields, lead to them more
/// than once. It bounds what a short message of many references to one long value costs; it is the
/// longest message that a server takes by default.
pub const MAX_REPEATED_BYTES: usize = 64 << 20;

/// Reads one message front to back.
///
/// All integers are little-endian. Nothing is allocated by an announced count before the count
/// was compared with the bytes that are left.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) shared: Option<&'a Bytes>,
    pub(super) position: usize,
    dialect: Dialect,
    pub(super) schemas: &'a dyn SchemaSource,
    pub(super) depth: u8,
    pub(super) values_left: u32,
    pub(super) content_left: usize,
    pub(super) widens: bool,
    keeps: bool,
}

impl<'a> Reader<'a> {
    /// Starts at the front of `bytes`; raw values taken from it are copies.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            shared: None,
            position: 0,
            dialect: Dialect::default(),
            schemas: &NoSchemas,
            depth: 0,
            values_left: MAX_VALUES,
            content_left: bytes.len().saturating_add(MAX_REPEATED_BYTES),
            widens: false,
            keeps: false,
        }
    }

    /// Starts at the front of `bytes`; raw values taken from it share its memory.
    pub fn shared(bytes: &'a Bytes) -> Self {
        Self {
            shared: Some(bytes),
            ..Self::new(bytes)
        }
    }

    /// Walks over a part of `whole`; raw values taken from it share its memory.
    ///
    /// # Panics
    /// When the part is outside of the whole.
    #[inline]
    pub(crate) fn part(whole: &'a Bytes, part: Range<usize>) -> Self {
        Self {
            shared: Some(whole),
            ..Self::new(&whole[part])
        }
    }

    /// Sets what both sides agreed on in the handshake (default: the latest version, all supported features).
    #[must_use]
    pub fn with_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Sets where the fields of compact binary objects are looked up (default: nowhere).
    #[must_use]
    #[inline]
    pub fn with_schemas(self, schemas: &'a dyn SchemaSource) -> Self {
        Self { schemas, ..self }
    }

    /// Reads numbers of a smaller type too where a wider one is asked for, if each of them keeps its
    /// value (default: types must be the same). For columns, whose types a query decides.
    #[must_use]
    #[inline]
    pub fn widening(self) -> Self {
        Self {
            widens: true,
            ..self
        }
    }

    /// Takes raw values in the form in which a server keeps them: objects in collections, maps and
    /// arrays are wrapped, references resolved, hash tables in Java's order (default: as they come).
    #[must_use]
    pub fn keeping(self) -> Self {
        Self {
            keeps: true,
            ..self
        }
    }

    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    /// What both sides agreed on in the handshake.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The number of bytes not yet read.
    #[inline]
    pub fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Whether all bytes are read.
    pub fn is_at_end(&self) -> bool {
        self.left() == 0
    }

    /// Fails unless all bytes are read.
    ///
    /// # Errors
    /// [`DecodeError::Trailing`] when bytes are left.
    #[inline]
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.left() {
            0 => Ok(()),
            left => Err(DecodeError::Trailing { left }),
        }
    }

    /// Takes the next `length` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] when there are fewer.
    #[inline]
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let rest = &self.bytes[self.position..];
        let taken = rest.get(..length).ok_or_else(|| DecodeError::Ended {
            missing: length - rest.len(),
        })?;
        self.position += length;
        Ok(taken)
    }

    /// Takes all that is left.
    pub fn take_rest(&mut self) -> Bytes {
        let rest = &self.bytes[self.position..];
        self.position = self.bytes.len();
        self.share(rest)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// Reads one byte.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes; so do the other number reads.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(self.array::<1>()?[0])
    }

    /// Reads one byte, of which any value but zero is true.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.u8()? != 0)
    }

    /// Reads a signed 16-bit number.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes.
    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        self.array().map(i16::from_le_bytes)
    }

    /// Reads an unsigned 16-bit number.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_le_bytes)
    }

    /// Reads a signed 32-bit number.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes.
    #[inline]
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        self.array().map(i32::from_le_bytes)
    }

    /// Reads a signed 64-bit number.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes.
    #[inline]
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_le_bytes)
    }

    /// Reads an IEEE single.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes.
    pub fn f32(&mut self) -> Result<f32, DecodeError> {
        self.array().map(f32::from_le_bytes)
    }

    /// Reads an IEEE double.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes.
    #[inline]
    pub fn f64(&mut self) -> Result<f64, DecodeError> {
        self.array().map(f64::from_le_bytes)
    }

    /// Reads a 32-bit length in bytes and checks that so many are left.
    ///
    /// # Errors
    /// [`DecodeError::NegativeLength`], [`DecodeError::CountOverBytes`],
    /// [`DecodeError::TooMuchRepeated`], [`DecodeError::Ended`].
    #[inline]
    pub fn length(&mut self) -> Result<usize, DecodeError> {
        self.count(1)
    }

    /// Reads a 32-bit count of elements that take `minimum_size` bytes each or more, and checks
    /// that so many fit into what is left.
    ///
    /// # Errors
    /// [`DecodeError::NegativeLength`], [`DecodeError::CountOverBytes`],
    /// [`DecodeError::TooMuchRepeated`], [`DecodeError::Ended`].
    #[inline]
    pub fn count(&mut self, minimum_size: usize) -> Result<usize, DecodeError> {
        let count = self.uncharged_count(minimum_size)?;
        self.charge(count * minimum_size)?;
        Ok(count)
    }

    /// As [`count`](Self::count), for what is read again piece by piece.
    #[inline]
    pub(super) fn uncharged_count(&mut self, minimum_size: usize) -> Result<usize, DecodeError> {
        let announced = self.i32()?;
        let count =
            usize::try_from(announced).map_err(|_| DecodeError::NegativeLength(announced))?;
        if count.saturating_mul(minimum_size.max(1)) > self.left() {
            return Err(DecodeError::CountOverBytes {
                count,
                left: self.left(),
            });
        }
        Ok(count)
    }

    /// Reads a tagged string that is not null.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedTag`], [`DecodeError::UnexpectedNull`],
    /// [`DecodeError::InvalidText`] or what a length can fail with.
    #[inline]
    pub fn string(&mut self) -> Result<String, DecodeError> {
        self.expect_tag(tag::STRING, "a string")?;
        self.untagged_string()
    }

    /// Reads a tagged string or null.
    ///
    /// # Errors
    /// As [`string`](Self::string), but for the null.
    pub fn optional_string(&mut self) -> Result<Option<String>, DecodeError> {
        if self.take_null() {
            Ok(None)
        } else {
            self.string().map(Some)
        }
    }

    /// Reads a tagged string that is not null, without copying it.
    ///
    /// # Errors
    /// As [`string`](Self::string).
    pub fn text(&mut self) -> Result<&'a str, DecodeError> {
        self.expect_tag(tag::STRING, "a string")?;
        self.untagged_text()
    }

    /// Reads the length and the text of a string whose tag is already read.
    pub(crate) fn untagged_string(&mut self) -> Result<String, DecodeError> {
        self.untagged_text().map(str::to_owned)
    }

    #[inline]
    pub(crate) fn untagged_text(&mut self) -> Result<&'a str, DecodeError> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| DecodeError::InvalidText)
    }

    /// Reads a UUID without tag: the most significant half first, each half little-endian.
    ///
    /// # Errors
    /// [`DecodeError::Ended`] at the end of the bytes.
    pub fn raw_uuid(&mut self) -> Result<Uuid, DecodeError> {
        let most_significant = u64::from_le_bytes(self.array()?);
        let least_significant = u64::from_le_bytes(self.array()?);
        Ok(Uuid::from_u64_pair(most_significant, least_significant))
    }

    /// Takes a null value if one is next.
    #[inline]
    pub fn take_null(&mut self) -> bool {
        let is_null = self.peek() == Some(tag::NULL);
        self.position += usize::from(is_null);
        is_null
    }

    /// The next byte, without reading it.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Reads a tag and fails unless it is `expected`.
    #[inline]
    pub(crate) fn expect_tag(
        &mut self,
        expected: u8,
        what: &'static str,
    ) -> Result<(), DecodeError> {
        match self.u8()? {
            found if found == expected => Ok(()),
            tag::NULL => Err(DecodeError::UnexpectedNull { expected: what }),
            found => Err(DecodeError::UnexpectedTag {
                expected: what,
                found,
            }),
        }
    }
}
