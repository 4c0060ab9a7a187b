//! See `portway_fuzz::wg_quick`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portway_fuzz::wg_quick(input));
