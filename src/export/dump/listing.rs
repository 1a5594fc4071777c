//! Lists the parts of one message, each with its bytes and its meaning.

use std::{
    io::{self, Write},
    ops::Range,
};

use crate::{
    base::stream::Direction,
    explain::{facts::Leaf, kinds::Kind, tree::TreeNode},
    http::SpanKind,
    wire::SpanRole,
    words::{count, hex_dump, plural_is, shortened},
};

use super::{super::message::Piece, sentence};

/// Upper bound on the characters of a value in the line above its bytes.
const VALUE_CHARS: usize = 72;
/// Bytes in a line.
const LINE: usize = 16;
/// Upper bound on the lines of bytes that are shown of a body.
const BODY_LINES: u64 = 256;
/// Upper bound on the bytes that are shown of any other part.
const PART_BYTES: u64 = 8 * 1024;

/// The listing of one message.
pub(super) struct Listing<'a> {
    out: &'a mut dyn Write,
    pieces: Vec<Piece>,
    direction: Direction,
    /// Stream offset of the first byte of the message, from which places are counted.
    start: u64,
    /// Number of lines of the body that may still be written, and of bytes that were left out. `None`: outside a body.
    body: Option<(u64, u64)>,
    /// The sentence that was written last, which is not repeated.
    said: String,
}

impl<'a> Listing<'a> {
    /// Begins the listing of a message that consists of `pieces`. `start`: the stream offset of its first byte.
    pub(super) fn new(
        out: &'a mut dyn Write,
        pieces: Vec<Piece>,
        (direction, start): (Direction, u64),
    ) -> Self {
        Self { out, pieces, direction, start, body: None, said: String::new() }
    }

    /// Writes each of `leaves` with what `tree` says about it.
    pub(super) fn parts<'l>(
        &mut self,
        leaves: impl Iterator<Item = &'l Leaf>,
        tree: &[TreeNode],
    ) -> io::Result<()> {
        let mut nodes = Vec::new();
        flatten(tree, &mut nodes);
        nodes.sort_by_key(|(start, _)| *start);
        let mut nodes = nodes.into_iter().peekable();
        let mut before = None;
        for leaf in leaves {
            match (leaf.span.kind.role(), self.body) {
                (SpanRole::Content | SpanRole::Message | SpanRole::Framing | SpanRole::Unparsed, None) => {
                    self.body = Some((BODY_LINES, 0));
                }
                (
                    SpanRole::Content
                    | SpanRole::Message
                    | SpanRole::Framing
                    | SpanRole::Separator
                    | SpanRole::Unparsed,
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

    /// Writes what the tree says about the part that follows.
    fn node(&mut self, node: &TreeNode) -> io::Result<()> {
        let colon = if node.value.is_empty() { "" } else { ": " };
        writeln!(self.out, "; {}{colon}{}", node.label, shortened(&node.value, VALUE_CHARS))?;
        // The field that decides the framing is in the tree twice: as a field and as the framing.
        if let Some(said) = node.sentence.as_ref().filter(|said| **said != self.said) {
            self.said.clone_from(said);
            sentence(self.out, ";   ", said, node.section)?;
        }
        Ok(())
    }

    /// Writes the bytes of a part, as far as they are shown.
    fn part(&mut self, leaf: &Leaf, before: Option<Kind>) -> io::Result<()> {
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

    fn bytes(&mut self, range: &Range<u64>, leaf: &Leaf, before: Option<Kind>) -> io::Result<()> {
        let first = self.pieces.partition_point(|piece| piece.range.end <= range.start);
        let pieces = self.pieces[first..].iter().take_while(|piece| piece.range.start < range.end);
        for piece in pieces {
            let part = piece.range.start.max(range.start)..piece.range.end.min(range.end);
            let index = |offset: u64| usize::try_from(offset - piece.range.start).unwrap_or(usize::MAX);
            match &piece.bytes {
                None => {
                    let len = part.end - part.start;
                    writeln!(
                        self.out,
                        "{:06x}  {} not in the capture ({})",
                        part.start - self.start,
                        plural_is(len, "byte"),
                        leaf.span.kind.name()
                    )?;
                }
                Some(bytes) => {
                    let bytes = bytes.get(index(part.start)..index(part.end)).unwrap_or_default();
                    let mut at = part.start - self.start;
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

    /// Ends the body, and writes how much of it is not shown.
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

/// Collects every node with a range, parents before their children.
fn flatten<'a>(tree: &'a [TreeNode], nodes: &mut Vec<(u64, &'a TreeNode)>) {
    for node in tree {
        if let Some(range) = &node.range {
            nodes.push((range.start, node));
        }
        flatten(&node.children, nodes);
    }
}

/// Splits a delimiter into the colon and the white space around it; other spans stay whole.
fn groups(kind: Kind, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let delimiter = kind == SpanKind::Delimiter;
    bytes.chunk_by(move |one, next| !delimiter || (*one == b':') == (*next == b':'))
}

/// The name of the bytes of a span, and their clause. `before` is the kind of the part before.
fn what(
    kind: Kind,
    bytes: &[u8],
    before: Option<Kind>,
    direction: Direction,
) -> (&'static str, &'static str) {
    if kind != SpanKind::Delimiter {
        return (kind.name(), kind.facts().section);
    }
    let in_line = matches!(
        before.map(Kind::role),
        Some(SpanRole::Method | SpanRole::Target | SpanRole::Version | SpanRole::Status)
    );
    match bytes {
        b":" => ("colon", "RFC 9112 §5"),
        b" " if in_line && direction == Direction::Sent => ("space", "RFC 9112 §4"),
        b" " if in_line => ("space", "RFC 9112 §3"),
        _ if bytes.iter().all(|byte| matches!(byte, b' ' | b'\t')) => {
            ("optional white space", "RFC 9110 §5.6.3")
        }
        _ => (kind.name(), kind.facts().section),
    }
}
