//! The viewer for text, which makes control bytes visible.

use crate::words::{escaped, is_text};

use super::{Document, MediaType, Viewer};

/// Shows text.
pub(super) struct Text;

impl Viewer for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn priority(&self, media_type: Option<&MediaType>, content: &[u8]) -> Option<i8> {
        let named = |media_type: &MediaType| is_text(media_type.essence());
        if media_type.is_some_and(named) { Some(1) } else { reads_as_text(content).then_some(0) }
    }

    fn show(&self, content: &[u8]) -> Document {
        let text = lines(content);
        // Line endings are not shown, whichever they are.
        let plain = content.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let same = text.as_bytes().split(|byte| *byte == b'\n').eq(plain);
        let change = (!same).then_some("bytes that are not text are shown as signs");
        Document::Text { text, change }
    }
}

/// Lines of text, in which all control bytes except line endings and tabs are made visible.
pub(super) fn lines(content: &[u8]) -> String {
    let line = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.split(|byte| *byte == b'\t').map(escaped).collect::<Vec<_>>().join("\t")
    };
    content.split(|byte| *byte == b'\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Whether the bytes are UTF-8 without control bytes that do not occur in text.
fn reads_as_text(content: &[u8]) -> bool {
    // The last multi-byte character may be incomplete.
    let valid = str::from_utf8(content).map_or_else(|error| error.error_len().is_none(), |_| true);
    valid && !content.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}
