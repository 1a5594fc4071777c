//! Finds the captured bytes of one message.

use std::ops::Range;

use bytes::Bytes;

use crate::{
    base::stream::Direction,
    store::model::{Chunk, Detail},
};

use super::format::NotExpressible;

/// Consecutive bytes of a message that were all captured, or all not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The stream range of the bytes.
    pub range: Range<u64>,
    /// The bytes. `None`: they were not captured.
    pub bytes: Option<Bytes>,
}

/// The stream range of the message of one direction. Empty: there is none.
#[must_use]
pub fn range(detail: &Detail, direction: Direction) -> Range<u64> {
    match direction {
        Direction::Received => detail.exchange.request.clone(),
        Direction::Sent => detail.exchange.response.clone().unwrap_or(0..0),
    }
}

/// The whole message of one direction as adjacent pieces, none of them empty. Bytes that were not captured are a piece
/// without bytes.
#[must_use]
pub fn pieces(detail: &Detail, direction: Direction) -> Vec<Piece> {
    let chunks = match direction {
        Direction::Received => &detail.reads,
        Direction::Sent => &detail.writes,
    };
    pieces_of(chunks, &range(detail, direction))
}

/// The message at `whole` of the stream that `chunks` are of, as adjacent pieces; see [`pieces`].
#[must_use]
pub fn pieces_of(chunks: &[Chunk], whole: &Range<u64>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut end = whole.start;
    for chunk in chunks {
        let part = chunk.range().start.max(end)..chunk.range().end.min(whole.end);
        if part.is_empty() {
            continue;
        }
        // If events were omitted, there is a gap between two chunks.
        push_gap(&mut pieces, end..part.start);
        end = part.end;
        match kept(chunk, &part) {
            Some(bytes) => pieces.push(Piece { range: part, bytes: Some(bytes) }),
            None => push_gap(&mut pieces, part),
        }
    }
    push_gap(&mut pieces, end..whole.end);
    pieces
}

/// The captured bytes of the message of one direction, joined across gaps.
#[must_use]
pub fn raw(detail: &Detail, direction: Direction) -> Vec<u8> {
    pieces(detail, direction).into_iter().filter_map(|piece| piece.bytes).flatten().collect()
}

/// Number of bytes of the message that were not captured.
#[must_use]
pub fn missing(detail: &Detail, direction: Direction) -> u64 {
    let gaps = pieces(detail, direction).into_iter().filter(|piece| piece.bytes.is_none());
    gaps.map(|piece| piece.range.end - piece.range.start).sum()
}

/// Checks that the message of one direction was captured whole.
///
/// # Errors
/// Bytes of it were not captured.
pub(super) fn all_captured(detail: &Detail, direction: Direction) -> Result<(), NotExpressible> {
    match missing(detail, direction) {
        0 => Ok(()),
        bytes => Err(NotExpressible::Missing(direction, bytes)),
    }
}

fn kept(chunk: &Chunk, part: &Range<u64>) -> Option<Bytes> {
    let index = |offset: u64| usize::try_from(offset - chunk.offset).unwrap_or(usize::MAX);
    let inside = index(part.end) <= chunk.bytes.len();
    inside.then(|| chunk.bytes.slice(index(part.start)..index(part.end)))
}

fn push_gap(pieces: &mut Vec<Piece>, range: Range<u64>) {
    match pieces.last_mut() {
        _ if range.is_empty() => {}
        Some(Piece { range: before, bytes: None }) => before.end = range.end,
        _ => pieces.push(Piece { range, bytes: None }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        explain::Facts,
        store::Store,
        testing::script::{Script, response},
        trace::{EventKind, Payload},
    };

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    #[test]
    fn raw_is_what_was_on_the_wire() {
        let mut script = Script::default();
        script.open(1);
        // Two requests in one read: each has its own part of it.
        let offset = script.read(1, &[GET, GET].concat());
        let first = script.request(1, offset, GET, crate::http::Framing::None);
        script.respond(1, first, &response(b"body"), None);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let detail = store.detail(first).expect("it is kept");
        assert_eq!(raw(&detail, Direction::Received), GET);
        assert_eq!(raw(&detail, Direction::Sent), response(b"body"));
        assert_eq!((missing(&detail, Direction::Received), missing(&detail, Direction::Sent)), (0, 0));
    }

    #[test]
    fn what_is_not_in_the_capture_is_a_run_of_its_own() {
        let mut script = Script::default();
        script.open(1);
        let offset = script.read(1, GET);
        let id = script.request(1, offset, GET, crate::http::Framing::None);
        let whole = response(b"0123456789");
        script.respond_head(1, id, &whole, None);
        let head = whole.len() as u64 - 10;
        script.write(1, &whole[..whole.len() - 8]);
        script.push(1, None, EventKind::bytes(Direction::Sent, head + 2, Payload::Dropped(3)));
        // A hole: the event that told of two more bytes was left out.
        script.push(1, None, EventKind::bytes(Direction::Sent, head + 7, Bytes::from_static(b"78")));
        script.push(1, None, EventKind::bytes(Direction::Sent, head + 9, Payload::Dropped(1)));
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let detail = store.detail(id).expect("it is kept");
        let found: Vec<_> = pieces(&detail, Direction::Sent)
            .into_iter()
            .map(|piece| (piece.range, piece.bytes.is_some()))
            .collect();
        assert_eq!(
            found,
            [
                (0..head + 2, true),
                (head + 2..head + 7, false),
                (head + 7..head + 9, true),
                (head + 9..head + 10, false)
            ]
        );
        assert_eq!(missing(&detail, Direction::Sent), 6);
        assert_eq!(raw(&detail, Direction::Sent), [&whole[..whole.len() - 8], b"78"].concat());
        assert_eq!(Facts::new(detail).response.beginning(), &whole[..whole.len() - 8]);
    }
}
