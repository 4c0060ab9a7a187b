//! The border between the caller and this library: nothing unwinds across it.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::failure::{Failure, IgniteError};
use crate::input;
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
        // SAFETY: it is not null, and the caller promises room for an error. Its address is the one
        // mistake that nobody could be told of otherwise, so every address will do.
        unsafe { error.write_unaligned(failure.to_error()) };
    }
    failure.result()
}

/// Runs what goes on after a call has returned, where a panic would end it and nobody would be told.
pub(crate) async fn caught<T>(call: impl Future<Output = T>) -> Result<T, Failure> {
    let mut call = pin!(call);
    // What has panicked is not asked again.
    poll_fn(move |context| {
        catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context)))
            .map(|turn| turn.map(Ok))
            .unwrap_or_else(|panic| Poll::Ready(Err(panicked(&*panic))))
    })
    .await
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
        input::check_aligned(pointer, name)?;
        Ok(Self(pointer))
    }

    /// An output that the caller may not want: then `pointer` is null.
    ///
    /// # Safety
    /// As [`new`](Self::new).
    pub(crate) unsafe fn optional(pointer: *mut T, name: &str) -> Result<Option<Self>, Failure> {
        if pointer.is_null() {
            return Ok(None);
        }
        // SAFETY: as the caller promises.
        unsafe { Self::new(pointer, name) }.map(Some)
    }

    pub(crate) fn write(self, value: T) {
        // SAFETY: `new` has checked that it is neither null nor misaligned, and its caller promised
        // the rest.
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
    fn a_panic_of_what_goes_on_becomes_a_failure() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let odd = async {
            tokio::task::yield_now().await;
            panic!("odd")
        };
        let outcome: Result<(), Failure> = runtime.block_on(caught(odd));
        assert_eq!(outcome.unwrap_err().result(), IgniteResult::Internal);
        assert_eq!(runtime.block_on(caught(async { 7 })).unwrap(), 7);
    }

    #[test]
    fn room_at_an_odd_address_is_refused_before_the_work() {
        let mut room = [0_u64; 2];
        let odd = (&raw mut room).cast::<u8>().wrapping_add(1).cast::<u64>();
        // SAFETY: it points into `room`.
        let output = unsafe { Output::new(odd, "count") };
        let failure = output.map(|_| ()).unwrap_err();
        assert_eq!(failure.result(), IgniteResult::InvalidArgument);
    }

    #[test]
    fn an_error_is_told_at_any_address() {
        let mut room = vec![0_u8; size_of::<IgniteError>() + 1];
        let odd = room.as_mut_ptr().wrapping_add(1).cast::<IgniteError>();
        // SAFETY: there is room for an error.
        unsafe { call(odd, || Err(Failure::argument("no"))) };
        // SAFETY: one has just been written.
        let told = unsafe { odd.read_unaligned() };
        assert_eq!(told.result, IgniteResult::InvalidArgument);
    }

    #[test]
    fn a_caller_without_room_for_the_error_still_gets_the_result() {
        let body = || Err(Failure::argument("no"));
        // SAFETY: null is allowed.
        let result = unsafe { call(std::ptr::null_mut(), body) };
        assert_eq!(result, IgniteResult::InvalidArgument);
    }
}
