//! See `portway_fuzz::ignite_objects`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portway_fuzz::ignite_objects(input));
