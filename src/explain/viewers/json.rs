//! JSON, indented.

use serde::de::IgnoredAny;

use super::{Document, MediaType, Viewer, text};

/// Indents JSON: every token as it came, with other white space between them. Content that does not parse, for
/// example because its end is missing, is shown as text.
pub(super) struct Json;

/// The deepest indentation, in levels, so that brackets alone cannot make a text of any size.
const LEVELS: usize = 32;

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
        if serde_json::from_slice::<IgnoredAny>(content).is_err() {
            return text::Text.show(content);
        }
        // A string may contain control or deceptive characters.
        let text = text::lines(&indented(content));
        let change =
            (text.as_bytes() != content).then_some("indented; numbers, strings and order as they came");
        Document::Text { text, change }
    }
}

/// Valid JSON with each member and each element on a line of its own.
fn indented(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut rest = json.trim_ascii();
    while let Some(first) = rest.first() {
        let (token, after) = rest.split_at(token_len(rest));
        rest = after.trim_ascii_start();
        match first {
            b'{' | b'[' => {
                out.push(*first);
                if rest.first().is_some_and(|next| matches!(next, b'}' | b']')) {
                    out.extend(&rest[..1]);
                    rest = rest[1..].trim_ascii_start();
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(*first);
            }
            b',' => {
                out.push(b',');
                new_line(&mut out, depth);
            }
            b':' => out.extend(b": "),
            _ => out.extend(token),
        }
    }
    out
}

/// Length of the token at the beginning of `json`, at least 1.
fn token_len(json: &[u8]) -> usize {
    let is_end = |byte: &u8| b"{}[],:\"".contains(byte) || byte.is_ascii_whitespace();
    match json.first() {
        Some(b'"') => {
            let mut escaped = false;
            let close = json.iter().skip(1).position(|byte| {
                let closes = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                closes
            });
            close.map_or(json.len(), |at| at + 2)
        }
        Some(first) if is_end(first) => 1,
        _ => json.iter().position(is_end).unwrap_or(json.len()).max(1),
    }
}

fn new_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.resize(out.len() + 2 * depth.min(LEVELS), b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shown(json: &str) -> (String, bool) {
        match Json.show(json.as_bytes()) {
            Document::Text { text, change } => (text, change.is_some()),
            Document::Opaque => (String::new(), false),
        }
    }

    #[test]
    fn every_token_stays_as_it_came() {
        let json = r#"{"zeta":1,"alpha":12345678901234567890123,"alpha":2,"tenth":0.1000,"exp":1E3,"neg":-0,"slash":"a\/b","u":"\u00e9\"[,]\\"}"#;
        let (text, changed) = shown(json);
        let expected = r#"{
  "zeta": 1,
  "alpha": 12345678901234567890123,
  "alpha": 2,
  "tenth": 0.1000,
  "exp": 1E3,
  "neg": -0,
  "slash": "a\/b",
  "u": "\u00e9\"[,]\\"
}"#;
        assert_eq!(text, expected);
        assert!(changed);
        // Nothing but white space was added.
        let bare = |text: &str| text.split_ascii_whitespace().collect::<String>();
        assert_eq!(bare(&text), json);
    }

    #[test]
    fn empty_and_nested_values_are_compact() {
        assert_eq!(shown(" [ ] ").0, "[]");
        assert_eq!(shown("[{},[ 1 , [2]]]").0, "[\n  {},\n  [\n    1,\n    [\n      2\n    ]\n  ]\n]");
        assert_eq!(shown("true"), ("true".to_owned(), false));
        assert_eq!(shown("\" x y \"").0, "\" x y \"");
    }

    #[test]
    fn brackets_alone_make_no_text_of_any_size() {
        let deep = [vec![b'['; 2_000], vec![b']'; 2_000]].concat();
        assert!(indented(&deep).len() < 4_000 * (2 * LEVELS + 2));
    }
}
