//! See `portway_fuzz::modes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portway_fuzz::modes(input));
