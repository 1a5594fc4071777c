//! Messages of lines and their fault are the same in any pieces and with any buffer; no byte is looked at
//! twice; every byte of the stream lies in exactly one span.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| byteglass::testing::invariants::lines(data));
