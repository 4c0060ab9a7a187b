//! Texts that are copied into the caller's room.

use std::ffi::c_char;
use std::ptr;

use crate::boundary::Output;
use crate::failure::Failure;
use crate::result::IgniteResult;

/// Copies a text with its final zero. Its length is told also if the room does not do: it says how
/// much would.
///
/// # Safety
/// `room` is null or points to `size` bytes, `length` is null or points to a number.
pub(crate) unsafe fn text(
    text: &str,
    room: *mut c_char,
    size: usize,
    length: *mut usize,
) -> Result<(), Failure> {
    // SAFETY: as the caller promises.
    if let Some(length) = unsafe { Output::optional(length, "length")? } {
        length.write(text.len());
    }
    if room.is_null() || size <= text.len() {
        let message = format!(
            "the text needs {} bytes of room, not {size}",
            text.len() + 1
        );
        return Err(Failure::new(IgniteResult::TooMany, message));
    }
    // SAFETY: the room is not null and is longer than the text; they cannot overlap, since the
    // text is ours.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr().cast(), room, text.len());
        room.add(text.len()).write(0);
    }
    Ok(())
}
