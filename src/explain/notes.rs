//! Remarks in words: those of the server, those of the machine that reads the bytes, and those that only
//! show when an exchange is seen as a whole.

use std::ops::Range;

use crate::{
    http::{self, Rule, Violation},
    trace::{CloseReason, GuardKind, Nanos, Note, NoteKind, Severity, Stage},
};

use super::Remarked;
use crate::{
    store::model::{Chunk, Detail, Outcome},
    words::text::{count, duration, escaped, plural, size},
};

/// From here on an arrival is called slow, in nanoseconds.
const SLOW: Nanos = 1_000_000_000;

/// All remarks on an exchange. `found` and `violation` are what the machine says of its request.
#[must_use]
pub fn remarks(
    detail: &Detail,
    found: &[(http::Note, Range<u64>)],
    violation: Option<&Violation>,
) -> Vec<Remarked> {
    let mut remarks: Vec<Remarked> =
        detail.exchange.notes.iter().map(|(_, note)| of_server(note, detail)).collect();
    if let Some(violation) = violation
        && !remarks.iter().any(|remark| remark.rule == Some(violation.rule))
    {
        remarks.push(of_rule(violation.rule, violation.found, Some(violation.span.clone()), detail));
    }
    if let Some(rule) = detail.exchange.rule
        && !remarks.iter().any(|remark| remark.rule == Some(rule))
    {
        remarks.push(Remarked { severity: Severity::Warning, ..of_rule(rule, None, None, detail) });
    }
    remarks.extend(found.iter().map(|(note, range)| of_machine(*note, range.clone())));
    remarks.extend(of_time(detail));
    remarks.extend(of_connection(detail));
    remarks.extend(of_capture(detail));
    remarks
}

/// Whether a rule is one of HTTP itself, broken by the bytes of a request: not a limit, a timer, something
/// that is valid but not implemented, or an answer of the service.
#[must_use]
pub const fn breaks_protocol(rule: Rule) -> bool {
    !matches!(
        rule,
        Rule::HostForeign
            | Rule::TargetScheme
            | Rule::TargetTooLong
            | Rule::HeadTooLarge
            | Rule::BodyTooLarge
            | Rule::HeadTimeout
            | Rule::BodyTimeout
            | Rule::TooManyConnections
            | Rule::TooBusy
            | Rule::EndedEarly
            | Rule::MethodNotImplemented
            | Rule::CodingNotImplemented
            | Rule::VersionNotSupported
            | Rule::ExpectationUnknown
            | Rule::PathClimbs
            | Rule::LinkLeaves
            | Rule::NotAFile
            | Rule::FileDenied
            | Rule::FileFailed
            | Rule::NotFound
            | Rule::FolderGone
            | Rule::MethodNotAllowed
            | Rule::ParameterInvalid
            | Rule::BodyUnreadable
            | Rule::PreconditionFailed
            | Rule::RangeNotSatisfiable
            | Rule::RateLimited
            | Rule::CredentialsMissing
            | Rule::NotAcceptable
    )
}

/// Why a connection ended, in a few words.
#[must_use]
pub const fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Client => "closed by client",
        CloseReason::ClientEarly => "closed by client in mid-message",
        CloseReason::Reset => "reset by client",
        CloseReason::ServerDone => "closed by server",
        CloseReason::ServerRefused => "closed by server, refused",
        CloseReason::Timeout(kind) => match kind {
            GuardKind::HeadTimeout => "closed by header timeout",
            GuardKind::BodyTimeout => "closed by body timeout",
            GuardKind::IdleTimeout => "closed by idle timeout",
            GuardKind::WriteTimeout => "closed by write timeout",
            _ => "closed by a guard",
        },
        CloseReason::FileBroke => "closed by server, file failed",
        CloseReason::Shutdown => "closed, server stopped",
        CloseReason::Failed => "ended: the socket failed",
    }
}

/// How much it matters that a connection ended so.
#[must_use]
pub const fn close_severity(reason: CloseReason) -> Severity {
    match reason {
        CloseReason::Client
        | CloseReason::ServerDone
        | CloseReason::Shutdown
        | CloseReason::Timeout(GuardKind::IdleTimeout) => Severity::Info,
        CloseReason::ClientEarly | CloseReason::Reset => Severity::Warning,
        CloseReason::ServerRefused
        | CloseReason::Timeout(_)
        | CloseReason::FileBroke
        | CloseReason::Failed => Severity::Error,
    }
}

/// A note of the server in one line.
#[must_use]
pub fn headline(kind: &NoteKind) -> String {
    match kind {
        NoteKind::Violation(rule, found) => {
            let found = found.map(|byte| format!(" Found {}.", byte_name(byte))).unwrap_or_default();
            format!("{}{found}", rule.sentence())
        }
        NoteKind::FileShrank(missing) => {
            format!("The file shrank while it was sent: {} are missing.", plural(*missing, "byte"))
        }
        NoteKind::FileFailed(error) => {
            format!("Reading the file failed while it was sent: {}.", escaped(error.as_bytes()))
        }
        NoteKind::BytesAfterLast(bytes) => format!(
            "{} arrived after the last message of the connection and were not read.",
            plural(*bytes, "byte")
        ),
        NoteKind::Text(text) => escaped(text.as_bytes()),
    }
}

/// A byte by value and name: `0x0A (LF)`, `0x41 ("A")`.
#[must_use]
pub fn byte_name(byte: u8) -> String {
    let name = match byte {
        b'\t' => "tab".to_owned(),
        b'\n' => "LF".to_owned(),
        b'\r' => "CR".to_owned(),
        b' ' => "space".to_owned(),
        0 => "NUL".to_owned(),
        0x7f | 0..=0x1f => "a control byte".to_owned(),
        0x80.. => "not ASCII".to_owned(),
        _ => format!("\"{}\"", char::from(byte)),
    };
    format!("0x{byte:02X} ({name})")
}

fn of_server(note: &Note, detail: &Detail) -> Remarked {
    if let NoteKind::Violation(rule, found) = note.kind {
        return Remarked { severity: note.severity, ..of_rule(rule, found, note.span.clone(), detail) };
    }
    let section = match note.kind {
        NoteKind::FileShrank(_) | NoteKind::FileFailed(_) => "RFC 9112 §8",
        NoteKind::BytesAfterLast(_) => "RFC 9112 §9.6",
        _ => "",
    };
    Remarked {
        severity: note.severity,
        text: headline(&note.kind),
        section,
        rule: None,
        range: note.span.clone(),
    }
}

fn of_rule(rule: Rule, found: Option<u8>, span: Option<Range<u64>>, detail: &Detail) -> Remarked {
    let mut text = rule.sentence().to_owned();
    if let Some(byte) = found {
        text = format!("{text} Found {}", byte_name(byte));
        if let Some(span) = &span {
            let of_message = span.start.saturating_sub(detail.exchange.request.start);
            text = format!("{text}, byte {} of the message", count(of_message + 1));
        }
        text.push('.');
    }
    Remarked { severity: Severity::Error, text, section: rule.section(), rule: Some(rule), range: span }
}

fn of_machine(note: http::Note, range: Range<u64>) -> Remarked {
    let (severity, text, section) = match note {
        http::Note::EmptyLinesSkipped => {
            (Severity::Info, "Empty lines before the request line were skipped.", "RFC 9112 §2.2")
        }
        http::Note::OpaqueFieldValue => (
            Severity::Warning,
            "A field value holds bytes above 0x7F. HTTP does not say what characters they stand for.",
            "RFC 9110 §5.5",
        ),
        http::Note::ChunkExtensionIgnored => {
            (Severity::Info, "A chunk extension was read and ignored.", "RFC 9112 §7.1.1")
        }
        http::Note::TrailersKeptApart => (
            Severity::Info,
            "Trailer fields came after the body. They are kept apart from the header fields, because a trailer could otherwise change what was decided by them.",
            "RFC 9110 §6.5.1",
        ),
        http::Note::LaterMinorVersion => (
            Severity::Info,
            "The client speaks a later HTTP/1 than 1.1; the answer is HTTP/1.1, which it understands.",
            "RFC 9110 §6.2",
        ),
        http::Note::TargetOverridesHost => (
            Severity::Info,
            "The target is a whole URI: its host took the place of the Host field.",
            "RFC 9112 §3.2.2",
        ),
    };
    Remarked { severity, text: text.to_owned(), section, rule: None, range: Some(range) }
}

/// What time tells: a request that came slowly, or is still on its way.
fn of_time(detail: &Detail) -> Vec<Remarked> {
    let exchange = &detail.exchange;
    let mut remarks = Vec::new();
    let waiting = match exchange.outcome {
        Outcome::HeadIncomplete => Some((
            "The head is not complete: the server waits for the empty line that ends it.",
            "RFC 9112 §2.1",
        )),
        Outcome::BodyIncomplete => {
            Some(("The body is not complete: the server waits for the rest.", "RFC 9112 §6.3"))
        }
        _ => None,
    };
    if let Some((text, section)) = waiting {
        remarks.push(plain(Severity::Info, text.to_owned(), section));
    }
    let arrived = detail.reads.iter().map(|chunk| chunk.at).filter(|at| *at >= exchange.began).max();
    let took = arrived.map_or(0, |last| last - exchange.began);
    if took >= SLOW {
        let reads: u64 = detail.reads.iter().map(|chunk| chunk.count).sum();
        let text = format!("The request took {} to arrive, in {}.", duration(took), plural(reads, "read"));
        remarks.push(plain(Severity::Warning, text, ""));
    }
    remarks
}

/// What the rest of the connection tells.
fn of_connection(detail: &Detail) -> Vec<Remarked> {
    let exchange = &detail.exchange;
    let mut remarks = Vec::new();
    let first_read = detail.reads.first().map_or(0..0, Chunk::range);
    let before = detail
        .messages
        .iter()
        .rev()
        .find(|message| message.id < exchange.id && first_read.contains(&message.request.start));
    if let Some(before) = before {
        let text = format!(
            "The request came in the same read as request {}: the client sends without waiting for the answer (pipelining). Answers go back in the same order.",
            before.number
        );
        remarks.push(plain(Severity::Info, text, "RFC 9112 §9.3.2"));
    }
    // After the response it is how most connections end, and says nothing about the exchange.
    let done = exchange
        .stages
        .iter()
        .find_map(|(at, stage)| matches!(stage, Stage::ResponseSent { .. }).then_some(*at));
    let waits = |at: Nanos| at >= exchange.began && done.is_none_or(|done| at < done);
    if let Some(at) = detail.half_closed.filter(|at| waits(*at) && !detail.neighbours.1) {
        let since = duration(at - exchange.began);
        let text =
            format!("The client ended its side {since} after the first byte; it may still read the answer.");
        remarks.push(plain(Severity::Info, text, "RFC 9112 §9.6"));
    }
    let aborted = exchange.stages.iter().any(|(_, stage)| *stage == Stage::Aborted);
    if (aborted || exchange.outcome == Outcome::Aborted)
        && let Some((_, reason)) = detail.closed
    {
        let text = format!("The exchange was cut off: connection {}.", close_reason(reason));
        remarks.push(plain(Severity::Error, text, "RFC 9112 §8"));
    }
    remarks
}

/// What is missing here though it was on the wire.
fn of_capture(detail: &Detail) -> Option<Remarked> {
    let chunks = detail.reads.iter().chain(&detail.writes);
    let omitted: u64 = chunks.filter(|chunk| chunk.omitted()).map(|chunk| chunk.len).sum();
    (omitted > 0).then(|| {
        let text = format!(
            "{} of this exchange were sent or received but are not kept here, to stay within the capture's budget.",
            size(omitted)
        );
        plain(Severity::Info, text, "")
    })
}

const fn plain(severity: Severity, text: String, section: &'static str) -> Remarked {
    Remarked { severity, text, section, rule: None, range: None }
}
