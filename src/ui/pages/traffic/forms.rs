//! The forms in which bytes are copied, besides text and hexadecimal.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::ui::widgets::byte_view::gather;

use super::{resolved::ResolvedExchange, view::View};

/// Bytes that are copied at most: in these forms they take several times as much.
const BYTES_MAX: usize = 256 * 1024;

/// A form: its name, and how it writes bytes.
type Form = (&'static str, fn(&[u8]) -> String);

/// The forms, in the order of the menu.
pub(super) const ALL: [Form; 5] = [
    ("Copy as C array", c),
    ("Copy as Rust array", rust),
    ("Copy as base64", |bytes| BASE64_STANDARD.encode(bytes)),
    ("Copy with escapes", |bytes| bytes.escape_ascii().to_string()),
    ("Copy percent-encoded", percent),
];

/// The selected or marked bytes, as many as are copied. `None`: none are, or none of them were kept.
pub(super) fn bytes(resolved: &ResolvedExchange, view: &View) -> Option<Vec<u8>> {
    let part = view.part_to_copy()?;
    Some(gather(resolved.chunks(part.stream), &part.range, BYTES_MAX)).filter(|bytes| !bytes.is_empty())
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
