//! Reading what the caller passes.

use std::ffi::{CStr, c_char};
use std::slice;

use crate::failure::Failure;

/// A text with a final zero.
///
/// # Safety
/// `text` is null or points to bytes that end with a zero and do not change during `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(Failure::argument(format!("{name} is null")));
    }
    // SAFETY: it is not null, and the caller promises the final zero and that it stays.
    let bytes = unsafe { CStr::from_ptr(text) };
    bytes
        .to_str()
        .map_err(|_| Failure::argument(format!("{name} is no UTF-8")))
}

/// A text with a final zero, or nothing for null.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn optional_text<'a>(
    pointer: *const c_char,
    name: &str,
) -> Result<Option<&'a str>, Failure> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller promises.
    unsafe { text(pointer, name) }.map(Some)
}

/// Elements side by side. Null stands for none of them.
///
/// # Safety
/// Unless `length` is 0, `first` is null or points to `length` elements that do not change during
/// `'a`.
pub(crate) unsafe fn many<'a, T>(
    first: *const T,
    length: usize,
    name: &str,
) -> Result<&'a [T], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return Err(Failure::argument(format!(
            "{name} is null, but its length is {length}"
        )));
    }
    check_aligned(first, name)?;
    if length > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(Failure::argument(format!("{name} cannot be in memory")));
    }
    // SAFETY: it is not null, aligned, no longer than memory, and the caller promises the rest.
    Ok(unsafe { slice::from_raw_parts(first, length) })
}

/// One element.
///
/// # Safety
/// `pointer` is null or points to a `T` that does not change during `'a`.
pub(crate) unsafe fn one<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Failure> {
    if pointer.is_null() {
        return Err(Failure::argument(format!("{name} is null")));
    }
    check_aligned(pointer, name)?;
    // SAFETY: it is neither null nor misaligned, and the caller promises the rest.
    Ok(unsafe { &*pointer })
}

/// Other languages than C put structures at addresses that they should not have.
pub(crate) fn check_aligned<T>(pointer: *const T, name: &str) -> Result<(), Failure> {
    if pointer.is_aligned() {
        return Ok(());
    }
    let message = format!(
        "{name} is at an address that is no multiple of {}",
        align_of::<T>()
    );
    Err(Failure::argument(message))
}
