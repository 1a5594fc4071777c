//! JSON that is safe to look at.

use std::io::{self, Write};

use serde::Serialize;

use super::deceptive;

/// Writes a value as JSON on one line. In strings, characters that a terminal would execute, that change the
/// direction of text or that cannot be seen are escaped, which changes nothing of what the JSON means.
///
/// # Errors
/// `out` failed.
pub fn write_json(value: &impl Serialize, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    Ok(value.serialize(&mut serde_json::Serializer::with_formatter(out, EscapeControls))?)
}

/// Escapes the characters of strings that [`write_json`] names.
struct EscapeControls;

impl serde_json::ser::Formatter for EscapeControls {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| c.is_ascii_control() || deceptive(*c)) {
            out.write_all(&fragment.as_bytes()[written..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[written..])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_deceives_is_escaped_and_means_the_same() {
        let text = "a\"\u{9b}31m\u{202e}b\u{e0041}\né";
        let mut out = Vec::new();
        write_json(&text, &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert_eq!(written, "\"a\\\"\\u009b31m\\u202eb\\udb40\\udc41\\né\"");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
