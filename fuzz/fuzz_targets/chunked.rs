//! A chunked body that is read to its end has the content that a plain decoder finds in it; one that
//! is refused is refused at the same byte in any pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::chunked(data));
