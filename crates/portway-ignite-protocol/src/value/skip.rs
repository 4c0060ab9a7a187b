//! Finding the end of a value without building it.

use super::follow::{handle_target, wrapped_object};
use crate::binary::ObjectHeader;
use crate::codec::{DecodeError, Layout, Reader};
use crate::value::{TypeReference, tag};

/// Moves behind one value. Handles in it may point back as far as `start`.
///
/// The inside of binary objects is not looked at: they carry their length.
pub(crate) fn skip_value(reader: &mut Reader<'_>, start: usize) -> Result<(), DecodeError> {
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
        tag::HANDLE => skip_handle(reader, position, start),
        tag::OBJECT => skip_object(reader, position),
        _ => reader.nested(|reader| skip_composed(reader, found, start)),
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

fn skip_handle(reader: &mut Reader<'_>, position: usize, start: usize) -> Result<(), DecodeError> {
    if handle_target(reader, position)? < start {
        return Err(DecodeError::HandleOutside);
    }
    Ok(())
}

fn skip_object(reader: &mut Reader<'_>, position: usize) -> Result<(), DecodeError> {
    let header = ObjectHeader::parse(&reader.all()[position..])?;
    // The tag is already read.
    reader.take(header.length - 1).map(drop)
}

fn skip_composed(reader: &mut Reader<'_>, found: u8, start: usize) -> Result<(), DecodeError> {
    match found {
        tag::WRAPPED_OBJECT => wrapped_object(reader).map(drop),
        tag::STRING_ARRAY
        | tag::UUID_ARRAY
        | tag::DATE_ARRAY
        | tag::DECIMAL_ARRAY
        | tag::TIMESTAMP_ARRAY
        | tag::TIME_ARRAY => skip_elements(reader, 1, start),
        tag::OBJECT_ARRAY | tag::ENUM_ARRAY => {
            TypeReference::decode(reader)?;
            skip_elements(reader, 1, start)
        }
        tag::COLLECTION => skip_container(reader, 1, start),
        tag::MAP => skip_container(reader, 2, start),
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
        tag::PROXY => skip_proxy(reader, start),
        unknown => Err(DecodeError::UnknownTag(unknown)),
    }
}

fn skip_elements(
    reader: &mut Reader<'_>,
    values_each: usize,
    start: usize,
) -> Result<(), DecodeError> {
    let count = reader.count(values_each)?;
    (0..count * values_each).try_for_each(|_| skip_value(reader, start))
}

/// A count, a byte with the kind, then the elements.
fn skip_container(
    reader: &mut Reader<'_>,
    values_each: usize,
    start: usize,
) -> Result<(), DecodeError> {
    let count = reader.count(values_each)?;
    reader.u8()?;
    (0..count * values_each).try_for_each(|_| skip_value(reader, start))
}

/// The interfaces, then the handler.
fn skip_proxy(reader: &mut Reader<'_>, start: usize) -> Result<(), DecodeError> {
    let interfaces = reader.count(TypeReference::MINIMUM_SIZE)?;
    for _ in 0..interfaces {
        TypeReference::decode(reader)?;
    }
    skip_value(reader, start)
}
