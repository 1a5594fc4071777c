//! Follows the frames (RFC 6455) of connections that have become a WebSocket, from their bytes as these come in.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use crate::{
    base::stream::{ConnId, Direction, ExchangeId},
    websocket::{Frame, FrameMachine, Limits, Opcode, Rule, Sender},
    wire::{Event, Machine, Silent, Violation},
};

/// Bytes of a payload that a [`SeenFrame`] has at most.
pub const PAYLOAD_BYTES: usize = 4096;
/// Bytes of a response's head that are gathered at most.
const HEAD_BYTES: u64 = 64 * 1024;

/// What became known of a WebSocket.
#[derive(Debug)]
pub enum SeenOfWebSocket<'a> {
    /// A frame is complete.
    Frame(SeenFrame<'a>),
    /// A frame breaks a rule. What follows in its direction is not followed.
    Breach(SeenBreach),
}

/// A frame that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenBreach {
    /// The exchange that has become a WebSocket.
    pub exchange: ExchangeId,
    /// Received from the client, or sent to it.
    pub direction: Direction,
    /// The rule.
    pub rule: Rule,
    /// Stream range of the bytes at fault.
    pub span: Range<u64>,
}

/// A frame that is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenFrame<'a> {
    /// The exchange that has become a WebSocket.
    pub exchange: ExchangeId,
    /// Received from the client, or sent to it.
    pub direction: Direction,
    /// The head.
    pub head: Frame,
    /// The beginning of the payload without its mask: [`PAYLOAD_BYTES`] at most, or all of it.
    pub payload: &'a [u8],
    /// Whether the frame is part of a message of text.
    pub is_text: bool,
    /// Whether the frame is part of a message that permessage-deflate has compressed.
    pub is_compressed: bool,
}

/// The connections whose frames are followed.
#[derive(Debug, Default)]
pub struct FrameFollower {
    connections: HashMap<ConnId, Following>,
    /// Whether frames are seen with the whole payload.
    is_whole: bool,
}

/// What is known of a connection.
#[derive(Debug)]
enum Following {
    /// The response that may change the protocol is being sent.
    Head {
        exchange: ExchangeId,
        /// Stream range (out) of the response's head.
        range: Range<u64>,
        head: Vec<u8>,
        /// Stream offset (in) of the first byte after the request.
        request_end: u64,
        /// Bytes that were received from there on.
        early: Vec<u8>,
    },
    /// The frames of both directions, in the order of [`Direction::ALL`].
    Frames { exchange: ExchangeId, directions: Box<[Reader; 2]> },
}

/// The frames of one direction.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "two facts of the message and two of the direction")]
struct Reader {
    machine: FrameMachine,
    /// Bytes of a part of a frame's head that is not complete.
    carry: Vec<u8>,
    payload: Vec<u8>,
    /// Bytes of a payload that are kept at most.
    payload_bytes: usize,
    is_text: bool,
    is_compressed: bool,
    /// Whether bytes are missing, so that nobody knows where the next frame begins.
    is_lost: bool,
    /// Whether a frame broke a rule: what follows it is no frame.
    is_over: bool,
}

impl FrameFollower {
    /// One that sees each frame with its whole payload, which has to be in memory for it.
    #[must_use]
    pub fn of_whole_frames() -> Self {
        Self { is_whole: true, ..Self::default() }
    }

    /// The response head at `head` (out) has status 101, the request ended at `request_end` (in), and after it `early`
    /// was received already.
    pub fn begin(
        &mut self,
        conn: ConnId,
        exchange: ExchangeId,
        head: Range<u64>,
        request_end: u64,
        early: &[u8],
    ) {
        if head.end - head.start <= HEAD_BYTES {
            let early = early.to_vec();
            let begun = Following::Head { exchange, range: head, head: Vec::new(), request_end, early };
            self.connections.insert(conn, begun);
        }
    }

    /// Takes bytes of a connection; `None`: they were not kept. Returns whether the connection has become a WebSocket with
    /// them. `seen` is called with each frame that they complete.
    pub fn take(
        &mut self,
        conn: ConnId,
        direction: Direction,
        offset: u64,
        bytes: Option<&[u8]>,
        seen: &mut dyn FnMut(&SeenOfWebSocket<'_>),
    ) -> bool {
        let Some(following) = self.connections.get_mut(&conn) else { return false };
        match following {
            Following::Frames { exchange, directions } => {
                directions[direction.index()].take((*exchange, direction), offset, bytes, seen);
                false
            }
            Following::Head { early, request_end, .. } if direction == Direction::Received => {
                let follows = offset == *request_end + early.len() as u64;
                match bytes.filter(|bytes| follows && early.len() + bytes.len() <= PAYLOAD_BYTES) {
                    Some(bytes) => early.extend_from_slice(bytes),
                    None => self.forget(conn),
                }
                false
            }
            Following::Head { exchange, range, head, request_end, early } => {
                let exchange = *exchange;
                let at = range.start + head.len() as u64;
                let skipped = usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
                let Some(bytes) = bytes.filter(|_| offset <= at) else {
                    self.forget(conn);
                    return false;
                };
                let missing = usize::try_from(range.end - at).unwrap_or(usize::MAX);
                let rest = bytes.get(skipped..).unwrap_or_default();
                let (of_head, frames) = rest.split_at(missing.min(rest.len()));
                head.extend_from_slice(of_head);
                if of_head.len() < missing {
                    return false;
                }
                let Some(deflate) = agreed(head) else {
                    self.forget(conn);
                    return false;
                };
                let limits = Limits { deflate, ..Limits::UNLIMITED };
                let (start, end) = (*request_end, range.end);
                let payload_bytes = if self.is_whole { usize::MAX } else { PAYLOAD_BYTES };
                let mut directions = Box::new([
                    Reader::new(Sender::Client, start, limits, payload_bytes),
                    Reader::new(Sender::Server, end, limits, payload_bytes),
                ]);
                directions[0].take((exchange, Direction::Received), start, Some(early), seen);
                directions[1].take((exchange, Direction::Sent), end, Some(frames), seen);
                *following = Following::Frames { exchange, directions };
                true
            }
        }
    }

    /// The exchange that is followed on this connection. `None`: nothing is.
    #[must_use]
    pub fn exchange(&self, conn: ConnId) -> Option<ExchangeId> {
        if self.connections.is_empty() {
            return None;
        }
        match self.connections.get(&conn)? {
            Following::Head { exchange, .. } | Following::Frames { exchange, .. } => Some(*exchange),
        }
    }

    /// Whether a frame of this connection may have been missed.
    #[must_use]
    pub fn has_gap(&self, conn: ConnId) -> bool {
        match self.connections.get(&conn) {
            Some(Following::Frames { directions, .. }) => directions.iter().any(|reader| reader.is_lost),
            _ => false,
        }
    }

    /// What came of a frame of text that is neither complete nor compressed, without its mask. Empty: there is none.
    #[must_use]
    pub fn begun(&self, conn: ConnId, direction: Direction) -> &[u8] {
        match self.connections.get(&conn) {
            Some(Following::Frames { directions, .. }) => directions[direction.index()].begun(),
            _ => &[],
        }
    }

    /// The connection is closed.
    pub fn forget(&mut self, conn: ConnId) {
        if !self.connections.is_empty() {
            self.connections.remove(&conn);
        }
    }
}

impl Reader {
    fn new(sender: Sender, offset: u64, limits: Limits, payload_bytes: usize) -> Self {
        let machine = FrameMachine::new(sender, offset, limits);
        Self {
            machine,
            carry: Vec::new(),
            payload: Vec::new(),
            payload_bytes,
            is_text: false,
            is_compressed: false,
            is_lost: false,
            is_over: false,
        }
    }

    fn take(
        &mut self,
        (exchange, direction): (ExchangeId, Direction),
        offset: u64,
        bytes: Option<&[u8]>,
        seen: &mut dyn FnMut(&SeenOfWebSocket<'_>),
    ) {
        if self.is_over {
            return;
        }
        let expected = self.machine.offset() + self.carry.len() as u64;
        let Some(bytes) = bytes.filter(|_| offset == expected && !self.is_lost) else {
            self.is_lost = true;
            return;
        };
        let data = if self.carry.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            Cow::Owned([&std::mem::take(&mut self.carry), bytes].concat())
        };
        let mut read = 0;
        loop {
            let step = match self.machine.advance(&data[read..], &mut Silent) {
                Ok(step) => step,
                Err(Violation { rule, span, .. }) => {
                    self.is_over = true;
                    seen(&SeenOfWebSocket::Breach(SeenBreach { exchange, direction, rule, span }));
                    return;
                }
            };
            let at = self.machine.offset() - step.consumed as u64;
            let taken = &data[read..read + step.consumed];
            read += step.consumed;
            let head = *self.machine.frame();
            match step.event {
                Event::NeedData => {
                    self.carry = data[read..].to_vec();
                    return;
                }
                Event::Head => {
                    self.payload.clear();
                    if matches!(head.opcode, Opcode::Text | Opcode::Binary) {
                        self.is_text = head.opcode == Opcode::Text;
                        self.is_compressed = head.rsv != 0;
                    }
                }
                Event::Body(_) => {
                    let before = self.payload.len();
                    let shown = taken.len().min(self.payload_bytes - before);
                    self.payload.extend_from_slice(&taken[..shown]);
                    head.unmask(&mut self.payload[before..], at);
                }
                Event::End => {
                    let is_data = !head.opcode.is_control();
                    seen(&SeenOfWebSocket::Frame(SeenFrame {
                        exchange,
                        direction,
                        head,
                        payload: &self.payload,
                        is_text: self.is_text && is_data,
                        is_compressed: self.is_compressed && is_data,
                    }));
                    self.payload.clear();
                }
            }
        }
    }

    fn begun(&self) -> &[u8] {
        let is_data = !self.machine.frame().opcode.is_control();
        if self.is_text && !self.is_compressed && is_data { &self.payload } else { &[] }
    }
}

/// Whether permessage-deflate was agreed on. `None`: the head does not change the protocol to WebSocket.
fn agreed(head: &[u8]) -> Option<bool> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let fields = || head.lines().filter_map(|line| line.split_once(':'));
    let value =
        |wanted: &'static str| fields().filter(move |(name, _)| *name == wanted).map(|(_, value)| value);
    let is_websocket = value("upgrade").any(|value| value.trim() == "websocket");
    let deflate = value("sec-websocket-extensions").any(|value| value.contains("permessage-deflate"));
    is_websocket.then_some(deflate)
}

#[cfg(test)]
mod tests;
