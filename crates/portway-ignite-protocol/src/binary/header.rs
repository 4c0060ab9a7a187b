//! The 24 bytes at the start of a binary object.

use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::value::tag;

/// The layout version of binary objects, the only one there is.
const LAYOUT_VERSION: u8 = 1;

/// What a binary object consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ObjectFlags(pub i16);

impl ObjectFlags {
    /// The type is a user's, not one of Ignite's own.
    pub const USER_TYPE: Self = Self(1);
    /// There is a footer with fields.
    pub const HAS_SCHEMA: Self = Self(2);
    /// There is data without fields.
    pub const HAS_RAW: Self = Self(4);
    /// Offsets in the footer take one byte.
    pub const OFFSET_ONE_BYTE: Self = Self(8);
    /// Offsets in the footer take two bytes.
    pub const OFFSET_TWO_BYTES: Self = Self(16);
    /// The footer has no field ids: they stand in the type's metadata.
    pub const COMPACT_FOOTER: Self = Self(32);

    /// Whether all of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and others.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The size in bytes of an offset in the footer.
    pub(super) const fn offset_size(self) -> usize {
        if self.contains(Self::OFFSET_ONE_BYTE) {
            1
        } else if self.contains(Self::OFFSET_TWO_BYTES) {
            2
        } else {
            4
        }
    }

    /// The narrowest offsets that can say `offset`.
    pub(super) const fn for_offset(offset: usize) -> Self {
        match offset {
            0..0x100 => Self::OFFSET_ONE_BYTE,
            0x100..0x1_0000 => Self::OFFSET_TWO_BYTES,
            _ => Self(0),
        }
    }
}

/// The header of a binary object; its lengths fit the bytes it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectHeader {
    /// What the object consists of.
    pub flags: ObjectFlags,
    /// The type; 0 if the type's name follows the header.
    pub type_id: i32,
    /// The hash code; it decides the partition of a key.
    pub hash_code: i32,
    /// The length of the whole object in bytes.
    pub length: usize,
    /// The set of fields.
    pub schema_id: i32,
    /// Where the data ends: the offset of the footer, or of raw data if there is no footer; the
    /// length where there is neither.
    pub footer: usize,
}

/// The header as its numbers, not yet checked.
struct Numbers {
    tag: u8,
    layout_version: u8,
    flags: i16,
    type_id: i32,
    hash_code: i32,
    length: i32,
    schema_id: i32,
    footer: i32,
}

sequence!(Numbers {
    tag: u8,
    layout_version: u8,
    flags: i16,
    type_id: i32,
    hash_code: i32,
    length: i32,
    schema_id: i32,
    footer: i32,
});

impl ObjectHeader {
    /// The length of the header in bytes.
    pub const LENGTH: usize = 24;

    /// Reads the header of the object at the front of `bytes`, which may go on behind it.
    ///
    /// # Errors
    /// [`DecodeError::MalformedObject`] when lengths or offsets contradict each other,
    /// [`DecodeError::Ended`] when the object is longer than `bytes`.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let numbers = Numbers::decode(&mut Reader::new(bytes))?;
        if numbers.tag != tag::OBJECT {
            return Err(DecodeError::UnexpectedTag {
                expected: "a binary object",
                found: numbers.tag,
            });
        }
        if numbers.layout_version != LAYOUT_VERSION {
            return Err(DecodeError::MalformedObject("its layout version is not 1"));
        }
        let header = numbers.checked()?;
        match header.length.checked_sub(bytes.len()) {
            None | Some(0) => Ok(header),
            Some(missing) => Err(DecodeError::Ended { missing }),
        }
    }

    /// Whether the type's name follows the header, because the type is not registered.
    pub const fn has_class_name(&self) -> bool {
        self.type_id == 0
    }

    /// The name behind the header of an object whose type is not registered.
    ///
    /// # Errors
    /// A [`DecodeError`] when there should be one and is not.
    pub fn class_name<'o>(&self, object: &'o [u8]) -> Result<Option<&'o str>, DecodeError> {
        if !self.has_class_name() {
            return Ok(None);
        }
        let mut reader = Reader::new(object.get(Self::LENGTH..).unwrap_or_default());
        reader.text().map(Some)
    }

    /// Where the first value stands in the object.
    pub(crate) fn data_start(&self, object: &[u8]) -> Result<usize, DecodeError> {
        const TAG_AND_LENGTH: usize = 5;
        let name = self.class_name(object)?;
        Ok(Self::LENGTH + name.map_or(0, |name| TAG_AND_LENGTH + name.len()))
    }

    /// Where the last value ends in the object and raw data or the footer begins.
    pub(crate) fn data_end(&self, object: &[u8]) -> Result<usize, DecodeError> {
        match self.raw_offset(object)? {
            Some(raw) => Ok(raw.min(self.footer)),
            None => Ok(self.footer),
        }
    }

    /// Where raw data begins, if there is any.
    pub(crate) fn raw_offset(&self, object: &[u8]) -> Result<Option<usize>, DecodeError> {
        if !self.flags.contains(ObjectFlags::HAS_RAW) {
            return Ok(None);
        }
        let offset = match object.last_chunk::<4>() {
            Some(last) if self.flags.contains(ObjectFlags::HAS_SCHEMA) => {
                u32::from_le_bytes(*last) as usize
            }
            _ => self.footer,
        };
        if offset < Self::LENGTH || offset > self.length {
            return Err(DecodeError::MalformedObject(
                "its raw data is outside of it",
            ));
        }
        Ok(Some(offset))
    }

    /// Where raw data ends, if there is any: at the footer, or at the end where there is none.
    pub(crate) fn raw_end(&self) -> usize {
        if self.flags.contains(ObjectFlags::HAS_SCHEMA) {
            self.footer
        } else {
            self.length
        }
    }

    /// The header's bytes.
    pub(super) fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut writer = Writer::new();
        Numbers {
            tag: tag::OBJECT,
            layout_version: LAYOUT_VERSION,
            flags: self.flags.0,
            type_id: self.type_id,
            hash_code: self.hash_code,
            length: i32::try_from(self.length).unwrap_or(i32::MAX),
            schema_id: self.schema_id,
            footer: i32::try_from(self.footer).unwrap_or(i32::MAX),
        }
        .encode(&mut writer);
        let mut bytes = [0; Self::LENGTH];
        bytes.copy_from_slice(writer.as_bytes());
        bytes
    }
}

impl Numbers {
    fn checked(self) -> Result<ObjectHeader, DecodeError> {
        let length = usize::try_from(self.length)
            .map_err(|_| DecodeError::MalformedObject("its length is negative"))?;
        if length < ObjectHeader::LENGTH {
            return Err(DecodeError::MalformedObject(
                "it is shorter than its header",
            ));
        }
        let flags = ObjectFlags(self.flags);
        let is_said =
            flags.contains(ObjectFlags::HAS_SCHEMA) || flags.contains(ObjectFlags::HAS_RAW);
        // Java leaves zero where there is neither a footer nor raw data, and looks at it no more.
        let footer = if is_said {
            self.footer_offset()?
        } else {
            length
        };
        if footer < ObjectHeader::LENGTH || footer > length {
            return Err(DecodeError::MalformedObject("its footer is outside of it"));
        }
        Ok(ObjectHeader {
            flags,
            type_id: self.type_id,
            hash_code: self.hash_code,
            length,
            schema_id: self.schema_id,
            footer,
        })
    }

    fn footer_offset(&self) -> Result<usize, DecodeError> {
        usize::try_from(self.footer)
            .map_err(|_| DecodeError::MalformedObject("its footer offset is negative"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_nothing_ends_at_its_end_whatever_its_offset_says() {
        let mut numbers = Numbers {
            tag: tag::OBJECT,
            layout_version: LAYOUT_VERSION,
            flags: ObjectFlags::USER_TYPE.0,
            type_id: 1,
            hash_code: 1,
            length: 24,
            schema_id: 0,
            footer: 0,
        };
        let parsed = |numbers: &Numbers| {
            let mut writer = Writer::new();
            numbers.encode(&mut writer);
            ObjectHeader::parse(writer.as_bytes())
        };
        assert_eq!(parsed(&numbers).unwrap().footer, ObjectHeader::LENGTH);

        numbers.flags = ObjectFlags::USER_TYPE.with(ObjectFlags::HAS_SCHEMA).0;
        let refused = parsed(&numbers).unwrap_err();
        assert!(
            matches!(refused, DecodeError::MalformedObject(_)),
            "{refused}"
        );
    }
}
