//! An outcome as text that a person can check.

use std::{fmt::Write, ops::Range};

use byteglass::{
    http::{Framing, Head, ResponseHead, Violation, head::slice},
    wire::Event,
};

use super::{
    drive::{Outcome, leaves},
    input::Input,
};

/// The transcript of an input. `refused_after`: how many bytes it takes to know that it is refused.
pub(super) fn of(input: &Input, outcome: &Outcome, refused_after: Option<usize>) -> String {
    let mut text = String::from("events\n");
    let (mut heads, mut response_heads) = (outcome.heads.iter(), outcome.response_heads.iter());
    let driven = &outcome.driven;
    for (offset, event) in &driven.events {
        match event {
            Event::NeedData => {}
            Event::Head => {
                heads.next().into_iter().for_each(|head| request_head(&mut text, head, &input.bytes));
                response_heads
                    .next()
                    .into_iter()
                    .for_each(|head| response_head(&mut text, head, &input.bytes));
            }
            Event::Body(range) => writeln!(text, "  body {}", place(range)).unwrap(),
            Event::End => writeln!(text, "  end {offset}").unwrap(),
        }
    }
    if let Some(violation) = &driven.violation {
        let after = refused_after.unwrap();
        writeln!(text, "  refused after {after} bytes: {}", refusal(violation)).unwrap();
    } else {
        writeln!(text, "  then {:?}", driven.state).unwrap();
        if let Some((kind, range)) = &driven.pending {
            writeln!(text, "  pending {} {}..{}", kind.facts().name, range.start, range.end).unwrap();
        }
        match &driven.ended {
            Some(violation) => writeln!(text, "  at the end: {}", refusal(violation)).unwrap(),
            None => text.push_str("  at the end: in order\n"),
        }
    }
    text.push_str("spans\n");
    for leaf in leaves(input, &input.bytes) {
        let range = indices(leaf.range.start, leaf.range.end);
        let (place, name, bytes) = (place(&range), leaf.kind.facts().name, shown(&input.bytes[range]));
        let partial = if leaf.partial { " (partial)" } else { "" };
        writeln!(text, "  {place:11} {name:15} {bytes}{partial}").unwrap();
    }
    if !driven.reported.notes.is_empty() {
        text.push_str("notes\n");
    }
    for (note, range) in &driven.reported.notes {
        writeln!(text, "  {note:?} {}..{}", range.start, range.end).unwrap();
    }
    text
}

fn request_head(text: &mut String, head: &Head, bytes: &[u8]) {
    let bytes = &bytes[indices(head.start, head.end)];
    let part = |range: &Range<u32>| shown(slice(bytes, range));
    let optional = |range: &Option<Range<u32>>| range.as_ref().map_or("none".to_owned(), part);
    writeln!(text, "  head {}..{}", head.start, head.end).unwrap();
    let known = head.method.name();
    writeln!(text, "    method {} ({known}), HTTP/1.{}", part(&head.method_range), head.version.minor)
        .unwrap();
    writeln!(text, "    target {}", part(&head.target)).unwrap();
    writeln!(text, "    path {}, query {}", part(&head.path), optional(&head.query)).unwrap();
    writeln!(text, "    authority {}", optional(&head.authority)).unwrap();
    writeln!(text, "    {} fields", head.fields.len()).unwrap();
    let then = if head.keep_alive { "keep" } else { "close" };
    let expects = if head.expects_continue { ", expects 100" } else { "" };
    writeln!(text, "    {}, then {then}{expects}", framing(head.framing)).unwrap();
}

fn response_head(text: &mut String, head: &ResponseHead, bytes: &[u8]) {
    let bytes = &bytes[indices(head.start, head.end)];
    writeln!(text, "  head {}..{}", head.start, head.end).unwrap();
    let reason = shown(slice(bytes, &head.reason));
    writeln!(text, "    status {} {reason}, HTTP/1.{}", head.status.0, head.version.minor).unwrap();
    writeln!(text, "    {} fields", head.fields.len()).unwrap();
    writeln!(text, "    {}", framing(head.framing)).unwrap();
}

fn framing(framing: Framing) -> String {
    match framing {
        Framing::None => "no body".to_owned(),
        Framing::Length(len) => format!("body of {len} bytes"),
        Framing::Chunked => "chunked body".to_owned(),
        Framing::UntilClose => "body until close".to_owned(),
    }
}

fn refusal(violation: &Violation) -> String {
    let Violation { rule, span, found } = violation;
    let found = found.map_or(String::new(), |byte| format!(", found {}", shown(&[byte])));
    let status = rule.facts().status.map_or(String::new(), |status| format!("{}, ", status.0));
    let section = rule.facts().section;
    format!("{rule:?} ({status}{section}) at {}..{}{found}", span.start, span.end)
}

fn indices(start: u64, end: u64) -> Range<usize> {
    usize::try_from(start).unwrap()..usize::try_from(end).unwrap()
}

fn place(range: &Range<usize>) -> String {
    format!("{}..{}", range.start, range.end)
}

/// Escaped, in quotes; long text without its middle.
fn shown(bytes: &[u8]) -> String {
    const LONG: usize = 60;
    if bytes.len() <= LONG {
        return format!("\"{}\"", bytes.escape_ascii());
    }
    let (first, last) = (&bytes[..20], &bytes[bytes.len() - 20..]);
    format!("\"{}\" … \"{}\" ({} bytes)", first.escape_ascii(), last.escape_ascii(), bytes.len())
}
