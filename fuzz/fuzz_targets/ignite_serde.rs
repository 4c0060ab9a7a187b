//! See `portway_fuzz::ignite_serde`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portway_fuzz::ignite_serde(input));
