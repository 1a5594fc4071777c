//! The breaches that a reader can be told to read on after, each by its name.

use super::rule::Rule;
use crate::base::closed_list::{closed_list, keyed};

/// A row of the table of leniencies.
#[derive(Clone, Copy, Debug)]
pub struct LeniencyFacts {
    /// The stable name in files and in JSON: `raw_target`.
    pub key: &'static str,
    /// The rule that the bytes break.
    pub rule: Rule,
    /// What was found and how it was read, in one sentence.
    pub sentence: &'static str,
}

closed_list! {
    /// A breach after which reading can go on, since there is one way only to read what stands there.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Leniency: pub LeniencyFacts {
        /// A character in the target that browsers send though a URI cannot hold it: `{ } | ^` and the grave accent, and
        /// in a query the backslash, which separates names in a path for some readers
        /// (<https://url.spec.whatwg.org/#query-percent-encode-set>).
        RawTarget {
            key: "raw_target", rule: Rule::TargetCharacter,
            sentence: "The target holds a character that a URI cannot hold unless it is percent-encoded. It was read as it stands.",
        },
        /// Another visible character in the target that a URI cannot hold.
        OddTarget {
            key: "odd_target", rule: Rule::TargetCharacter,
            sentence: "The target holds a character that neither a URI nor a browser's request has. It was read as it stands.",
        },
        /// A byte above 0x7F in the target.
        TargetBytes {
            key: "target_bytes", rule: Rule::TargetCharacter,
            sentence: "The target holds a byte above 0x7F, which must be percent-encoded. It was read as it stands.",
        },
        /// A target in a form that its method does not allow, or of another scheme.
        TargetForm {
            key: "target_form", rule: Rule::TargetForm,
            sentence: "The target does not have the form that the method asks for. It was read as it stands.",
        },
        /// White space in the request line other than one space between its parts.
        RequestLineSpace {
            key: "request_line_space", rule: Rule::RequestLineSpacing,
            sentence: "The parts of the request line are not separated by one space each. They were read at their white space, as RFC 9112 §3 allows.",
        },
        /// A status line that names another version, or has more than one space before the status.
        StatusLine {
            key: "status_line", rule: Rule::StatusLineMalformed,
            sentence: "The status line does not begin with HTTP/1, a digit and one space. It was read at its white space.",
        },
        /// A line that ends with LF alone.
        BareLineFeed {
            key: "bare_line_feed", rule: Rule::BareLineFeed,
            sentence: "A line ends with LF alone. It was read as the end of the line, as RFC 9112 §2.2 allows.",
        },
        /// White space between a field name and its colon.
        SpaceBeforeColon {
            key: "space_before_colon", rule: Rule::SpaceBeforeColon,
            sentence: "There is white space between the field name and its colon. It was left out.",
        },
        /// A character in a field name that no token holds.
        FieldName {
            key: "field_name", rule: Rule::FieldNameCharacter,
            sentence: "A field name holds a character that is not allowed in one. It was read as it stands.",
        },
        /// A field line without a colon.
        ColonMissing {
            key: "colon_missing", rule: Rule::ColonMissing,
            sentence: "A field line has no colon. It was read as a name without a value.",
        },
        /// A field value that goes on in the next line.
        LineFolding {
            key: "line_folding", rule: Rule::LineFolding,
            sentence: "The line goes on with the value of the line before it: obsolete line folding.",
        },
        /// A control byte in a field value.
        FieldValue {
            key: "field_value", rule: Rule::FieldValueCharacter,
            sentence: "A field value holds a control byte. It was read as it stands.",
        },
        /// No Host field in a request of HTTP/1.1.
        HostMissing {
            key: "host_missing", rule: Rule::HostMissing,
            sentence: "The request has no Host field, which HTTP/1.1 requires.",
        },
        /// A Host field that is no host, or several.
        Host {
            key: "host", rule: Rule::HostMalformed,
            sentence: "The Host field does not hold exactly one host. It was not used.",
        },
        /// Content-Length beside Transfer-Encoding, or several lengths: RFC 9112 §6.3 says which one counts.
        Framing {
            key: "framing", rule: Rule::LengthAndChunked,
            sentence: "Content-Length and Transfer-Encoding contradict each other. Transfer-Encoding was followed.",
        },
        /// An expectation that nobody knows.
        Expectation {
            key: "expectation", rule: Rule::ExpectationUnknown,
            sentence: "The request expects something other than 100-continue. The expectation was left out.",
        },
        /// White space around a chunk size.
        ChunkSizeSpace {
            key: "chunk_size_space", rule: Rule::ChunkSizeMalformed,
            sentence: "White space follows the chunk size. It was left out.",
        },
    }
}

keyed!(Leniency);

/// A set of leniencies. A reader breaks off at every breach that is not in its set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniencies(u32);

impl Leniencies {
    /// No leniencies: what RFC 9112 lets a server refuse is refused.
    pub const NONE: Self = Self(0);
    /// What browsers send as they are used every day.
    pub const BROWSERS: Self = Self::of(&[Leniency::RawTarget]);
    /// All of them: for messages that others have exchanged and that are only shown.
    pub const ALL: Self = Self::of(&Leniency::ALL);

    /// The set of these.
    #[must_use]
    pub const fn of(list: &[Leniency]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < list.len() {
            set |= 1 << list[at] as u16;
            at += 1;
        }
        Self(set)
    }

    /// Whether a breach is read over.
    #[must_use]
    pub const fn has(self, leniency: Leniency) -> bool {
        self.0 & 1 << leniency as u16 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Limits, Method, SpanKind, replay, span::Note};

    /// The leniencies that a request or a response needs, and whether it is read to its end with them and breaks off
    /// at the rule of the first without them.
    fn needed(bytes: &[u8]) -> Vec<&'static str> {
        let of = |notes: Vec<(Note, _)>| -> Vec<_> {
            let key = |(note, _): (Note, std::ops::Range<u64>)| match note {
                Note::Tolerated(leniency) => Some(leniency.key()),
                _ => None,
            };
            notes.into_iter().filter_map(key).collect()
        };
        if bytes.starts_with(b"HTTP/") || bytes.starts_with(b"ICY") {
            let read = |leniencies| replay::responses(bytes, 0, &[Method::Get], true, leniencies);
            assert!(read(Leniencies::NONE).violation.is_some(), "{}", bytes.escape_ascii());
            let read = read(Leniencies::ALL);
            assert_eq!(read.violation, None, "{}", bytes.escape_ascii());
            assert!(read.leaves.iter().all(|leaf| leaf.kind != SpanKind::Unparsed));
            return of(read.notes);
        }
        let read = |leniencies| replay::requests(bytes, 0, Limits::UNLIMITED.with(leniencies));
        assert!(read(Leniencies::NONE).violation.is_some(), "{}", bytes.escape_ascii());
        let read = read(Leniencies::ALL);
        assert_eq!(read.violation, None, "{}", bytes.escape_ascii());
        assert!(read.messages.iter().all(|message| message.complete), "{}", bytes.escape_ascii());
        of(read.notes)
    }

    #[test]
    fn each_breach_is_named_and_read_over() {
        let cases: [(&[u8], &[&str]); 24] = [
            (b"GET /?a=\\ HTTP/1.1\r\nHost: a\r\n\r\n", &["raw_target"]),
            (b"GET /a\\b<?c HTTP/1.1\r\nHost: a\r\n\r\n", &["odd_target", "odd_target"]),
            (b"GET /?a={|} HTTP/1.1\r\nHost: a\r\n\r\n", &["raw_target", "raw_target", "raw_target"]),
            (b"GET /\xE4 HTTP/1.1\r\nHost: a\r\n\r\n", &["target_bytes"]),
            (b"GET |a HTTP/1.1\r\nHost: a\r\n\r\n", &["raw_target", "target_form"]),
            (b"GET http://u@h/ HTTP/1.1\r\nHost: a\r\n\r\n", &["target_form"]),
            (
                b"GET / HTTP/1.1\nHost: a\nA: b\n\n",
                &["bare_line_feed", "bare_line_feed", "bare_line_feed", "bare_line_feed"],
            ),
            (b"GET  /a HTTP/1.1\r\nHost: a\r\n\r\n", &["request_line_space"]),
            (b"GET\t/a\tHTTP/1.1 \r\nHost: a\r\n\r\n", &["request_line_space"; 3]),
            (b"GET /a  HTTP/1.1\r\nHost: a\r\n\r\n", &["request_line_space"]),
            (b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n", &["status_line"]),
            (b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n", &["status_line"]),
            (b"ICY 200 OK\r\nContent-Length: 0\r\n\r\n", &["status_line"]),
            (b"GET / HTTP/1.1\r\nHost \t: a\r\n\r\n", &["space_before_colon"]),
            (b"GET / HTTP/1.1\r\nHost: a\r\nA B@: c\r\n\r\n", &["field_name", "field_name"]),
            (b"GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n", &["colon_missing"]),
            (b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n  c\r\n\r\n", &["line_folding"]),
            (b"GET / HTTP/1.1\r\nHost: a\r\nA: b\x01\r\n\r\n", &["field_value"]),
            (b"GET / HTTP/1.1\r\n\r\n", &["host_missing"]),
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", &["host"]),
            (
                b"POST / HTTP/1.1\r\nHost: a/b\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2  \r\nhi\r\n0\r\n\r\n",
                &["host", "framing", "chunk_size_space"],
            ),
            (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", &["expectation"]),
            (b"HTTP/1.1 200 OK\nA : b\n\tc\n\nbody", &[
                "bare_line_feed",
                "space_before_colon",
                "bare_line_feed",
                "line_folding",
                "bare_line_feed",
                "bare_line_feed",
            ]),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nhi\n0\n\n",
                &["bare_line_feed", "bare_line_feed", "bare_line_feed", "bare_line_feed"],
            ),
        ];
        let mut met = Vec::new();
        for (bytes, keys) in cases {
            assert_eq!(needed(bytes), keys, "{}", bytes.escape_ascii());
            met.extend(keys);
        }
        assert!(Leniency::ALL.iter().all(|leniency| met.contains(&leniency.key())));
    }

    #[test]
    fn what_two_readers_read_differently_is_never_read_over() {
        for bytes in [
            &b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"[..],
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 1\r\n",
            b"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
        ] {
            let read = replay::requests(bytes, 0, Limits::UNLIMITED.with(Leniencies::ALL));
            assert!(read.violation.is_some(), "{}", bytes.escape_ascii());
        }
    }
}
