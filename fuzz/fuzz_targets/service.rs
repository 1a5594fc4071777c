//! Whatever its fields say, a request gets an answer that agrees with itself: a 206 has a part within
//! the file, a 304 and a HEAD no content, no field a line end.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::service(data));
