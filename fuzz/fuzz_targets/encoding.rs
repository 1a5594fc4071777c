//! Whatever Accept-Encoding says, the form that is sent is one that the client takes, and the one it
//! wants most.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::encoding(data));
