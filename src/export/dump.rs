//! An exchange as text for reading: every part with its offset, its bytes and what it is.

use std::{
    io::{self, Write},
    ops::Range,
    time::SystemTime,
};

use crate::{
    base::{calendar::timestamp_micros, stream::Direction},
    explain::{
        Facts,
        facts::Leaf,
        kinds, timeline,
        tree::{self, TreeNode},
    },
    http::SpanKind,
    trace::Severity,
    words::{count, duration, hex_dump, plural, shortened},
};

use super::{
    blank_line, bytes_are,
    format::{Clipboard, Entry, ExportError, Format},
    message::{self, Run},
    title,
};

/// Characters in a line of a sentence.
const WIDTH: usize = 100;
/// Characters of a value in the line above its bytes.
const VALUE_CHARS: usize = 72;
/// Bytes in a line.
const LINE: usize = 16;
/// At most so many lines of bytes are shown of one body.
const BODY_LINES: u64 = 256;
/// At most so many bytes are shown of any other part.
const PART_BYTES: u64 = 8 * 1024;

/// Every part of both messages, with its offset, its bytes, and what it is.
pub struct Dump;

impl Format for Dump {
    fn key(&self) -> &'static str {
        "dump"
    }
    fn title(&self) -> &'static str {
        "Annotated dump"
    }
    fn about(&self) -> &'static str {
        "Every part of the messages: offset, bytes, and what it is"
    }
    fn extension(&self) -> &'static str {
        "txt"
    }
    fn messages(&self) -> &'static [Direction] {
        &Direction::ALL
    }
    fn clipboard(&self) -> Option<Clipboard> {
        Some(Clipboard { name: "Annotated dump", bytes_max: u64::MAX })
    }
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        blank_line(out, entry)?;
        Ok(dump(out, entry.facts, entry.started)?)
    }
}

/// Writes both messages, part by part in the order of their bytes, with what `facts` say of them. `started` is
/// when the exchange began; `None`: the wall-clock time is not known. Of long bodies only the beginning is
/// shown, and a line says how much is not.
fn dump(out: &mut dyn Write, facts: &Facts, started: Option<SystemTime>) -> io::Result<()> {
    heading(out, facts, started)?;
    for direction in Direction::ALL {
        let whole = &facts.stream(direction).own;
        let (name, who) = match direction {
            Direction::Received => ("REQUEST", "client"),
            Direction::Sent => ("RESPONSE", "server"),
        };
        if whole.is_empty() {
            writeln!(out, "\n{name}: nothing of it was captured")?;
            continue;
        }
        let len = plural(whole.end - whole.start, "byte");
        writeln!(
            out,
            "\n{name}: {len} from offset {:#x} of what the {who} sent on this connection",
            whole.start
        )?;
        let runs = message::runs(&facts.detail, direction);
        let mut listing = Listing { out, runs, direction, body: None, said: String::new() };
        listing.parts(facts.stream(direction).own_leaves(), &tree::tree(facts, direction))?;
    }
    Ok(())
}

fn heading(out: &mut dyn Write, facts: &Facts, started: Option<SystemTime>) -> io::Result<()> {
    let detail = &facts.detail;
    let exchange = &detail.exchange;
    writeln!(out, "{}", title(detail))?;
    if let Some(started) = started {
        writeln!(out, "Began at {}.", timestamp_micros(started))?;
    }
    if let Some((peer, local)) = detail.peer.zip(detail.local) {
        writeln!(out, "From {peer} to {local}.")?;
    }
    writeln!(out, "Took {}: {}.", duration(exchange.took()), timeline::outcome(exchange.outcome))?;
    for note in &facts.notes {
        let severity = match note.severity {
            Severity::Info => "Note",
            Severity::Warning => "Warning",
            Severity::Error => "Error",
        };
        sentence(out, "", &format!("{severity}: {}", note.sentence()), note.section())?;
    }
    Ok(())
}

/// One message that is being written.
struct Listing<'a> {
    out: &'a mut dyn Write,
    runs: Vec<Run>,
    direction: Direction,
    /// Lines of the body that may still be written, and bytes of it that were not. `None`: the body has not
    /// begun, or is over.
    body: Option<(u64, u64)>,
    /// The sentence that was written last.
    said: String,
}

impl Listing<'_> {
    fn parts<'l>(&mut self, leaves: impl Iterator<Item = &'l Leaf>, tree: &[TreeNode]) -> io::Result<()> {
        let mut nodes = Vec::new();
        flatten(tree, &mut nodes);
        nodes.sort_by_key(|(start, _)| *start);
        let mut nodes = nodes.into_iter().peekable();
        let mut before = None;
        for leaf in leaves {
            match (leaf.span.kind, self.body) {
                (SpanKind::Body | SpanKind::ChunkSize | SpanKind::Unparsed, None) => {
                    self.body = Some((BODY_LINES, 0));
                }
                (
                    SpanKind::Body
                    | SpanKind::ChunkSize
                    | SpanKind::ChunkExtension
                    | SpanKind::LineEnd
                    | SpanKind::Delimiter
                    | SpanKind::Unparsed,
                    _,
                ) => {}
                _ => self.body_over()?,
            }
            let hidden = matches!(self.body, Some((0, _)));
            while let Some((_, node)) = nodes.next_if(|(start, _)| *start < leaf.span.range.end) {
                if !hidden {
                    self.node(node)?;
                }
            }
            self.part(leaf, before)?;
            if leaf.span.kind != SpanKind::Delimiter {
                before = Some(leaf.span.kind);
            }
        }
        self.body_over()
    }

    /// What is said of the part that begins here.
    fn node(&mut self, node: &TreeNode) -> io::Result<()> {
        let colon = if node.value.is_empty() { "" } else { ": " };
        writeln!(self.out, "; {}{colon}{}", node.label, shortened(&node.value, VALUE_CHARS))?;
        // What decides the framing says the same twice: as a field and as the framing.
        if let Some(said) = node.sentence.as_ref().filter(|said| **said != self.said) {
            self.said.clone_from(said);
            sentence(self.out, ";   ", said, node.section)?;
        }
        Ok(())
    }

    /// The bytes of a part.
    fn part(&mut self, leaf: &Leaf, before: Option<SpanKind>) -> io::Result<()> {
        let mut range = leaf.span.range.clone();
        let most = match self.body {
            Some((lines, _)) => lines * LINE as u64,
            None => PART_BYTES,
        };
        let cut = (range.end - range.start).saturating_sub(most);
        range.end -= cut;
        match &mut self.body {
            Some((lines, hidden)) => {
                *lines = lines.saturating_sub((range.end - range.start).div_ceil(LINE as u64));
                *hidden += cut;
            }
            None if cut > 0 => {
                self.bytes(&range, leaf, before)?;
                return writeln!(self.out, "        {} of this part are not shown here", more(cut));
            }
            None => {}
        }
        self.bytes(&range, leaf, before)
    }

    fn bytes(&mut self, range: &Range<u64>, leaf: &Leaf, before: Option<SpanKind>) -> io::Result<()> {
        let first = self.runs.partition_point(|run| run.range.end <= range.start);
        let runs = self.runs[first..].iter().take_while(|run| run.range.start < range.end);
        for run in runs {
            let part = run.range.start.max(range.start)..run.range.end.min(range.end);
            let index = |offset: u64| usize::try_from(offset - run.range.start).unwrap_or(usize::MAX);
            match &run.bytes {
                None => {
                    let len = part.end - part.start;
                    writeln!(
                        self.out,
                        "{:06x}  {} not in the capture ({})",
                        part.start,
                        bytes_are(len),
                        leaf.span.kind.name()
                    )?;
                }
                Some(bytes) => {
                    let bytes = bytes.get(index(part.start)..index(part.end)).unwrap_or_default();
                    let mut at = part.start;
                    for group in groups(leaf.span.kind, bytes) {
                        let (name, section) = what(leaf.span.kind, group, before, self.direction);
                        let more = if leaf.span.partial && range.end == leaf.span.range.end {
                            ", not complete"
                        } else {
                            ""
                        };
                        let said = if section.is_empty() { String::new() } else { format!(", {section}") };
                        for (line, text) in hex_dump(group, at).lines().enumerate() {
                            let pad = LINE - group.chunks(LINE).nth(line).map_or(0, <[u8]>::len);
                            let said = if line == 0 { format!(" {name}{more}{said}") } else { String::new() };
                            writeln!(self.out, "{text}{:pad$}│{said}", "")?;
                        }
                        at += group.len() as u64;
                    }
                }
            }
        }
        Ok(())
    }

    /// The body is over: says what of it is not shown.
    fn body_over(&mut self) -> io::Result<()> {
        match self.body.take() {
            Some((_, hidden)) if hidden > 0 => {
                writeln!(self.out, "        {} of the body are not shown here", more(hidden))
            }
            _ => Ok(()),
        }
    }
}

fn more(bytes: u64) -> String {
    format!("{} more bytes", count(bytes))
}

/// Every node with a place, those above before those below.
fn flatten<'a>(tree: &'a [TreeNode], nodes: &mut Vec<(u64, &'a TreeNode)>) {
    for node in tree {
        if let Some(range) = &node.range {
            nodes.push((range.start, node));
        }
        flatten(&node.children, nodes);
    }
}

/// The bytes of a span, but what separates two parts in pieces: the colon, and the white space.
fn groups(kind: SpanKind, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let delimiter = kind == SpanKind::Delimiter;
    bytes.chunk_by(move |one, next| !delimiter || (*one == b':') == (*next == b':'))
}

/// What bytes of a span are, and the clause that says so. `before`: the kind of the part before.
fn what(
    kind: SpanKind,
    bytes: &[u8],
    before: Option<SpanKind>,
    direction: Direction,
) -> (&'static str, &'static str) {
    if kind != SpanKind::Delimiter {
        return (kind.name(), kinds::section(kind));
    }
    let in_line =
        matches!(before, Some(SpanKind::Method | SpanKind::Target | SpanKind::Version | SpanKind::Status));
    match bytes {
        b":" => ("colon", "RFC 9112 §5"),
        b" " if in_line && direction == Direction::Sent => ("space", "RFC 9112 §4"),
        b" " if in_line => ("space", "RFC 9112 §3"),
        _ if bytes.iter().all(|byte| matches!(byte, b' ' | b'\t')) => {
            ("optional white space", "RFC 9110 §5.6.3")
        }
        _ => (kind.name(), kinds::section(kind)),
    }
}

/// A sentence in lines of a width, each behind `indent`, and its clause.
fn sentence(out: &mut dyn Write, indent: &str, said: &str, section: &str) -> io::Result<()> {
    let section =
        if section.is_empty() { String::new() } else { format!(" [{}]", section.replace(' ', "\u{a0}")) };
    let mut line = String::from(indent);
    let mut empty = true;
    let whole = format!("{said}{section}");
    for word in whole.split([' ', '\n']) {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{}", line.replace('\u{a0}', " "))?;
            line.replace_range(indent.len().., "");
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(out, "{}", line.replace('\u{a0}', " "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{
        base::stream::{Direction, ExchangeId},
        http::Framing,
        store::{Detail, Store},
        testing::script::{Script, response},
        trace::{EventKind, Payload},
    };

    fn made(script: &mut Script, id: ExchangeId) -> (Detail, String) {
        let mut store = Store::new(16 << 20);
        store.apply(script.batch());
        let detail = store.detail(id).unwrap();
        let mut out = Vec::new();
        dump(&mut out, &Facts::new(detail.clone()), Some(SystemTime::UNIX_EPOCH)).unwrap();
        (detail, String::from_utf8(out).unwrap())
    }

    fn exchanged(request: &[u8], answer: &[u8], framing: Framing) -> (Detail, String) {
        let mut script = Script::default();
        script.open(1);
        let offset = script.read(1, request);
        let id = script.request(1, offset, request, framing);
        script.respond(1, id, answer, None);
        made(&mut script, id)
    }

    /// The bytes in the hexadecimal columns.
    fn shown(dump: &str) -> Vec<u8> {
        let is_offset = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let lines = dump.lines().filter(|line| line.split_once("  ").is_some_and(|(at, _)| is_offset(at)));
        let columns = lines.filter_map(|line| line[8..].split_once('│'));
        let bytes = columns.flat_map(|(hex, _)| hex.split_whitespace());
        bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    const CHUNKED: &[u8] =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\tchunked \r\n\r\n3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n";

    #[test]
    fn every_byte_is_there_once_and_in_order() {
        let requests: [(&[u8], Framing); 4] = [
            (b"GET /a?b=c&d=e HTTP/1.1\r\nHost: a\r\n\r\n", Framing::None),
            (b"\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\x00\xff:", Framing::Length(3)),
            (b"GET / HTTP/1.1\r\nHost : a\r\nX: y\r\n\r\n", Framing::None),
            (b"GET  two HTTP/1.1\r\nHost: a\r\n\r\n", Framing::None),
        ];
        for (request, framing) in requests {
            for answer in [CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"] {
                let (_, dump) = exchanged(request, answer, framing);
                assert_eq!(shown(&dump), [request, answer].concat(), "{dump}");
            }
        }
    }

    #[test]
    fn each_part_is_named_with_its_clause() {
        let (_, dump) = exchanged(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", CHUNKED, Framing::None);
        for line in [
            "Exchange 1: GET /, answered 200 (connection 1, message 1).",
            "Began at 1970-01-01T00:00:00.000000Z.",
            "REQUEST: 27 bytes from offset 0x0 of what the client sent on this connection",
            "; Method: GET",
            ";   Send me the resource. GET changes nothing and may be repeated. [RFC 9110 §9.3.1]",
            "000000  47 45 54                                         │GET             │ method, RFC 9112 §3.1",
            "000003  20                                               │                │ space, RFC 9112 §3",
            "000023  09                                               │␉               │ optional white space, RFC 9110 §5.6.3",
            "000031  3b 61 3d 62                                      │;a=b            │ chunk extension, RFC 9112 §7.1.1",
            "00003f  54                                               │T               │ trailer name, RFC 9112 §7.1.2",
        ] {
            assert!(dump.lines().any(|found| found == line), "{line}\n{dump}");
        }
        assert!(dump.lines().filter(|line| line.starts_with(';')).all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn of_a_long_body_the_beginning_is_shown_and_the_rest_is_counted() {
        let (detail, dump) =
            exchanged(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(&b"x".repeat(100_000)), Framing::None);
        assert!(
            dump.contains("        95,904 more bytes of the body are not shown here\n"),
            "{}",
            &dump[dump.len() - 300..]
        );
        let all =
            [message::raw(&detail, Direction::Received), message::raw(&detail, Direction::Sent)].concat();
        assert_eq!(shown(&dump), all[..all.len() - 95_904]);

        // Ten thousand chunks of a byte.
        let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        let head = chunked.len();
        chunked.extend(b"1\r\nx\r\n".repeat(10_000));
        chunked.extend(b"0\r\n\r\n");
        let (_, dump) = exchanged(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &chunked, Framing::None);
        assert!(dump.lines().count() < 800, "{}", dump.lines().count());
        let body = shown(&dump).len() - 27 - head;
        let rest = count((chunked.len() - head - body) as u64);
        assert!(dump.contains(&format!("        {rest} more bytes of the body")), "{rest}");
    }

    #[test]
    fn what_is_not_in_the_capture_is_said_where_it_was() {
        let mut script = Script::default();
        script.open(1);
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1003\r\n\r\n";
        let request = [&head[..], &[b'x'; 1003]].concat();
        let offset = script.read(1, head);
        script.push(
            1,
            None,
            EventKind::bytes(Direction::Received, head.len() as u64, Payload::Dropped(1000)),
        );
        script.push(
            1,
            None,
            EventKind::bytes(
                Direction::Received,
                head.len() as u64 + 1000,
                bytes::Bytes::from_static(b"end"),
            ),
        );
        let id = script.request(1, offset, &request, Framing::Length(1003));
        let (_, dump) = made(&mut script, id);
        assert!(dump.contains("000032  1,000 bytes are not in the capture (body)\n"), "{dump}");
        assert_eq!(shown(&dump), [&head[..], b"end"].concat());
        assert!(dump.contains("RESPONSE: nothing of it was captured\n"));
    }
}
