//! No target leads out of the folder, and what is shown of it has no control character.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::target(data));
