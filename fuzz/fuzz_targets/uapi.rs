//! See `portway_fuzz::uapi`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portway_fuzz::uapi(input));
