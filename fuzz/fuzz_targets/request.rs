//! A stream of requests is read the same whole, in any pieces and by the silent sink; every byte of it
//! lies in exactly one span, and a violation lies within the stream.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::request(data));
