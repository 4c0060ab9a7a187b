//! Values that stand elsewhere: behind a handle, or wrapped in a byte array.

use crate::codec::{DecodeError, Reader};
use crate::value::tag;

/// Reads a value's tag and gives the reader behind it to `read`, wherever the value stands.
///
/// Handles and wrapped objects are followed once: Java refers to values, never to references.
pub(crate) fn follow<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>, u8) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    reader.count_value()?;
    let start = reader.position();
    match reader.u8()? {
        tag::HANDLE => {
            let target = handle_target(reader, start)?;
            reader.elsewhere(target, |reader| read_direct(reader, read))
        }
        tag::WRAPPED_OBJECT => {
            let target = wrapped_object(reader)?;
            reader.elsewhere(target, |reader| read_direct(reader, read))
        }
        found if tag::holds_values(found) => reader.nested(|reader| read(reader, found)),
        found => read(reader, found),
    }
}

fn read_direct<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>, u8) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    match reader.u8()? {
        tag::HANDLE => Err(DecodeError::HandleOutside),
        found => read(reader, found),
    }
}

/// Where the handle whose tag is at `start` points to: so many bytes back from its own start.
pub(super) fn handle_target(reader: &mut Reader<'_>, start: usize) -> Result<usize, DecodeError> {
    let distance = usize::try_from(reader.i32()?).map_err(|_| DecodeError::HandleOutside)?;
    match start.checked_sub(distance) {
        Some(target) if target < start => Ok(target),
        _ => Err(DecodeError::HandleOutside),
    }
}

/// Reads a wrapped object whose tag is already read, and answers where the object in it starts.
pub(crate) fn wrapped_object(reader: &mut Reader<'_>) -> Result<usize, DecodeError> {
    let length = reader.outer_length()?;
    let start = reader.position();
    reader.take(length)?;
    let offset = reader.i32()?;
    match usize::try_from(offset) {
        Ok(offset) if offset < length => Ok(start + offset),
        _ => Err(DecodeError::MalformedObject(
            "the offset of a wrapped object is outside of it",
        )),
    }
}
