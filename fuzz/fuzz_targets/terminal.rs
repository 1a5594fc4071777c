//! Whatever was sent and said, no control byte but line ends reaches a terminal, and each line of JSON is
//! an object.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::terminal(data));
