//! The border between the caller and this library: nothing unwinds across it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::failure::{Failure, IgniteError};
use crate::result::IgniteResult;

/// Runs the body of an exported function, and turns a failure or a panic into its result.
///
/// # Safety
/// `error` is null or points to room for an [`IgniteError`].
pub(crate) unsafe fn call(
    error: *mut IgniteError,
    body: impl FnOnce() -> Result<(), Failure>,
) -> IgniteResult {
    // What a panic leaves behind is looked at no more: outputs are written last.
    let outcome =
        catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(panicked(&*panic)));
    let Err(failure) = outcome else {
        return IgniteResult::Ok;
    };
    if !error.is_null() {
        // SAFETY: it is not null, and the caller promises room for an error.
        unsafe { error.write(failure.to_error()) };
    }
    failure.result()
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text");
    let message = format!("a fault in the library: {text}; please report it");
    Failure::new(IgniteResult::Internal, message)
}

/// Where a call writes its answer. It is checked before the work and written after it.
#[derive(Debug)]
pub(crate) struct Output<T>(*mut T);

impl<T> Output<T> {
    /// # Safety
    /// `pointer` is null or points to room for a `T` that nobody else uses during the call.
    pub(crate) unsafe fn new(pointer: *mut T, name: &str) -> Result<Self, Failure> {
        if pointer.is_null() {
            return Err(Failure::argument(format!("{name} is null")));
        }
        Ok(Self(pointer))
    }

    pub(crate) fn write(self, value: T) {
        // SAFETY: `new` has checked that it is not null, and its caller promised the rest.
        unsafe { self.0.write(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_text() {
        let mut error = Failure::argument("").to_error();
        // SAFETY: `error` is room for an error.
        let result = unsafe { call(&raw mut error, || panic!("odd")) };
        assert_eq!(result, IgniteResult::Internal);
        assert_eq!(error.result, IgniteResult::Internal);
        let text: String = error
            .message
            .iter()
            .map(|byte| *byte as u8 as char)
            .collect();
        assert!(text.contains("odd"), "{text}");
    }

    #[test]
    fn a_caller_without_room_for_the_error_still_gets_the_result() {
        let body = || Err(Failure::argument("no"));
        // SAFETY: null is allowed.
        let result = unsafe { call(std::ptr::null_mut(), body) };
        assert_eq!(result, IgniteResult::InvalidArgument);
    }
}
