//! See `portway_fuzz::device_plugin`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portway_fuzz::device_plugin(input));
