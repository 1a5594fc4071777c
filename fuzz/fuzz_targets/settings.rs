//! A settings file that can be read is put right once and for all: read again, it stays as it is.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::settings(data));
