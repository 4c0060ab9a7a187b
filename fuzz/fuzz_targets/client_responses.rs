//! See `portway_fuzz::client_responses`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portway_fuzz::client_responses(input));
