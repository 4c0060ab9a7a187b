//! See `portway_fuzz::grid_sql`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| portway_fuzz::grid_sql(input));
