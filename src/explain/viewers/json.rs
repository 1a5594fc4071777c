//! JSON, indented.

use serde_json::Value;

use super::{Document, MediaType, Viewer, text};

/// Indents JSON. Content that does not parse, for example because its end is missing, is shown as text.
pub(super) struct Json;

impl Viewer for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn priority(&self, media_type: Option<&MediaType>, _: &[u8]) -> Option<i8> {
        let media_type = media_type?;
        let json = media_type.essence() == "application/json" || media_type.suffix() == Some("json");
        json.then_some(2)
    }

    fn show(&self, content: &[u8]) -> Document {
        let value = serde_json::from_slice::<Value>(content);
        let indented = value.and_then(|value| serde_json::to_string_pretty(&value));
        // A string may contain control or deceptive characters.
        indented.map_or_else(
            |_| text::Text.show(content),
            |indented| Document::Text(text::lines(indented.as_bytes())),
        )
    }
}
