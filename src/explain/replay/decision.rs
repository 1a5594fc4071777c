//! The decisions that the bytes of a message lead to, each at the byte at which it is taken.

use std::ops::Range;

use crate::{
    explain::{Facts, facts::Happening, kinds::Kind, timeline},
    http::{Framing, SpanKind, Status, Version},
    trace::{Cause, Guard},
    wire::{Mark, State, Violation, What},
    words::{escaped, limit_bytes, plural, shortened},
};

use super::run::{HeadAt, Run};

/// Characters of a method or a target that are shown.
const TOKEN_CHARS: usize = 60;

/// A decision, and the place at which it is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Stream offset after the byte at which it is taken.
    pub at: u64,
    /// What is decided.
    pub what: Decided,
}

/// What is decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Decided {
    /// The method is known: its stream range.
    Method(Range<u64>),
    /// The target is known: its stream range.
    Target(Range<u64>),
    /// The version is known.
    Version(Version),
    /// The status is known.
    Status(Status),
    /// A head is complete after which the final one must follow.
    Interim,
    /// The framing of the body is decided.
    Framing(Framing),
    /// Whether the connection stays open after the message.
    Persists(bool),
    /// The client waits for `100 Continue`.
    Continue,
    /// Another protocol follows.
    Switch,
    /// The last chunk was read; the trailer section follows.
    LastChunk,
    /// The head of a frame is complete: its opcode and the length of its payload.
    Frame(&'static str, u64),
    /// The message is over, with so many bytes of content so far.
    End(u64),
    /// The message breaks a rule.
    Broken(Violation<Cause>),
    /// Something that the server recorded: an entry of [`Facts::timeline`].
    Happened(usize),
}

impl Decision {
    /// Whether a rule is broken, or a limit or a timer acted.
    #[must_use]
    pub fn is_fault(&self, facts: &Facts) -> bool {
        match &self.what {
            Decided::Broken(_) => true,
            Decided::Happened(index) => {
                let entry = facts.timeline.get(*index);
                entry.is_some_and(|entry| matches!(entry.what, Happening::Guard { .. }))
            }
            _ => false,
        }
    }

    /// The clause behind the decision. Empty: there is none.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match &self.what {
            Decided::Method(_) => "RFC 9112 §3.1",
            Decided::Target(_) => "RFC 9112 §3.2",
            Decided::Version(_) => "RFC 9112 §2.3",
            Decided::Status(_) => "RFC 9112 §4",
            Decided::Interim => "RFC 9110 §15.2",
            Decided::Framing(_) | Decided::End(_) => "RFC 9112 §6.3",
            Decided::Persists(_) => "RFC 9112 §9.3",
            Decided::Continue => "RFC 9110 §10.1.1",
            Decided::Switch => "RFC 9110 §7.8",
            Decided::LastChunk => "RFC 9112 §7.1",
            Decided::Frame(..) => "RFC 6455 §5.2",
            Decided::Broken(violation) => violation.rule.section(),
            Decided::Happened(_) => "",
        }
    }
}

/// The decisions of a message, in the order of the bytes.
pub(super) fn decisions(
    run: &dyn Run,
    marks: &[Mark<Kind, Cause, HeadAt>],
    happened: Vec<(u64, usize)>,
) -> Vec<Decision> {
    let mut found = Vec::new();
    for Mark { at, content, what } in marks {
        let mut push = |what| found.push(Decision { at: *at, what });
        match what {
            What::Token(Kind::Http(SpanKind::Method), range) => push(Decided::Method(range.clone())),
            What::Token(Kind::Http(SpanKind::Target), range) => push(Decided::Target(range.clone())),
            What::Token(Kind::Http(SpanKind::Version), range) => {
                let minor = run.slice(range.clone()).last().map_or(1, |digit| digit.wrapping_sub(b'0'));
                push(Decided::Version(Version { minor }));
            }
            What::Token(Kind::Http(SpanKind::Status), range) => {
                let digits = String::from_utf8_lossy(run.slice(range.clone())).into_owned();
                push(Decided::Status(Status(digits.parse().unwrap_or(0))));
            }
            What::Head(Some(HeadAt::Request(head))) => {
                push(Decided::Framing(head.framing));
                push(Decided::Persists(head.keep_alive));
                if head.expects_continue {
                    push(Decided::Continue);
                }
            }
            What::Head(Some(HeadAt::Response(head))) if head.status == Status(101) => push(Decided::Switch),
            What::Head(Some(HeadAt::Response(head))) => push(Decided::Framing(head.framing)),
            What::Head(Some(HeadAt::Frame(frame))) => {
                push(Decided::Frame(frame.opcode.key(), frame.length));
            }
            What::Head(None) => push(Decided::Interim),
            What::Entered(State::Trailers) => push(Decided::LastChunk),
            What::End => push(Decided::End(*content)),
            What::Broken(violation) => push(Decided::Broken(violation.clone())),
            What::Token(..) | What::Head(Some(HeadAt::None)) | What::Entered(_) => {}
        }
    }
    found.extend(happened.into_iter().map(|(at, index)| Decision { at, what: Decided::Happened(index) }));
    // The sort is stable: what the machine decides at a byte comes before what the server does with it.
    found.sort_by_key(|decision| (decision.at, matches!(decision.what, Decided::End(_))));
    found
}

/// The decision in a few words: `framing: 31 bytes of body`.
pub(super) fn words(
    decided: &Decided,
    facts: &Facts,
    run: &dyn Run,
    limit: impl Fn(Guard) -> Option<u64>,
) -> String {
    let text = |range: &Range<u64>| shortened(&escaped(run.slice(range.clone())), TOKEN_CHARS);
    match decided {
        Decided::Method(range) => match limit(Guard::TargetBytes) {
            Some(most) => format!("method known: {}; a target of at most {}", text(range), limit_bytes(most)),
            None => format!("method known: {}", text(range)),
        },
        Decided::Target(range) => format!("target known: {}", text(range)),
        Decided::Version(Version { minor: 0 }) => {
            "HTTP/1.0: the connection closes unless it is asked to stay open".to_owned()
        }
        Decided::Version(Version { minor }) => format!("HTTP/1.{minor}: the connection may stay open"),
        Decided::Status(status) => format!("status known: {status}"),
        Decided::Interim => "interim response complete: the final one follows".to_owned(),
        Decided::Framing(framing) => format!("framing: {}", framing_words(*framing)),
        Decided::Persists(true) => "another request may follow on this connection".to_owned(),
        Decided::Persists(false) => "this is the last request on this connection".to_owned(),
        Decided::Continue => "the client waits for 100 Continue before it sends the body".to_owned(),
        Decided::Switch => "another protocol follows".to_owned(),
        Decided::LastChunk => "last chunk: the trailer section follows".to_owned(),
        Decided::Frame(opcode, length) => format!("{opcode} frame of {}", plural(*length, "byte")),
        Decided::End(content) => format!("message over: {} of content", plural(*content, "byte")),
        Decided::Broken(violation) => violation.rule.sentence().to_owned(),
        Decided::Happened(index) => facts
            .timeline
            .get(*index)
            .map_or_else(String::new, |entry| timeline::words(entry, &facts.detail.exchange)),
    }
}

/// The framing of a body, in words.
pub(super) fn framing_words(framing: Framing) -> String {
    match framing {
        Framing::None => "no body".to_owned(),
        Framing::Length(length) => format!("{} of body", plural(length, "byte")),
        Framing::Chunked => "a chunked body".to_owned(),
        Framing::UntilClose => "a body until the connection closes".to_owned(),
    }
}
