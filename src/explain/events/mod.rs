//! Explains content that is a list of items: events (`text/event-stream`) and JSON texts (NDJSON), in both directions
//! and on the legs to backends.

mod decode;
pub mod join;
mod parts;
mod pieces;
#[cfg(test)]
mod tests;
mod timing;

use std::{borrow::Cow, ops::Range};

use crate::{
    base::stream::{Direction, Nanos},
    events::{Format, Item, ItemMachine, Note, SpanKind, item},
    store::model::{Chunk, Detail},
    trace::Severity,
    wire::{Event, Machine, Sink},
};

use super::facts::{content::Coding, leg::LegFacts, stream::StreamFacts};
use decode::Decoder;
pub use parts::{Part, about, data_words, parts, type_words};
use pieces::Pieces;
pub use timing::Timing;

/// Items that are listed of one stream; those after them are only counted.
pub const LISTED: usize = 100_000;

/// The items of one message.
#[derive(Debug)]
pub struct EventStream {
    /// The upstream leg of the message, by its place in the list of legs. `None`: the client's leg.
    pub leg: Option<usize>,
    /// The direction of the message, as this program sees it.
    pub direction: Direction,
    /// The format of the content.
    pub format: Format,
    /// The complete items, in order; the first [`LISTED`] of them.
    pub items: Vec<ItemFacts>,
    /// Number of complete items that are not in `items`.
    pub not_listed: u64,
    /// The item that has begun and is not complete. `None`: there is none.
    pub open: Option<ItemFacts>,
    /// Whether no more can come: the message is complete, or its connection is closed.
    pub is_over: bool,
    /// The content codings under which the items were read.
    pub decoded: Vec<Coding>,
    /// The content codings that cannot be undone here, so that there are no items. Empty: none.
    pub undecoded: Vec<Coding>,
    /// Bytes of content that were not read, since bytes before them were not kept or cannot be decoded.
    pub unread: u64,
    /// Number of comments.
    pub comments: u64,
    /// The last `id`, in content offsets: the one that a client sends when it connects again. `None`: no event has one.
    pub last_id: Option<Range<u64>>,
    /// The last `retry`, in milliseconds. `None`: no event has one.
    pub retry: Option<u64>,
    /// The times between the events.
    pub timing: Timing,
    /// For each note of the machine how often it was made.
    pub notes: Vec<(Note, u64)>,
    pieces: Pieces,
}

/// An item in its message.
#[derive(Clone, Debug)]
pub struct ItemFacts {
    /// The item, in offsets of the content.
    pub item: Item,
    /// The stream range of its bytes, with the framing that stands between them.
    pub range: Range<u64>,
    /// Time of the read or write that completed it.
    pub at: Nanos,
    /// Numbers of the reads or writes that have its first and its last byte.
    pub chunks: [u64; 2],
}

impl EventStream {
    /// The streams of an exchange, in the order in which a view offers them: the response, the request, and what came
    /// from backends.
    pub(super) fn all(
        detail: &Detail,
        request: &StreamFacts,
        response: &StreamFacts,
        upstream: &[LegFacts],
    ) -> Vec<Self> {
        let closed = detail.closed.is_some();
        let began = detail.exchange.began;
        let own = [
            Self::read(None, response, &detail.writes, began, closed),
            Self::read(None, request, &detail.reads, began, closed),
        ];
        let legs = upstream.iter().zip(&detail.upstream).enumerate().map(|(index, (facts, leg))| {
            Self::read(Some(index), &facts.response, &leg.reads, leg.leg.began, leg.closed.is_some())
        });
        own.into_iter().chain(legs).flatten().collect()
    }

    /// Reads the items of a message. `began`: the time from which that to the first one is counted. `None`: the content
    /// is no list of items.
    fn read(
        leg: Option<usize>,
        stream: &StreamFacts,
        chunks: &[Chunk],
        began: Nanos,
        closed: bool,
    ) -> Option<Self> {
        stream.head.as_ref()?;
        let media_type = stream.content_type.as_ref()?.media_type.as_ref()?;
        let format = Format::of_media_type(media_type.value.essence())?;
        let codings = stream.codings.iter().map(|coding| coding.value.clone());
        let codings: Vec<Coding> = codings.filter(|coding| *coding != Coding::Identity).collect();
        let pieces = Pieces::new(stream, chunks);
        let (pieces, decoded, undecoded) = undo(pieces, codings);
        let mut facts = Self {
            leg,
            direction: stream.direction,
            format,
            items: Vec::new(),
            not_listed: 0,
            open: None,
            is_over: stream.complete || closed,
            decoded,
            undecoded,
            unread: pieces.unread,
            comments: 0,
            last_id: None,
            retry: None,
            timing: Timing::new(began),
            notes: Vec::new(),
            pieces: Pieces::default(),
        };
        facts.take_all(&pieces);
        facts.pieces = pieces;
        Some(facts)
    }

    fn take_all(&mut self, pieces: &Pieces) {
        let mut machine = ItemMachine::new(self.format);
        let mut noted = Noted::default();
        let mut held: Vec<u8> = Vec::new();
        for piece in pieces.iter() {
            let mut bytes = Cow::Borrowed(&piece.bytes[..]);
            if !held.is_empty() {
                held.extend_from_slice(&bytes);
                bytes = Cow::Owned(std::mem::take(&mut held));
            }
            let used = self.take_items(&mut machine, &bytes, pieces, &mut noted);
            held = bytes[used..].to_vec();
        }
        if self.is_over && self.unread == 0 {
            let Ok(()) = machine.end_of_input(&mut noted);
            self.take_items(&mut machine, &held, pieces, &mut noted);
        }
        if machine.is_as_good_as_complete() {
            self.add(machine.item().clone(), pieces);
        } else if machine.is_in_item() {
            self.open = Some(placed(machine.item().clone(), pieces));
        }
        self.notes = noted.counts;
    }

    /// Takes the items that `bytes` complete. Returns how many bytes were consumed.
    fn take_items(
        &mut self,
        machine: &mut ItemMachine,
        bytes: &[u8],
        pieces: &Pieces,
        noted: &mut Noted,
    ) -> usize {
        let mut used = 0;
        loop {
            // There is no rule to break, so there is no other case.
            let Ok(step) = machine.advance(&bytes[used..], noted);
            used += step.consumed;
            if step.event != Event::End {
                return used;
            }
            self.add(machine.item().clone(), pieces);
        }
    }

    fn add(&mut self, item: Item, pieces: &Pieces) {
        self.comments += item.comments;
        self.retry = item.retry.or(self.retry);
        if item.id.is_some() {
            self.last_id.clone_from(&item.id);
        }
        let facts = placed(item, pieces);
        if facts.item.is_dispatched() {
            self.timing.add(facts.at);
        }
        if self.items.len() < LISTED {
            self.items.push(facts);
        } else {
            self.not_listed += 1;
        }
    }

    /// The complete items, and the one under way.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.items.len() + usize::from(self.open.is_some())
    }

    /// The item of a row. `None`: there are not so many.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<&ItemFacts> {
        self.items.get(index).or_else(|| self.open.as_ref().filter(|_| index == self.items.len()))
    }

    /// Whether the item of a row is the one that is not complete.
    #[must_use]
    pub fn is_open(&self, index: usize) -> bool {
        self.open.is_some() && index == self.items.len()
    }

    /// The data of an item, at most `most` bytes of it.
    #[must_use]
    pub fn data(&self, item: &Item, most: usize) -> Vec<u8> {
        // Several fields are found by reading the lines once more.
        if item.data_lines > 1 {
            let bytes = self.pieces.bytes(&item.range, most.saturating_mul(2).saturating_add(READ_BYTES));
            return item::data(item, &bytes, most);
        }
        self.content(&item.data, most).into_owned()
    }

    /// The bytes of a range of the content, at most `most` of them.
    #[must_use]
    pub fn content(&self, range: &Range<u64>, most: usize) -> Cow<'_, [u8]> {
        self.pieces.bytes(range, most)
    }

    /// The stream range of a range of the content.
    #[must_use]
    pub fn wire(&self, range: &Range<u64>) -> Range<u64> {
        self.pieces.wire(range)
    }

    /// The severity of an item in the list: a warning if a part of it is ignored or is not UTF-8.
    #[must_use]
    pub const fn severity(item: &Item) -> Severity {
        if item.ignored > 0 || item.not_utf8.is_some() { Severity::Warning } else { Severity::Info }
    }
}

/// Bytes around the data of an item that are read to find it.
const READ_BYTES: usize = 64 * 1024;

fn placed(item: Item, pieces: &Pieces) -> ItemFacts {
    let range = pieces.wire(&item.range);
    let first = pieces.piece_at(item.range.start);
    let last = pieces.piece_at(item.range.end.saturating_sub(1)).or(first);
    let number = |piece: Option<&pieces::Piece>| piece.map_or(0, |piece| piece.number);
    ItemFacts {
        range,
        at: last.map_or(Nanos::ZERO, |piece| piece.at),
        chunks: [number(first), number(last)],
        item,
    }
}

/// Undoes the codings. Returns the pieces, the codings that were undone, and those that cannot be.
fn undo(pieces: Pieces, codings: Vec<Coding>) -> (Pieces, Vec<Coding>, Vec<Coding>) {
    let decoders: Option<Vec<Decoder>> = codings.iter().rev().map(Decoder::new).collect();
    match decoders {
        None => {
            let unread = pieces.iter().map(|piece| piece.bytes.len() as u64).sum::<u64>() + pieces.unread;
            (Pieces::unread(unread), Vec::new(), codings)
        }
        Some(decoders) => {
            let decode = |pieces: Pieces, mut decoder: Decoder| pieces.decoded(|bytes| decoder.decode(bytes));
            (decoders.into_iter().fold(pieces, decode), codings, Vec::new())
        }
    }
}

/// Counts notes.
#[derive(Debug, Default)]
struct Noted {
    counts: Vec<(Note, u64)>,
}

impl Sink<SpanKind> for Noted {
    fn span(&mut self, _: SpanKind, _: Range<u64>) {}

    fn note(&mut self, note: Note, _: Range<u64>) {
        match self.counts.iter_mut().find(|(found, _)| *found == note) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((note, 1)),
        }
    }
}
