//! Follows the items of responses that are a stream, events or JSON texts, from their bytes as these come in.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use crate::{
    base::stream::{ConnId, ExchangeId},
    events::{Format, Item, ItemMachine, item},
    http::{Framing, ResponseMachine},
    wire::{Event, Machine, Silent},
    words::essence,
};

/// Bytes of the data of a [`SeenItem`] at most.
pub const DATA_BYTES: usize = 4096;
/// Bytes that are kept of the item under way: its data and the fields around it.
const ITEM_BYTES: usize = 4 * DATA_BYTES;
/// Bytes of a head, or of a chunk's first line, that are gathered at most.
const HEAD_BYTES: usize = 64 * 1024;

/// What became known of a response.
#[derive(Debug)]
pub enum SeenOfStream<'a> {
    /// Its content is a stream. `is_coded`: it has a content coding, so its items are not followed.
    Begins {
        /// The format of the content.
        format: Format,
        /// Whether a content coding hides the items.
        is_coded: bool,
    },
    /// An item is complete.
    Item(SeenItem<'a>),
    /// Bytes are missing, and no item after them is followed.
    Gap,
}

/// An item that is complete.
#[derive(Debug)]
pub struct SeenItem<'a> {
    /// The exchange whose response is the stream.
    pub exchange: ExchangeId,
    /// The format of the stream.
    pub format: Format,
    /// The number of the item in its message, from 1.
    pub number: u64,
    /// Stream range of its bytes, with the framing that stands between them.
    pub range: Range<u64>,
    /// The item, in offsets of the content.
    pub item: &'a Item,
    /// The first bytes of the item.
    bytes: &'a [u8],
}

impl<'a> SeenItem<'a> {
    /// The type: that of the `event` field or, if there is none, [`Item::usual_type`].
    #[must_use]
    pub fn type_words(&self) -> Cow<'a, str> {
        match &self.item.kind {
            Some(kind) if !kind.is_empty() => String::from_utf8_lossy(self.part(kind)),
            _ => self.item.usual_type(self.format).into(),
        }
    }

    /// The data, at most [`DATA_BYTES`] of it.
    #[must_use]
    pub fn data(&self) -> Vec<u8> {
        item::data(self.item, self.bytes, DATA_BYTES)
    }

    /// The bytes of a part of the item, as far as they are kept.
    #[must_use]
    pub fn part(&self, range: &Range<u64>) -> &'a [u8] {
        let index = |offset: u64| {
            let index = offset.saturating_sub(self.item.range.start);
            usize::try_from(index).unwrap_or(usize::MAX).min(self.bytes.len())
        };
        &self.bytes[index(range.start)..index(range.end).max(index(range.start))]
    }
}

/// The connections whose responses are followed.
#[derive(Debug, Default)]
pub struct ItemFollower {
    connections: HashMap<ConnId, Following>,
}

/// What is known of a connection.
#[derive(Debug)]
struct Following {
    exchange: ExchangeId,
    machine: ResponseMachine,
    /// Bytes that the machine has not consumed.
    carry: Vec<u8>,
    /// The content. `None`: the head is not complete.
    items: Option<Items>,
}

/// The content of a response, up to the item under way.
#[derive(Debug)]
struct Items {
    format: Format,
    machine: ItemMachine,
    /// Number of complete items.
    count: u64,
    /// Stream offset of the first byte of the item under way. `None`: it has not come.
    start: Option<u64>,
    /// The first bytes of the item under way.
    bytes: Vec<u8>,
    /// Bytes that were looked at and not consumed.
    held: Vec<u8>,
}

impl ItemFollower {
    /// A response begins at stream offset `start` (out). It is followed if it has no announced length.
    pub fn begin(&mut self, conn: ConnId, exchange: ExchangeId, start: u64, framing: Framing) {
        if matches!(framing, Framing::Chunked | Framing::UntilClose) {
            let machine = ResponseMachine::starting_at(start);
            self.connections.insert(conn, Following { exchange, machine, carry: Vec::new(), items: None });
        }
    }

    /// The exchange that is followed on this connection. `None`: nothing is.
    #[must_use]
    pub fn exchange(&self, conn: ConnId) -> Option<ExchangeId> {
        if self.connections.is_empty() {
            return None;
        }
        self.connections.get(&conn).map(|following| following.exchange)
    }

    /// Takes bytes that were sent; `None`: they were not kept. `seen` is told what they make known.
    pub fn take(
        &mut self,
        conn: ConnId,
        offset: u64,
        bytes: Option<&[u8]>,
        seen: &mut dyn FnMut(SeenOfStream<'_>),
    ) {
        if let Some(following) = self.connections.get_mut(&conn)
            && !following.take(offset, bytes, seen)
        {
            self.connections.remove(&conn);
        }
    }

    /// No more bytes of the response come: the next one begins, or the connection is closed.
    pub fn end(&mut self, conn: ConnId, seen: &mut dyn FnMut(SeenOfStream<'_>)) {
        if self.connections.is_empty() {
            return;
        }
        if let Some(Following { exchange, items: Some(items), machine, .. }) =
            &mut self.connections.remove(&conn)
        {
            items.end(*exchange, machine.offset(), seen);
        }
    }
}

impl Following {
    /// Returns whether more is to be followed.
    fn take(&mut self, offset: u64, bytes: Option<&[u8]>, seen: &mut dyn FnMut(SeenOfStream<'_>)) -> bool {
        let expected = self.machine.offset() + self.carry.len() as u64;
        let Some(bytes) = bytes.filter(|_| offset <= expected) else {
            if self.items.is_some() {
                seen(SeenOfStream::Gap);
            }
            return false;
        };
        // In front of the response there may be the end of the one before.
        let before = usize::try_from(expected - offset).unwrap_or(usize::MAX);
        let Some(bytes) = bytes.get(before..) else { return true };
        let data = if self.carry.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            Cow::Owned([&std::mem::take(&mut self.carry), bytes].concat())
        };
        let mut read = 0;
        while let Ok(step) = self.machine.advance(&data[read..], &mut Silent) {
            let taken = &data[read..read + step.consumed];
            let at = self.machine.offset() - step.consumed as u64;
            read += step.consumed;
            match step.event {
                Event::NeedData => {
                    self.carry = data[read..].to_vec();
                    return self.carry.len() <= HEAD_BYTES;
                }
                Event::Head if self.machine.head().status.class() == 1 => {}
                Event::Head => match self.begin_content(taken, seen) {
                    Some(items) => self.items = Some(items),
                    None => return false,
                },
                Event::Body(range) => {
                    let at = at + range.start as u64;
                    if let Some(items) = &mut self.items {
                        items.take(self.exchange, &taken[range], at, seen);
                    }
                }
                Event::End => {
                    if let Some(items) = &mut self.items {
                        items.end(self.exchange, self.machine.offset(), seen);
                    }
                    return false;
                }
            }
        }
        false
    }

    /// The content behind a head. `None`: it is no stream, or cannot be followed.
    fn begin_content(&self, head: &[u8], seen: &mut dyn FnMut(SeenOfStream<'_>)) -> Option<Items> {
        let fields = self.machine.head();
        let media_type = String::from_utf8_lossy(fields.value(head, "Content-Type")?);
        let format = Format::of_media_type(&essence(&media_type))?;
        let mut codings = fields.values(head, "Content-Encoding");
        let is_coded = codings.any(|coding| !coding.eq_ignore_ascii_case(b"identity"));
        seen(SeenOfStream::Begins { format, is_coded });
        (!is_coded).then(|| Items {
            format,
            machine: ItemMachine::new(format),
            count: 0,
            start: None,
            bytes: Vec::new(),
            held: Vec::new(),
        })
    }
}

impl Items {
    /// Takes content that begins at stream offset `at`.
    fn take(
        &mut self,
        exchange: ExchangeId,
        content: &[u8],
        at: u64,
        seen: &mut dyn FnMut(SeenOfStream<'_>),
    ) {
        let at = at.saturating_sub(self.held.len() as u64);
        let data = if self.held.is_empty() {
            Cow::Borrowed(content)
        } else {
            Cow::Owned([&std::mem::take(&mut self.held), content].concat())
        };
        let mut read = 0;
        while read < data.len() {
            self.start.get_or_insert(at + read as u64);
            let Some(consumed) = self.step(exchange, &data[read..], at + read as u64, seen) else {
                return;
            };
            read += consumed;
        }
    }

    /// Takes a step in `data`. Returns how many bytes an item was completed with. `None`: all bytes were looked at.
    fn step(
        &mut self,
        exchange: ExchangeId,
        data: &[u8],
        at: u64,
        seen: &mut dyn FnMut(SeenOfStream<'_>),
    ) -> Option<usize> {
        // There is no rule to break, so there is no other case.
        let Ok(step) = self.machine.advance(data, &mut Silent);
        let room = ITEM_BYTES.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&data[..step.consumed.min(room)]);
        if step.event != Event::End {
            self.held = data[step.consumed..].to_vec();
            return None;
        }
        self.count += 1;
        let end = at + step.consumed as u64;
        let range = self.start.take().unwrap_or(end)..end;
        let item = self.machine.item();
        let (format, number, bytes) = (self.format, self.count, &*self.bytes);
        seen(SeenOfStream::Item(SeenItem { exchange, format, number, range, item, bytes }));
        self.bytes.clear();
        Some(step.consumed)
    }

    /// The content ends before stream offset `at`.
    fn end(&mut self, exchange: ExchangeId, at: u64, seen: &mut dyn FnMut(SeenOfStream<'_>)) {
        let Ok(()) = self.machine.end_of_input(&mut Silent);
        let held = std::mem::take(&mut self.held);
        self.step(exchange, &held, at.saturating_sub(held.len() as u64), seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen of a response whose bytes come in pieces of this size.
    fn seen(response: &[u8], size: usize, is_closed: bool) -> Vec<String> {
        let mut follower = ItemFollower::default();
        let mut lines = Vec::new();
        let mut see = |seen: SeenOfStream<'_>| {
            lines.push(match seen {
                SeenOfStream::Begins { format, is_coded } => format!("{format:?} {is_coded}"),
                SeenOfStream::Gap => "gap".to_owned(),
                SeenOfStream::Item(item) => {
                    let id = item.item.id.clone().map(|id| item.part(&id).to_vec()).unwrap_or_default();
                    let data = String::from_utf8_lossy(&item.data()).into_owned();
                    let id = String::from_utf8_lossy(&id).into_owned();
                    format!("{} {:?} [{id}] {data}", item.number, item.range)
                }
            });
        };
        follower.begin(ConnId::FIRST, ExchangeId::FIRST, 3, Framing::UntilClose);
        let sent = [b"xyz", response].concat();
        for (index, piece) in sent.chunks(size).enumerate() {
            follower.take(ConnId::FIRST, (index * size) as u64, Some(piece), &mut see);
        }
        if is_closed {
            follower.end(ConnId::FIRST, &mut see);
        }
        assert_eq!(follower.exchange(ConnId::FIRST).is_some(), response.ends_with(b"open") && !is_closed);
        lines
    }

    #[test]
    fn events_are_seen_however_their_bytes_come() {
        let response =
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
            9\r\nid: 7\ndat\r\n6\r\na: a\n\n\r\n18\r\ndata: b\ndata: c\n\ndata: n\r\n0\r\n\r\n";
        let start = 3 + response.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(0) as u64 + 4;
        let at = |range: Range<u64>| start + range.start..start + range.end;
        let expected = [
            "EventStream false".to_owned(),
            format!("1 {:?} [7] a", at(3..23)),
            format!("2 {:?} [] b\nc", at(29..46)),
        ];
        for size in 1..=response.len() + 3 {
            assert_eq!(seen(response, size, false), expected, "{size}");
        }
    }

    #[test]
    fn the_last_line_of_json_ends_with_the_connection() {
        let response =
            b"HTTP/1.1 200 OK\r\nContent-Type: Application/X-NDJSON; a=b\r\n\r\n{\"a\":1}\n{\"open\":2}";
        for size in 1..=response.len() {
            let lines = seen(response, size, true);
            assert_eq!(lines.len(), 3, "{lines:?}");
            assert!(lines[1].ends_with("{\"a\":1}") && lines[2].ends_with("{\"open\":2}"), "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_stream_or_coded_is_not_followed() {
        let page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\ndata: a\n\n";
        assert!(seen(page, 8, false).is_empty());
        let coded =
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\nabc";
        assert_eq!(seen(coded, 8, false), ["EventStream true"]);
    }

    #[test]
    fn after_a_gap_nothing_is_taken_for_an_item() {
        let mut follower = ItemFollower::default();
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        let end = head.len() as u64;
        follower.begin(ConnId::FIRST, ExchangeId::FIRST, 0, Framing::UntilClose);
        let (mut items, mut gaps) = (0, 0);
        for (offset, bytes) in
            [(0, Some(&head[..])), (end, Some(b"data: a\n\n")), (end + 9, None), (end + 20, Some(b"\n\n"))]
        {
            follower.take(ConnId::FIRST, offset, bytes, &mut |seen| match seen {
                SeenOfStream::Item(_) => items += 1,
                SeenOfStream::Gap => gaps += 1,
                SeenOfStream::Begins { .. } => {}
            });
        }
        assert_eq!((items, gaps), (1, 1));
    }

    #[test]
    fn an_item_of_any_length_takes_little() {
        let mut follower = ItemFollower::default();
        follower.begin(ConnId::FIRST, ExchangeId::FIRST, 0, Framing::UntilClose);
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: ";
        let mut offset = 0;
        let block = vec![b'x'; 1 << 16];
        for piece in std::iter::once(&head[..]).chain(std::iter::repeat_n(&block[..], 100)) {
            follower.take(ConnId::FIRST, offset, Some(piece), &mut |_| {});
            offset += piece.len() as u64;
        }
        let kept = follower.connections[&ConnId::FIRST].items.as_ref().map(|items| items.bytes.capacity());
        assert!(kept.is_some_and(|kept| kept <= 2 * ITEM_BYTES), "{kept:?}");
        let mut lengths = Vec::new();
        follower.take(ConnId::FIRST, offset, Some(b"\n\n"), &mut |seen| {
            if let SeenOfStream::Item(item) = seen {
                lengths.push((item.item.data_bytes, item.data().len()));
            }
        });
        assert_eq!(lengths, [(100 << 16, DATA_BYTES)]);
    }
}
