//! A session file is read as far as it goes, whatever is in it, and written again it is the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::session(data));
