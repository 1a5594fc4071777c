//! Encodes the parts of records: stages, notes, steps, route attempts, addresses, times.

use std::{net::SocketAddr, time::SystemTime};

use crate::{
    base::{shared_text::SharedText, stream::Role},
    http::{Framing, Method},
    trace::{
        Cause, Lookup, MiddlewareStep, Mismatch, Note, NoteKind, Phase, RouteAttempt, RouteSummary, Stage,
        StepSummary,
    },
};

use super::{
    codes::{code, tag},
    flow::Flow,
    varint::{put, put_bytes, put_near},
};

/// Writes a stage, its tag included.
pub(super) fn stage(out: &mut Vec<u8>, flow: &Flow, stage: &Stage) {
    match stage {
        Stage::RequestLine { method, target } => {
            out.push(tag::REQUEST_LINE);
            put_near(out, method.start, flow.incoming);
            put_near(out, method.end, method.start);
            put_near(out, target.start, method.end);
            put_near(out, target.end, target.start);
        }
        Stage::Received { word, content } => {
            out.push(tag::RECEIVED);
            put_bytes(out, word.as_bytes());
            put_near(out, content.start, flow.incoming);
            put_near(out, content.end, content.start);
        }
        Stage::Answered { refusal, start } => {
            out.push(tag::ANSWERED);
            self::refusal(out, *refusal);
            put_near(out, *start, flow.outgoing);
        }
        Stage::Head { start, end, fields, framing } => {
            out.push(tag::HEAD);
            put_near(out, *start, flow.incoming);
            put_near(out, *end, *start);
            put(out, u64::from(*fields));
            body(out, *framing);
        }
        Stage::GuardsPassed => out.push(tag::GUARDS_PASSED),
        Stage::Continue => out.push(tag::CONTINUE),
        Stage::RequestEnd { end, content } => {
            out.push(tag::REQUEST_END);
            put_near(out, *end, flow.incoming);
            put_near(out, *content, 0);
        }
        Stage::ResponseHead { status, refusal, start, end, framing } => {
            out.push(tag::RESPONSE_HEAD);
            put(out, u64::from(status.0));
            self::refusal(out, *refusal);
            put_near(out, *start, flow.outgoing);
            put_near(out, *end, *start);
            body(out, *framing);
        }
        Stage::ResponseSent { end, keep_alive } => {
            out.push(tag::RESPONSE_SENT);
            put_near(out, *end, flow.outgoing);
            out.push(u8::from(*keep_alive));
        }
        Stage::Aborted => out.push(tag::ABORTED),
    }
}

fn refusal(out: &mut Vec<u8>, refusal: Option<Cause>) {
    out.push(u8::from(refusal.is_some()));
    if let Some(cause) = refusal {
        put_bytes(out, cause.key().as_bytes());
    }
}

fn body(out: &mut Vec<u8>, framing: Framing) {
    match framing {
        Framing::None => out.push(0),
        Framing::Length(length) => {
            out.push(1);
            put(out, length);
        }
        Framing::Chunked => out.push(2),
        Framing::UntilClose => out.push(3),
    }
}

/// Writes a note.
pub(super) fn note(out: &mut Vec<u8>, flow: &Flow, note: &Note) {
    put_bytes(out, note.severity.key().as_bytes());
    out.push(u8::from(note.span.is_some()));
    if let Some(span) = &note.span {
        put_near(out, span.start, flow.incoming);
        put_near(out, span.end, span.start);
    }
    match &note.kind {
        NoteKind::Violation(cause, found) => {
            out.push(code::VIOLATION);
            put_bytes(out, cause.key().as_bytes());
            out.extend([u8::from(found.is_some()), found.unwrap_or_default()]);
        }
        NoteKind::FileShrank(missing) => {
            out.push(code::FILE_SHRANK);
            put(out, *missing);
        }
        NoteKind::FileFailed(reason) => {
            out.push(code::FILE_FAILED);
            put_bytes(out, reason.as_bytes());
        }
        NoteKind::BytesAfterLast(bytes) => {
            out.push(code::BYTES_AFTER_LAST);
            put(out, *bytes);
        }
        NoteKind::UrgentByte { byte, offset } => {
            out.extend([code::URGENT_BYTE, *byte]);
            put(out, *offset);
        }
        NoteKind::Trouble(text) => {
            out.push(code::TROUBLE);
            put_bytes(out, text.as_bytes());
        }
        NoteKind::Text(text) => {
            out.push(code::TEXT);
            put_bytes(out, text.as_bytes());
        }
    }
}

/// Writes a middleware step without its duration.
pub(super) fn step(out: &mut Vec<u8>, step: &MiddlewareStep) {
    put_bytes(out, step.name.as_bytes());
    out.push(u8::from(step.phase == Phase::Response));
    put(out, step.answered.map_or(0, |status| u64::from(status.0) + 1));
    match &step.summary {
        StepSummary::Words(words) => {
            out.push(code::WORDS);
            put_bytes(out, words.as_bytes());
        }
        StepSummary::TokenTaken { left } => {
            out.push(code::TOKEN_TAKEN);
            put(out, u64::from(*left));
        }
        StepSummary::NoToken { wait_secs } => {
            out.push(code::NO_TOKEN);
            put(out, wait_secs.map_or(0, |secs| u64::from(secs) + 1));
        }
    }
    put(out, step.changes.len() as u64);
    for change in &step.changes {
        put_bytes(out, change.name.as_bytes());
        optional(out, change.before.as_ref());
        optional(out, change.after.as_ref());
    }
}

fn optional(out: &mut Vec<u8>, text: Option<&SharedText>) {
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        put_bytes(out, text.as_bytes());
    }
}

/// Writes a route attempt.
pub(super) fn route_attempt(out: &mut Vec<u8>, attempt: &RouteAttempt) {
    put_bytes(out, attempt.method.map_or("", Method::name).as_bytes());
    put_bytes(out, attempt.pattern.as_bytes());
    match &attempt.summary {
        RouteSummary::Params(params) => {
            out.push(code::PARAMS);
            put_bytes(out, params.as_bytes());
        }
        RouteSummary::Folder { name, found } => {
            out.push(code::FOLDER);
            put_bytes(out, name.as_bytes());
            put_bytes(out, found.key().as_bytes());
            put(out, if let Lookup::File(bytes) = found { *bytes } else { 0 });
        }
        RouteSummary::Group(name) => {
            out.push(code::GROUP);
            put_bytes(out, name.as_bytes());
        }
    }
    match &attempt.mismatch {
        None => out.push(code::MATCHES),
        Some(Mismatch::Method { found }) => {
            out.push(code::METHOD);
            put_bytes(out, found.as_bytes());
        }
        Some(Mismatch::Segment { index, expected, found }) => {
            out.extend([code::SEGMENT, *index]);
            put_bytes(out, expected.as_bytes());
            put_bytes(out, found.as_bytes());
        }
        Some(Mismatch::TooShort { expected }) => {
            out.push(code::TOO_SHORT);
            put_bytes(out, expected.as_bytes());
        }
        Some(Mismatch::TooLong { found }) => {
            out.push(code::TOO_LONG);
            put_bytes(out, found.as_bytes());
        }
    }
}

/// Writes a wall-clock time: whole seconds since 1970, rounded down, and nanoseconds.
pub(super) fn wall_clock(out: &mut Vec<u8>, time: SystemTime) {
    let (seconds, nanos) = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (since.as_secs(), since.subsec_nanos()),
        Err(before) => {
            let before = before.duration();
            let whole = before.as_secs() + u64::from(before.subsec_nanos() > 0);
            (whole.wrapping_neg(), (1_000_000_000 - before.subsec_nanos()) % 1_000_000_000)
        }
    };
    put_near(out, seconds, 0);
    put(out, u64::from(nanos));
}

/// The code of a role.
pub(super) const fn role_number(role: Role) -> u8 {
    match role {
        Role::Accepted => code::ACCEPTED,
        Role::Dialed => code::DIALED,
    }
}

/// Writes an address: 4 or 6, its bytes, the port, and for version 6 the flow label and the scope.
pub(super) fn socket(out: &mut Vec<u8>, address: SocketAddr) {
    match address {
        SocketAddr::V4(address) => {
            out.push(4);
            out.extend(address.ip().octets());
            put(out, u64::from(address.port()));
        }
        SocketAddr::V6(address) => {
            out.push(6);
            out.extend(address.ip().octets());
            put(out, u64::from(address.port()));
            put(out, u64::from(address.flowinfo()));
            put(out, u64::from(address.scope_id()));
        }
    }
}
