//! A stream of responses is read the same whole and in any pieces; every byte of it lies in exactly
//! one span.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::response(data));
