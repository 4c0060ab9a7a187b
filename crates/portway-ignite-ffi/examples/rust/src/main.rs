//! A Rust program that uses the library as any other language does: through its two oldest
//! functions.

use std::ffi::{CStr, c_char, c_int};
use std::process::ExitCode;

#[allow(non_snake_case, reason = "the names of the library")]
mod ignite {
    unsafe extern "C" {
        pub(crate) safe fn CachePut(key: i32, value: i32);
        pub(crate) safe fn CacheGet(key: i32) -> i32;
        pub(crate) safe fn CacheLastError() -> *const super::Error;
    }
}

/// `ignite_error` of `ignite.h`.
#[repr(C)]
struct Error {
    result: c_int,
    status: i32,
    sql_state: [c_char; 8],
    message: [c_char; 1008],
}

/// What went wrong with the last call of this thread.
fn last_error() -> Option<String> {
    // SAFETY: the library keeps the error of this thread until the next call.
    let error = unsafe { &*ignite::CacheLastError() };
    // SAFETY: the text of an error ends with a zero.
    let message = unsafe { CStr::from_ptr(error.message.as_ptr()) };
    (error.result != 0).then(|| message.to_string_lossy().into_owned())
}

fn main() -> ExitCode {
    ignite::CachePut(42, 43);
    let put = last_error();
    println!("Result from cache: {}", ignite::CacheGet(42));
    if let Some(error) = put.or_else(last_error) {
        eprintln!("hello: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
