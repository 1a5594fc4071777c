//! The forms in which bytes are copied, besides text and hexadecimal.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::ui::widgets::byte_view::gather;

use super::{resolved::ResolvedExchange, view::View};

/// Bytes that are copied at most: in these forms they take several times as much.
const BYTES_MAX: usize = 256 * 1024;

/// The names of the forms, and the selected or marked bytes in each. `None`: none are, or some were not kept.
pub(super) fn of(resolved: &ResolvedExchange, view: &View) -> [(&'static str, Option<String>); 5] {
    let bytes = view.part_to_copy().map(|part| gather(resolved.chunks(part.stream), &part.range, BYTES_MAX));
    let bytes = bytes.filter(|bytes| !bytes.is_empty());
    let in_form = |form: fn(&[u8]) -> String| bytes.as_deref().map(form);
    [
        ("Copy as C array", in_form(c)),
        ("Copy as Rust array", in_form(rust)),
        ("Copy as base64", in_form(|bytes| BASE64_STANDARD.encode(bytes))),
        ("Copy with escapes", in_form(|bytes| bytes.escape_ascii().to_string())),
        ("Copy percent-encoded", in_form(percent)),
    ]
}

fn c(bytes: &[u8]) -> String {
    format!("unsigned char bytes[{}] = {{ {} }};", bytes.len(), numbers(bytes))
}

fn rust(bytes: &[u8]) -> String {
    format!("let bytes: [u8; {}] = [{}];", bytes.len(), numbers(bytes))
}

fn numbers(bytes: &[u8]) -> String {
    let all: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    all.join(", ")
}

/// RFC 3986 §2.3: what is unreserved stays.
fn percent(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            all.push(char::from(*byte));
        } else {
            let _ = write!(all, "%{byte:02X}");
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_all_bytes() {
        assert_eq!(c(b"a\n"), "unsigned char bytes[2] = { 0x61, 0x0a };");
        assert_eq!(rust(b"\xff"), "let bytes: [u8; 1] = [0xff];");
        assert_eq!(percent(b"a b~\xc3"), "a%20b~%C3");
    }
}
