//! Bytes, sizes and times as text: one place for the window and the terminal.

use crate::trace::Nanos;

use super::model::Detail;

/// `bytes` on one line, safe to print anywhere: printable ASCII as it is, CR and LF and the other
/// control bytes as their Unicode pictures (`␍`, `␊`, `␀`), valid UTF-8 as it is (but for control and
/// direction characters), everything else as `\\xNN`.
#[must_use]
pub fn escaped(_bytes: &[u8]) -> String {
    unimplemented!()
}

/// A size in plain words, base 1000: `38 B`, `1.2 KB`, `64 KB`, `5.0 GB`.
#[must_use]
pub fn size(_bytes: u64) -> String {
    unimplemented!()
}

/// A time span: `0.4 ms`, `241 ms`, `6.8 s`, `2 min 5 s`.
#[must_use]
pub fn duration(_nanos: Nanos) -> String {
    unimplemented!()
}

/// A number with thousands separated: `1,234,567`.
#[must_use]
pub fn count(_number: u64) -> String {
    unimplemented!()
}

/// Offset, sixteen bytes in hexadecimal, text: as many lines as `bytes` need.
#[must_use]
pub fn hex_dump(_bytes: &[u8], _offset: u64) -> String {
    unimplemented!()
}

/// The request as a curl command line that sends the same. `None`: its head is incomplete or its
/// bytes were left out.
#[must_use]
pub fn curl(_detail: &Detail) -> Option<String> {
    unimplemented!()
}

/// The bytes of the request (of the response, if `outgoing`) as far as they are kept.
#[must_use]
pub fn raw(_detail: &Detail, _outgoing: bool) -> Vec<u8> {
    unimplemented!()
}

/// A body for reading: JSON indented if `media_type` says JSON and it is; else the text, control
/// bytes escaped line by line; `None` if it is not text.
#[must_use]
pub fn body(_media_type: &str, _bytes: &[u8]) -> Option<String> {
    unimplemented!()
}
