//! What is known of a message after a byte.

use std::ops::Range;

use crate::{
    http::{Field, Framing, Head, ResponseHead, Status},
    trace::Guard,
    websocket::Frame,
    wire::{SpanRole, State},
    words::{count, escaped, plural, shortened},
};

use super::{
    decision::framing_words,
    run::{HeadAt, Instant, Run},
};

/// Characters of a value that are shown.
const VALUE_CHARS: usize = 120;

/// The fields that decide something about the message, in lower case.
const DECIDING: [&str; 7] =
    ["host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te"];

/// Something that is known of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is: `method`, `Content-Length`, `head so far`.
    pub name: String,
    /// Its value as far as it is known, with control bytes escaped.
    pub value: String,
    /// A remark behind the value: `not decided yet`. Empty: none.
    pub remark: &'static str,
    /// The part of the message that it is. `None`: it is no part of it.
    pub role: Option<SpanRole>,
}

impl Known {
    fn new(name: &str, value: String) -> Self {
        Self { name: name.to_owned(), value, remark: "", role: None }
    }
}

/// What is known at `now`, in the order of the bytes. `limit`: a limit that was in force, if it is known.
pub(super) fn known(run: &dyn Run, now: &Instant, limit: &dyn Fn(Guard) -> Option<u64>) -> Vec<Known> {
    let mut found = Found { run, limit, all: Vec::new() };
    let read = now.over.unwrap_or_else(|| run.range().end);
    match now.head.as_ref() {
        Some(HeadAt::Request(head)) => found.request(head),
        Some(HeadAt::Response(head)) => found.response(head),
        Some(HeadAt::Frame(frame)) => found.frame(frame),
        Some(HeadAt::None) | None => {}
    }
    let begun = run.range().start;
    let reached = now.pending.as_ref().map_or(now.offset, |(_, range)| range.end).max(now.offset).min(read);
    if matches!(now.state, State::StartLine | State::Fields) {
        found.head_so_far(reached - begun);
    }
    if now.content > 0 || matches!(now.state, State::Body(_) | State::Trailers) {
        found.content(now);
    }
    found.all
}

struct Found<'a> {
    run: &'a dyn Run,
    limit: &'a dyn Fn(Guard) -> Option<u64>,
    all: Vec<Known>,
}

impl Found<'_> {
    fn text(&self, range: Range<u64>) -> String {
        shortened(&escaped(self.run.slice(range)), VALUE_CHARS)
    }

    fn part(&mut self, name: &str, role: SpanRole, range: Range<u64>) {
        if !range.is_empty() {
            let value = self.text(range);
            self.all.push(Known { role: Some(role), ..Known::new(name, value) });
        }
    }

    fn request(&mut self, head: &Head) {
        self.part("method", SpanRole::Method, head.placed(&head.method_range));
        self.part("target", SpanRole::Target, head.placed(&head.target));
        let is_complete = head.end > head.start;
        self.fields(head.start, &head.fields, is_complete);
        if is_complete {
            self.framing(head.framing);
            let stays = if head.keep_alive { "stays open" } else { "ends after the response" };
            self.all.push(Known::new("connection", stays.to_owned()));
        }
    }

    fn response(&mut self, head: &ResponseHead) {
        if head.status != Status(0) {
            let role = Some(SpanRole::Status);
            self.all.push(Known { role, ..Known::new("status", head.status.to_string()) });
        }
        let is_complete = head.end > head.start;
        self.fields(head.start, &head.fields, is_complete);
        if is_complete && head.status.class() != 1 {
            self.framing(head.framing);
        }
    }

    fn framing(&mut self, framing: Framing) {
        self.all.push(Known::new("framing", framing_words(framing)));
    }

    /// The fields that decide something, and the number of all.
    fn fields(&mut self, start: u64, fields: &[Field], is_complete: bool) {
        let place = |range: &Range<u32>| start + u64::from(range.start)..start + u64::from(range.end);
        for field in fields {
            let name = self.run.slice(place(&field.name));
            let decides = DECIDING.iter().find(|known| name.eq_ignore_ascii_case(known.as_bytes()));
            let Some(decides) = decides else { continue };
            let is_framing = matches!(*decides, "content-length" | "transfer-encoding");
            let remark = if is_framing && !is_complete { "not decided yet" } else { "" };
            let (name, value) = (self.text(place(&field.name)), self.text(place(&field.value)));
            self.all.push(Known { remark, role: Some(SpanRole::Value), ..Known::new(&name, value) });
        }
        if !fields.is_empty() {
            self.all.push(Known::new("fields", plural(fields.len() as u64, "complete line")));
        }
    }

    fn frame(&mut self, frame: &Frame) {
        self.all.push(Known::new("frame", frame.opcode.key().to_owned()));
        self.all.push(Known::new("payload", plural(frame.length, "byte")));
        let mask = if frame.mask.is_some() { "masked" } else { "not masked" };
        self.all.push(Known::new("mask", mask.to_owned()));
        if !frame.fin {
            self.all.push(Known::new("message", "goes on in another frame".to_owned()));
        }
    }

    fn head_so_far(&mut self, bytes: u64) {
        let value = match (self.limit)(Guard::HeadBytes) {
            Some(most) => format!("{} of {} bytes", count(bytes), count(most)),
            None => plural(bytes, "byte"),
        };
        self.all.push(Known::new("head so far", value));
    }

    fn content(&mut self, now: &Instant) {
        let all = match now.head.as_ref() {
            Some(
                HeadAt::Request(Head { framing: Framing::Length(length), .. })
                | HeadAt::Response(ResponseHead { framing: Framing::Length(length), .. }),
            ) => Some(*length),
            _ => None,
        };
        let value = match (all, (self.limit)(Guard::BodyBytes)) {
            (Some(all), _) => format!("{} of {} bytes", count(now.content), count(all)),
            (None, Some(most)) => format!("{} of at most {} bytes", count(now.content), count(most)),
            (None, None) => plural(now.content, "byte"),
        };
        self.all.push(Known::new("content so far", value));
    }
}
