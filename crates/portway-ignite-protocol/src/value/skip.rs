//! Finding the end of a value without building it.

use super::follow::{handle_target, wrapped_object};
use crate::binary::ObjectHeader;
use crate::codec::{DecodeError, Layout, Reader};
use crate::value::{TypeReference, tag};

/// Moves behind one value. Handles in it may point back as far as `start`.
///
/// The inside of binary objects is not looked at: they carry their length.
pub(crate) fn skip_value(reader: &mut Reader<'_>, start: usize) -> Result<(), DecodeError> {
    let skipper = Skipper { start, look: None };
    skipper.value(reader)
}

/// Looks at the binary object at the reader's position and at all objects inside of it, and moves
/// behind it. Raw data is not looked at: only its writer knows what it is.
///
/// Fails with [`DecodeError::HandleOutside`] when a handle leaves the object, and with what `look`
/// fails with.
pub(crate) fn walk_object(reader: &mut Reader<'_>, look: &Look<'_>) -> Result<(), DecodeError> {
    let start = reader.position();
    let look = Some(look);
    Skipper { start, look }.value(reader)
}

/// Looks at the header and the bytes of an object.
type Look<'l> = dyn Fn(&ObjectHeader, &[u8]) -> Result<(), DecodeError> + 'l;

/// What to mind on the way.
#[derive(Clone, Copy)]
struct Skipper<'l> {
    start: usize,
    look: Option<&'l Look<'l>>,
}

impl Skipper<'_> {
    fn value(self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.count_value()?;
        let position = reader.position();
        let found = reader.u8()?;
        if let Some(size) = fixed_size(found) {
            return reader.take(size).map(drop);
        }
        if let Some(size) = element_size(found) {
            let count = reader.count(size)?;
            return reader.take(count * size).map(drop);
        }
        match found {
            tag::HANDLE => self.handle(reader, position),
            tag::OBJECT => self.object(reader, position),
            _ if tag::holds_values(found) => reader.nested(|reader| self.composed(reader, found)),
            _ => self.composed(reader, found),
        }
    }

    fn handle(self, reader: &mut Reader<'_>, position: usize) -> Result<(), DecodeError> {
        if handle_target(reader, position)? < self.start {
            return Err(DecodeError::HandleOutside);
        }
        Ok(())
    }

    fn object(self, reader: &mut Reader<'_>, position: usize) -> Result<(), DecodeError> {
        let object = &reader.all()[position..];
        let header = ObjectHeader::parse(object)?;
        if let Some(look) = self.look {
            let object = &object[..header.length];
            look(&header, object)?;
            let data = position + header.data_start(object)?..position + header.data_end(object)?;
            reader.inside(data.start, |reader| {
                reader.nested(|reader| self.values_up_to(reader, data.end))
            })?;
        }
        // The tag is already read.
        reader.take(header.length - 1).map(drop)
    }

    fn values_up_to(self, reader: &mut Reader<'_>, end: usize) -> Result<(), DecodeError> {
        while reader.position() < end {
            self.value(reader)?;
        }
        Ok(())
    }

    fn composed(self, reader: &mut Reader<'_>, found: u8) -> Result<(), DecodeError> {
        match found {
            tag::WRAPPED_OBJECT => wrapped_object(reader).map(drop),
            tag::STRING_ARRAY
            | tag::UUID_ARRAY
            | tag::DATE_ARRAY
            | tag::DECIMAL_ARRAY
            | tag::TIMESTAMP_ARRAY
            | tag::TIME_ARRAY => self.elements(reader, 1),
            tag::OBJECT_ARRAY | tag::ENUM_ARRAY => {
                TypeReference::decode(reader)?;
                self.elements(reader, 1)
            }
            tag::COLLECTION => self.container(reader, 1),
            tag::MAP => self.container(reader, 2),
            tag::ENUM | tag::BINARY_ENUM => {
                TypeReference::decode(reader)?;
                reader.i32().map(drop)
            }
            tag::DECIMAL => {
                reader.i32()?;
                let length = reader.length()?;
                reader.take(length).map(drop)
            }
            tag::CLASS => TypeReference::decode(reader).map(drop),
            tag::PROXY => self.proxy(reader),
            unknown => Err(DecodeError::UnknownTag(unknown)),
        }
    }

    fn elements(self, reader: &mut Reader<'_>, values_each: usize) -> Result<(), DecodeError> {
        let count = reader.count(values_each)?;
        (0..count * values_each).try_for_each(|_| self.value(reader))
    }

    /// A count, a byte with the kind, then the elements.
    fn container(self, reader: &mut Reader<'_>, values_each: usize) -> Result<(), DecodeError> {
        let count = reader.count(values_each)?;
        reader.u8()?;
        (0..count * values_each).try_for_each(|_| self.value(reader))
    }

    /// The interfaces, then the handler.
    fn proxy(self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let interfaces = reader.count(TypeReference::MINIMUM_SIZE)?;
        for _ in 0..interfaces {
            TypeReference::decode(reader)?;
        }
        self.value(reader)
    }
}

/// The bytes behind the tag of a type whose values all have one size.
fn fixed_size(found: u8) -> Option<usize> {
    Some(match found {
        tag::NULL => 0,
        tag::BYTE | tag::BOOL => 1,
        tag::SHORT | tag::CHAR => 2,
        tag::INT | tag::FLOAT => 4,
        tag::LONG | tag::DOUBLE | tag::DATE | tag::TIME => 8,
        tag::TIMESTAMP => 12,
        tag::UUID => 16,
        _ => return None,
    })
}

/// The size of the elements of a type that is a count and untagged elements.
fn element_size(found: u8) -> Option<usize> {
    Some(match found {
        tag::STRING | tag::BYTE_ARRAY | tag::BOOL_ARRAY | tag::OPTIMIZED => 1,
        tag::SHORT_ARRAY | tag::CHAR_ARRAY => 2,
        tag::INT_ARRAY | tag::FLOAT_ARRAY => 4,
        tag::LONG_ARRAY | tag::DOUBLE_ARRAY => 8,
        _ => return None,
    })
}
