//! The text messages of a WebSocket, for a search: one at a time is in memory, however many there are.

use std::ops::Range;

use crate::{
    base::stream::Direction,
    store::{
        frames::{FrameFollower, SeenFrame, SeenOfWebSocket},
        model::{Chunk, Detail},
    },
    trace::Stage,
};

use super::{
    agreed,
    inflate::{Bounds, Inflater},
    switch::Switch,
};

/// What a search in messages found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searched {
    /// Whether a message passed.
    pub is_found: bool,
    /// Whether no message was left out before that.
    pub is_all: bool,
}

/// Looks for a text message that passes `holds`, in both directions: put together from its frames, inflated, and as far
/// as it came if it is not complete.
#[must_use]
pub fn any_message(detail: &Detail, holds: &dyn Fn(&[u8]) -> bool) -> Searched {
    let exchange = &detail.exchange;
    let heads = exchange.stages.iter().find_map(|(_, stage)| match stage {
        Stage::ResponseHead { start, end, .. } => Some(*start..*end),
        _ => None,
    });
    let (Some(switch), Some(head)) = (Switch::of(exchange), heads) else {
        return Searched { is_found: false, is_all: true };
    };
    let keeps = keeps_context(&detail.writes, head.start..switch.sent);
    let mut texts = keeps.map(|keeps_context| Texts {
        message: Vec::new(),
        is_compressed: false,
        inflater: Inflater::new(keeps_context, Bounds::SEARCHED),
        lacks: false,
    });
    let mut follower = FrameFollower::of_whole_frames();
    follower.begin(exchange.conn, exchange.id, head.start..switch.sent, switch.received, &[]);
    let mut is_found = false;
    let mut is_followed = false;
    // The head of the response comes first: with it the connection becomes a WebSocket.
    for (direction, chunks, start) in
        [(Direction::Sent, &detail.writes, head.start), (Direction::Received, &detail.reads, switch.received)]
    {
        for chunk in chunks.iter().filter_map(|chunk| chunk.cut(start..u64::MAX)) {
            let bytes = Some(&*chunk.bytes).filter(|_| !chunk.omitted());
            let seen = &mut |seen: &SeenOfWebSocket<'_>| {
                if let SeenOfWebSocket::Frame(frame) = seen {
                    is_found = is_found || texts[frame.direction.index()].add(frame, holds);
                }
            };
            is_followed |= follower.take(exchange.conn, direction, chunk.offset, bytes, seen);
            if is_found {
                return Searched { is_found, is_all: true };
            }
        }
    }
    for (direction, texts) in Direction::ALL.into_iter().zip(&mut texts) {
        texts.message.extend_from_slice(follower.begun(exchange.conn, direction));
        let is_begun = !texts.message.is_empty();
        texts.lacks |= is_begun && texts.is_compressed;
        is_found = is_found || is_begun && !texts.is_compressed && holds(&texts.message);
    }
    // Without the head of the response nobody knows where its frames are.
    let lacks = !is_followed || follower.has_gap(exchange.conn) || texts.iter().any(|texts| texts.lacks);
    Searched { is_found, is_all: is_found || !lacks }
}

/// Whether the client and the server keep their context from one compressed message to the next.
fn keeps_context(writes: &[Chunk], head: Range<u64>) -> [bool; 2] {
    let pieces = writes.iter().filter_map(|chunk| chunk.cut(head.clone()));
    let head: Vec<u8> = pieces.flat_map(|piece| piece.bytes.to_vec()).collect();
    let values = head.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let is_it = line[..colon].trim_ascii().eq_ignore_ascii_case(b"sec-websocket-extensions");
        is_it.then(|| &line[colon + 1..])
    });
    agreed(values).unwrap_or([true; 2])
}

/// The messages of one direction.
struct Texts {
    /// What came of the message, as it was sent.
    message: Vec<u8>,
    /// Whether that is compressed.
    is_compressed: bool,
    inflater: Inflater,
    /// Whether a message could not be inflated, or not all of it.
    lacks: bool,
}

impl Texts {
    /// Takes a frame in. Returns whether it completes a text that passes.
    fn add(&mut self, frame: &SeenFrame<'_>, holds: &dyn Fn(&[u8]) -> bool) -> bool {
        // Compressed messages of bytes count as well: later ones may refer to them.
        if !frame.is_text && !frame.is_compressed {
            return false;
        }
        self.message.extend_from_slice(frame.payload);
        self.is_compressed = frame.is_compressed && !frame.head.fin;
        if !frame.head.fin {
            return false;
        }
        let message = std::mem::take(&mut self.message);
        if !frame.is_compressed {
            return holds(&message);
        }
        let Some(inflated) = self.inflater.message(&message) else {
            self.lacks = true;
            return false;
        };
        self.lacks |= frame.is_text && inflated.len > inflated.bytes.len() as u64;
        frame.is_text && holds(&inflated.bytes)
    }
}
