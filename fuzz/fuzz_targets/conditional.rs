//! Preconditions are weighed in their order, and one that is passed over makes no difference.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::conditional(data));
