//! The facts about one direction: the exchange's message, and the bytes around it.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;

use crate::{
    base::stream::Direction, explain::kinds::MachineNote, http::Framing, trace::Cause, wire::Violation,
};

use super::{
    content::{self, Coding, ContentType, Placed},
    parts::{FieldParts, HeadParts, Parts},
    places::{Boundary, Marker},
    reading::{Leaf, MessageRange, Reading},
};

/// Facts about one direction: the exchange's message, and the neighbours that share chunks with it. All
/// ranges and offsets refer to this direction's stream.
#[derive(Debug)]
pub struct StreamFacts {
    /// The direction: requests are received, responses sent.
    pub direction: Direction,
    /// The range of the exchange's message, as far as it was received or written. Empty: no message was
    /// begun.
    pub own: Range<u64>,
    /// The messages in the visible chunks, in order, including the exchange's own.
    pub messages: Vec<MessageRange>,
    /// Leaf spans of all visible bytes, in order and without gaps.
    pub leaves: Vec<Leaf>,
    /// The parts of the exchange's message.
    pub parts: Parts,
    /// The range of the head of the exchange's message, or of the final head if interim responses precede it.
    /// `None`: the head is incomplete, malformed or not kept.
    pub head: Option<Range<u64>>,
    /// Whether the message is complete and could be read to its end.
    pub complete: bool,
    /// The framing of the body. `None`: not decided, or the head was not kept.
    pub framing: Option<Framing>,
    /// The part of the head that decides the framing. `None`: not decided, or the head was not kept.
    pub decided_by: Option<Decision>,
    /// The media type of the body. `None`: no Content-Type field.
    pub content_type: Option<ContentType>,
    /// The content codings of the body, in the order in which they were applied.
    pub codings: Vec<Placed<Coding>>,
    /// The rule that the message breaks. `None`: it breaks no rule.
    pub violation: Option<Violation<Cause>>,
    /// Unusual parts of the message that the machine tolerated, with their ranges.
    pub tolerated: Vec<(MachineNote, Range<u64>)>,
    /// Places at which a message ends or begins, in ascending order.
    pub boundaries: Vec<Boundary>,
    /// Places that get a line of their own between the bytes, in ascending order.
    pub markers: Vec<Marker>,
    kept: Vec<(u64, Bytes)>,
}

/// The part of a head that decides the framing of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The kind of part.
    pub by: Decider,
    /// Stream range of the part: a field line without its line ending, or the empty line.
    pub range: Range<u64>,
}

/// The kinds of parts that decide the framing of a body (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// The Content-Length field.
    ContentLength,
    /// The Transfer-Encoding field.
    TransferEncoding,
    /// The empty line after the head: the method, the status, or the absence of both fields decides.
    HeadEnd,
}

impl Decider {
    /// The name of the deciding field, in lower case. `None`: no field decides.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::ContentLength => Some("content-length"),
            Self::TransferEncoding => Some("transfer-encoding"),
            Self::HeadEnd => None,
        }
    }
}

impl StreamFacts {
    /// Combines the results of `reading`. `head`: the head, if it is complete, and the framing that follows
    /// from it; `framing`: the framing in the trace, which applies if the head was not kept.
    pub(in crate::explain) fn new<H>(
        direction: Direction,
        own: Range<u64>,
        messages: Vec<MessageRange>,
        reading: Reading<H>,
        head: Option<(Range<u64>, Framing)>,
        framing: Option<Framing>,
    ) -> Self {
        let parts = Parts::group(reading.leaves.iter().filter(|leaf| leaf.own));
        let mut stream = Self {
            direction,
            own,
            messages,
            parts,
            framing: framing.or(head.as_ref().map(|(_, framing)| *framing)),
            head: head.map(|(range, _)| range),
            complete: reading.own.as_ref().is_some_and(|own| own.complete),
            leaves: reading.leaves,
            decided_by: None,
            content_type: None,
            codings: Vec::new(),
            violation: reading.violation,
            tolerated: reading.notes,
            boundaries: Vec::new(),
            markers: Vec::new(),
            kept: reading.kept,
        };
        stream.decided_by = stream.decision();
        stream.content_type = stream
            .field("content-type")
            .map(|field| content::content_type(stream.bytes(&field.value), &field.value));
        stream.codings = content::codings(
            stream.fields("content-encoding").map(|field| (stream.bytes(&field.value), field.value.start)),
        );
        stream
    }

    /// Appends what follows the message in another protocol: spans, and the kept bytes from an offset on.
    pub(in crate::explain) fn append(&mut self, leaves: Vec<Leaf>, kept: (u64, Bytes)) {
        self.leaves.extend(leaves);
        if !kept.1.is_empty() {
            self.kept.push(kept);
        }
    }

    /// The bytes of a stream range. Empty: some of them were not kept.
    #[must_use]
    pub fn bytes(&self, range: &Range<u64>) -> &[u8] {
        let holds = |(start, bytes): &&(u64, Bytes)| {
            *start <= range.start && range.end <= *start + bytes.len() as u64
        };
        let Some((start, bytes)) = self.kept.iter().find(holds) else { return &[] };
        let index = |offset: u64| usize::try_from(offset - start).unwrap_or(usize::MAX);
        bytes.get(index(range.start)..index(range.end)).unwrap_or_default()
    }

    /// The bytes of the exchange's message up to the first byte that was not kept, beyond which a machine
    /// cannot read.
    #[must_use]
    pub fn beginning(&self) -> &[u8] {
        self.kept_at(self.own.clone()).map_or(&[][..], |(bytes, part)| &bytes[part])
    }

    /// [`Self::beginning`], sharing its memory.
    #[must_use]
    pub fn beginning_shared(&self) -> Bytes {
        self.kept_at(self.own.clone()).map_or_else(Bytes::new, |(bytes, part)| bytes.slice(part))
    }

    /// The kept bytes from stream offset `start` on, up to the first that was not kept. `None`: the byte at `start` was
    /// not kept.
    #[must_use]
    pub fn kept_from(&self, start: u64) -> Option<Bytes> {
        self.kept_at(start..u64::MAX).map(|(bytes, part)| bytes.slice(part))
    }

    /// The offset at which the message with the byte at `offset` begins, from which places in it count.
    #[must_use]
    pub fn message_start(&self, offset: u64) -> u64 {
        let starts = self.messages.iter().map(|message| message.range.start).chain([self.own.start]);
        starts.filter(|start| *start <= offset).max().unwrap_or(0)
    }

    /// The leaf spans of the exchange's message.
    pub fn own_leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(|leaf| leaf.own)
    }

    /// The leaf span that contains `offset`. `None`: no visible byte has this offset.
    #[must_use]
    pub fn leaf_at(&self, offset: u64) -> Option<&Leaf> {
        let index = self.leaves.partition_point(|leaf| leaf.span.range.end <= offset);
        self.leaves.get(index).filter(|leaf| leaf.span.range.contains(&offset))
    }

    /// The head of the message itself, complete or not: the last head, since interim responses precede it.
    #[must_use]
    pub fn head_parts(&self) -> Option<&HeadParts> {
        self.parts.heads.last()
    }

    /// The head with the byte at `offset`, and whether it is the last one. `None`: the byte is in no head.
    #[must_use]
    pub fn head_at(&self, offset: u64) -> Option<(&HeadParts, bool)> {
        let heads = &self.parts.heads;
        let holds = |head: &HeadParts| head.range().is_some_and(|range| range.contains(&offset));
        let index = heads.iter().position(holds)?;
        Some((&heads[index], index + 1 == heads.len()))
    }

    /// The field line of a head with the byte at `offset`, its line end included. `None`: the byte is in none.
    #[must_use]
    pub fn field_line(&self, offset: u64) -> Option<&FieldParts> {
        let (head, _) = self.head_at(offset)?;
        let is_after = head.end.as_ref().is_some_and(|end| end.contains(&offset));
        head.fields.iter().rfind(|field| !is_after && field.name.start <= offset)
    }

    /// The field lines with this name in the head of the message itself. ASCII case is ignored.
    pub fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a FieldParts> + 'a {
        let fields = self.head_parts().map_or(&[][..], |head| &head.fields);
        fields.iter().filter(move |field| self.bytes(&field.name).eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The first field line with this name in the head of the message itself. `None`: no such field line.
    #[must_use]
    pub fn field<'a>(&'a self, name: &'a str) -> Option<&'a FieldParts> {
        self.fields(name).next()
    }

    /// The ranges of the content, without chunk framing. Parts of it may not be kept.
    pub fn content(&self) -> impl Iterator<Item = Range<u64>> {
        let content = self.own_leaves().filter(|leaf| leaf.span.kind.role().is_content());
        content.map(|leaf| leaf.span.range.clone())
    }

    /// Number of bytes of content that were received or written, kept or not.
    #[must_use]
    pub fn content_len(&self) -> u64 {
        self.content().map(|range| range.end - range.start).sum()
    }

    /// The kept bytes of the content, without chunk framing, at most `most` of them. Bytes that were not kept
    /// are skipped. Contiguous content is not copied.
    #[must_use]
    pub fn content_bytes(&self, most: usize) -> Cow<'_, [u8]> {
        let mut pieces = self.content().flat_map(|range| self.kept_in(range));
        let Some(first) = pieces.next() else { return Cow::Borrowed(&[]) };
        let mut content = Cow::Borrowed(&first[..first.len().min(most)]);
        for piece in pieces {
            if content.len() >= most {
                break;
            }
            let room = piece.len().min(most - content.len());
            content.to_mut().extend_from_slice(&piece[..room]);
        }
        content
    }

    /// The content without chunk framing, up to the first byte that was not kept, at most `most` bytes. Contiguous
    /// content is not copied.
    #[must_use]
    pub fn content_prefix(&self, most: usize) -> Cow<'_, [u8]> {
        let mut content = Cow::Borrowed(&[][..]);
        for range in self.content() {
            let mut next = range.start;
            while next < range.end && content.len() < most {
                let Some((bytes, part)) = self.kept_at(next..range.end) else { return content };
                let piece = &bytes[part];
                let piece = &piece[..piece.len().min(most - content.len())];
                next += piece.len() as u64;
                match &mut content {
                    Cow::Borrowed(before) if before.is_empty() => *before = piece,
                    content => content.to_mut().extend_from_slice(piece),
                }
            }
        }
        content
    }

    /// Where the kept bytes from the beginning of a stream range on are, as far as they are contiguous; never empty.
    /// `None`: its first byte was not kept.
    fn kept_at(&self, range: Range<u64>) -> Option<(&Bytes, Range<usize>)> {
        self.kept.iter().find_map(|(start, bytes)| {
            let from = usize::try_from(range.start.checked_sub(*start)?).ok()?;
            let to = usize::try_from(range.end.saturating_sub(*start)).unwrap_or(usize::MAX).min(bytes.len());
            (from < to).then_some((bytes, from..to))
        })
    }

    /// The content without chunk framing, up to the first byte of the message that was not kept. Contiguous
    /// content is not copied.
    #[must_use]
    pub fn content_beginning(&self) -> Cow<'_, [u8]> {
        let readable = self.beginning();
        let index =
            |offset: u64| usize::try_from(offset - self.own.start).unwrap_or(usize::MAX).min(readable.len());
        let piece = |range: Range<u64>| &readable[index(range.start)..index(range.end)];
        let mut pieces = self.content().map(piece).filter(|piece| !piece.is_empty());
        let mut content = Cow::Borrowed(pieces.next().unwrap_or_default());
        pieces.for_each(|piece| content.to_mut().extend_from_slice(piece));
        content
    }

    /// The kept pieces of a stream range.
    fn kept_in(&self, range: Range<u64>) -> impl Iterator<Item = &[u8]> {
        self.kept.iter().filter_map(move |(start, bytes)| {
            let index = |offset: u64| usize::try_from(offset.saturating_sub(*start)).unwrap_or(usize::MAX);
            let end = index(range.end).min(bytes.len());
            bytes.get(index(range.start)..end).filter(|piece| !piece.is_empty())
        })
    }

    fn decision(&self) -> Option<Decision> {
        let field = |by: Decider| {
            let range = self.field(by.field()?)?.whole.clone();
            Some(Decision { by, range })
        };
        match self.framing? {
            Framing::Length(_) => field(Decider::ContentLength),
            Framing::Chunked => field(Decider::TransferEncoding),
            Framing::None | Framing::UntilClose => None,
        }
        .or_else(|| Some(Decision { by: Decider::HeadEnd, range: self.head_parts()?.end.clone()? }))
    }
}
