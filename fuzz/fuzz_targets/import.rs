//! A capture that another program made is read as far as it goes, whatever is in it, without gap or overlap.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::import(data));
