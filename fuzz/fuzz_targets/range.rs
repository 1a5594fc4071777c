//! Whatever Range and If-Range say, what is sent lies within the file, no byte of it twice.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::range(data));
