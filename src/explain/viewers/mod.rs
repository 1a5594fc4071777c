//! Bodies for reading. Each viewer has a file here and a line in [`VIEWERS`].

mod bytes;
pub mod coding;
mod json;
mod text;

use std::fmt;

use crate::{
    base::stream::Direction,
    store::Absence,
    words::{self, escaped, shortened, size},
};

use super::{
    Facts, absence,
    facts::{
        content::{Coding, MediaType},
        stream::StreamFacts,
    },
};

/// A way to show bodies.
pub trait Viewer: Sync {
    /// The name of the viewer, in lower case.
    fn name(&self) -> &'static str;

    /// The priority of the viewer for this content; the viewer with the highest priority shows it. `None`:
    /// the viewer cannot show it. `media_type`: `None` if no media type is stated.
    fn priority(&self, media_type: Option<&MediaType>, content: &[u8]) -> Option<i8>;

    /// The content as a document. The end of `content` may be missing.
    fn show(&self, content: &[u8]) -> Document;
}

/// All viewers. Among viewers of the same priority the first one is used.
pub const VIEWERS: &[&dyn Viewer] = &[&json::Json, &text::Text, &bytes::Bytes];

/// A body as a viewer shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// Text that is safe to display, in lines.
    Text {
        /// The text.
        text: String,
        /// How it differs from the content. `None`: it is the content.
        change: Option<&'static str>,
    },
    /// No readable text.
    Opaque,
}

/// A body for reading, or the reason why it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preview {
    /// No body, or none yet.
    None,
    /// The body is text.
    Text {
        /// The beginning of the text.
        text: String,
        /// How it was made from the body. `None`: it is the body.
        change: Option<String>,
        /// Whether the text continues.
        cut: bool,
    },
    /// The body cannot be read as text.
    Opaque(Opaque),
}

/// Why a body cannot be read as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opaque {
    /// The body has content codings that are not known, or that its bytes do not have. With the bytes of content.
    Coded(Vec<Coding>, u64),
    /// The first bytes of content are not in memory: the bytes of content, and why.
    Missing(u64, Absence),
    /// The body is not text.
    NotText {
        /// The value of Content-Type, escaped for display. `None`: no such field.
        content_type: Option<String>,
        /// Bytes of content, as they came.
        len: u64,
        /// How it was decoded. `None`: it has no coding.
        derived: Option<String>,
    },
}

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coded(codings, len) => {
                let names = names(codings);
                let are = words::plural_is(*len, "byte");
                write!(
                    f,
                    "{are} encoded ({names}) and cannot be decoded here. The byte view has them as they came."
                )
            }
            Self::Missing(len, absence) => {
                write!(f, "Of the body, {}", absence::words(*len, *absence))
            }
            Self::NotText { content_type, len, derived } => {
                let name = content_type.as_deref().unwrap_or("application/octet-stream");
                write!(f, "{name}, {}: not text", size(*len))?;
                if let Some(derived) = derived {
                    write!(f, " ({derived})")?;
                }
                f.write_str(". The byte view has its bytes.")
            }
        }
    }
}

/// Maximum number of bytes of a body that are made readable.
const PREVIEW_BYTES: usize = 32 * 1024;
/// Maximum number of bytes of coded content that are decoded, and of what is decoded from them.
const DECODED_BYTES: usize = 256 * 1024;
/// Maximum number of characters of a field value in a sentence.
const SHOWN_CHARS: usize = 200;

/// The body of the message of one direction for reading.
#[must_use]
pub fn preview(facts: &Facts, direction: Direction) -> Preview {
    let stream = facts.stream(direction);
    let len = stream.content_len();
    if len == 0 {
        return Preview::None;
    }
    let codings = stream.codings.iter().map(|placed| placed.value.clone());
    let codings: Vec<Coding> = codings.filter(|coding| *coding != Coding::Identity).collect();
    let most = if codings.is_empty() { PREVIEW_BYTES } else { DECODED_BYTES };
    let content = stream.content_prefix(most);
    if content.is_empty() {
        return Preview::Opaque(Opaque::Missing(len, absence_at_start(facts, direction)));
    }
    if codings.is_empty() {
        return shown(stream, &content, len, None);
    }
    match coding::beginning(&codings, &content, DECODED_BYTES) {
        Some(plain) => {
            let all = plain.ended && content.len() as u64 == len;
            let size = words::plural(plain.bytes.len() as u64, "byte");
            let size = if all { size } else { format!("the first {size}") };
            let derived = format!("{} undone: {size} from {}", names(&codings), words::plural(len, "byte"));
            let len = plain.bytes.len() as u64 + u64::from(!all);
            shown(stream, &plain.bytes[..plain.bytes.len().min(PREVIEW_BYTES)], len, Some(derived))
        }
        None => Preview::Opaque(Opaque::Coded(codings, len)),
    }
}

/// The beginning of content of `len` bytes as the viewer that suits it shows it. `derived`: how it was made from the
/// body. `None`: it is the body.
fn shown(stream: &StreamFacts, content: &[u8], len: u64, derived: Option<String>) -> Preview {
    let content_type = stream.content_type.as_ref();
    let media_type = content_type.and_then(|found| Some(&found.media_type.as_ref()?.value));
    match viewer(media_type, content).map(|viewer| viewer.show(content)) {
        Some(Document::Text { text, change }) => {
            let changes: Vec<String> = derived.into_iter().chain(change.map(str::to_owned)).collect();
            let change = (!changes.is_empty()).then(|| changes.join("; "));
            Preview::Text { text, change, cut: (content.len() as u64) < len }
        }
        Some(Document::Opaque) | None => {
            let shown = |range| shortened(&escaped(stream.bytes(range)), SHOWN_CHARS);
            let content_type = content_type.map(|found| shown(&found.range));
            let len = stream.content_len();
            Preview::Opaque(Opaque::NotText { content_type, len, derived })
        }
    }
}

/// Why the first bytes of the content are missing.
fn absence_at_start(facts: &Facts, direction: Direction) -> Absence {
    let detail = &facts.detail;
    let chunks = match direction {
        Direction::Received => &detail.reads,
        Direction::Sent => &detail.writes,
    };
    let first = facts.stream(direction).content().next().unwrap_or_default();
    let absent = Absence::all(chunks, &first, detail.backing).into_iter().next();
    absent.map_or(Absence::NotRecorded, |(_, absence)| absence)
}

/// The names of the codings, in the order in which they were applied, safe to display.
fn names(codings: &[Coding]) -> String {
    let names: Vec<&str> = codings.iter().map(Coding::name).collect();
    shortened(&escaped(names.join(", ").as_bytes()), SHOWN_CHARS)
}

/// The viewer that suits `content` best.
fn viewer(media_type: Option<&MediaType>, content: &[u8]) -> Option<&'static dyn Viewer> {
    let suited = VIEWERS.iter().filter_map(|viewer| Some((viewer.priority(media_type, content)?, *viewer)));
    // `max_by_key` returns the last one of several maxima, so the order is reversed.
    suited.rev().max_by_key(|(priority, _)| *priority).map(|(_, viewer)| viewer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(media_type: &str, content: &[u8]) -> Option<String> {
        let media_type = MediaType::parse(media_type.as_bytes());
        match viewer(media_type.as_ref(), content)?.show(content) {
            Document::Text { text, .. } => Some(text),
            Document::Opaque => None,
        }
    }

    #[test]
    fn bodies_are_shown_by_what_suits_them() {
        assert_eq!(shown("application/json", b"{\"a\":1}").as_deref(), Some("{\n  \"a\": 1\n}"));
        assert_eq!(shown("application/ld+json", b"[]").as_deref(), Some("[]"));
        assert_eq!(shown("application/json", b"{\"a\":").as_deref(), Some("{\"a\":"));
        assert_eq!(shown("", b"a\r\n\tb\x1b").as_deref(), Some("a\n\tb␛"));
        assert_eq!(shown("image/png", b"\x89PNG\r\n\x1a\n\0"), None);
        assert_eq!(shown("text/plain", b"\xff").as_deref(), Some("\\xff"));
        assert_eq!(shown("image/svg+xml", b"\xff").as_deref(), Some("\\xff"));
    }

    #[test]
    fn viewers_have_names_of_their_own_and_one_suits_anything() {
        for (index, viewer) in VIEWERS.iter().enumerate() {
            let name = viewer.name();
            assert!(!name.is_empty() && name == name.to_ascii_lowercase());
            assert!(VIEWERS[..index].iter().all(|other| other.name() != name), "{name}");
        }
        for content in [&b""[..], b"text", b"\0\xff", b"{}"] {
            for media_type in ["", "text/plain", "image/png", "application/json"] {
                let media_type = MediaType::parse(media_type.as_bytes());
                assert!(viewer(media_type.as_ref(), content).is_some());
                for viewer in VIEWERS {
                    if let Document::Text { text, .. } = viewer.show(content) {
                        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
                        assert!(!text.contains(odd), "{} shows {text:?}", viewer.name());
                    }
                }
            }
        }
    }
}
