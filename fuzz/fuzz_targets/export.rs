//! Whatever was captured is exported: every byte that is shown lies in exactly one leaf.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::export(data));
