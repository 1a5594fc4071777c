//! A filter line is understood or refused in words; one word and its negation share out what there is.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::filter(data));
