//! Whatever was captured is explained: every byte that is shown lies in exactly one leaf.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::explain(data));
