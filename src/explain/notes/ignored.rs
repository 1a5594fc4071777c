//! Notes on what a request asks for and the response passes over, as it may.

use std::sync::Arc;

use crate::{
    http::Status,
    trace::Severity,
    words::{escaped, shortened},
};

use super::{Context, Family, Finding, Note};

/// Notes on fields of the request that had no effect.
pub(super) const FAMILY: Family = Family { name: "ignored", find };

/// Maximum number of characters of a value in a sentence.
const VALUE_CHARS: usize = 100;

#[derive(Debug)]
enum Ignored {
    /// Upgrade offers this, and the response has another status than 101.
    Upgrade { offer: String, status: Status, why: Why },
    /// Range asks for this part, and the whole came.
    Range { part: String },
}

/// Why an upgrade is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// The server is free to.
    Free,
    /// Connection does not name it.
    NotNamed,
    /// The request is one of HTTP/1.0.
    Old,
}

impl Finding for Ignored {
    fn sentence(&self) -> String {
        match self {
            Self::Upgrade { offer, status, why } => {
                let why = match why {
                    Why::Free => "as the server is free to decide",
                    Why::NotNamed => "Connection does not name upgrade, as it must",
                    Why::Old => "in a request of HTTP/1.0 it must be ignored",
                };
                format!(
                    "Upgrade offers {offer} and was ignored: the response is {status}, and the connection stays with HTTP/1 ({why})."
                )
            }
            Self::Range { part } => {
                format!(
                    "Range asks for {part} and was ignored: the response is the whole, as a server may answer."
                )
            }
        }
    }

    fn section(&self) -> &'static str {
        match self {
            Self::Upgrade { .. } => "RFC 9110 §7.8",
            Self::Range { .. } => "RFC 9110 §14.2",
        }
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let (Some(status), Some(head)) = (context.detail.exchange.status, context.head) else { return };
    let request = context.request;
    let value = |range| shortened(&escaped(request.bytes(range)), VALUE_CHARS);
    let mut note = |range, ignored: Ignored| {
        notes.push(Note { severity: Severity::Info, range: Some(range), finding: Arc::new(ignored) });
    };
    // "A server MAY ignore a received Upgrade header field if it wishes to continue using the current protocol on that
    // connection." "A server that receives an Upgrade header field in an HTTP/1.0 request MUST ignore that Upgrade
    // field." 426 is an answer to what is missing.
    if let Some(field) = request.field("upgrade").filter(|_| !matches!(status.0, 101 | 426)) {
        let has_option = |value: &[u8]| {
            value
                .split(|byte| *byte == b',')
                .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
        };
        let is_named = request.fields("connection").any(|field| has_option(request.bytes(&field.value)));
        let why = match (head.version.minor, is_named) {
            (0, _) => Why::Old,
            (_, true) => Why::Free,
            (_, false) => Why::NotNamed,
        };
        note(field.whole.clone(), Ignored::Upgrade { offer: value(&field.value), status, why });
    }
    // "A server MAY ignore the Range header field."
    let is_get = &*context.detail.exchange.method == "GET";
    if let Some(field) = request.field("range").filter(|_| is_get && status == Status(200)) {
        note(field.whole.clone(), Ignored::Range { part: value(&field.value) });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use crate::{
        explain::Facts,
        store::Store,
        testing::script::{Script, response},
    };

    fn notes(request: &str, answer: &[u8]) -> Vec<(String, &'static str, String)> {
        let mut script = Script::default();
        let id = script.open(1).exchange(1, request.as_bytes(), answer);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let facts = Facts::new(store.detail(id).unwrap());
        let about = |note: &super::Note| {
            let range = note.range.clone().unwrap_or_default();
            (
                note.sentence(),
                note.section(),
                String::from_utf8(facts.request.bytes(&range).to_vec()).unwrap(),
            )
        };
        facts.notes.iter().map(about).collect()
    }

    #[test]
    fn an_upgrade_that_is_ignored_is_said() {
        let ask = |fields: &str, minor: u8| format!("GET / HTTP/1.{minor}\r\nHost: a\r\n{fields}\r\n");
        let found = notes(&ask("Connection: Upgrade\r\nUpgrade: h2c\r\n", 1), &response(b"a"));
        let [(sentence, section, bytes)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            sentence,
            "Upgrade offers h2c and was ignored: the response is 200 OK, and the connection stays with HTTP/1 (as the server is free to decide)."
        );
        assert_eq!((*section, bytes.as_str()), ("RFC 9110 §7.8", "Upgrade: h2c"));
        let bare = notes(&ask("Upgrade: h2c\r\n", 1), &response(b"a"));
        assert!(bare[0].0.contains("Connection does not name upgrade"), "{bare:?}");
        let old = notes(&ask("Connection: upgrade\r\nUpgrade: h2c\r\n", 0), &response(b"a"));
        assert!(old.iter().any(|note| note.0.contains("HTTP/1.0 it must be ignored")), "{old:?}");
        let refused = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n";
        assert!(notes(&ask("Connection: upgrade\r\nUpgrade: h2c\r\n", 1), refused).is_empty());
    }

    #[test]
    fn a_range_that_is_ignored_is_said() {
        let ask = "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n";
        let found = notes(ask, &response(b"abc"));
        assert_eq!(found[0].1, "RFC 9110 §14.2");
        let part =
            b"HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\nContent-Range: bytes 0-1/3\r\n\r\nab";
        assert!(notes(ask, part).is_empty());
    }
}
