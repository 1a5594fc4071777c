//! Reads frames off one direction of a connection. What holds of a payload is in `payload`.

mod payload;
mod stand;

use crate::{
    base::utf8::Utf8,
    wire::{Event, Machine, Replayable, Sink, Span, State, Step},
};

use super::{
    encode::CONTROL_BYTES_MAX,
    frame::Frame,
    opcode::Opcode,
    rule::{Rule, Violation},
    span::SpanKind,
};

/// The end whose frames are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The client, which masks its frames.
    Client,
    /// The server, which does not.
    Server,
}

/// What a reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest message, in bytes of all its payloads.
    pub message_bytes: u64,
    /// Whether permessage-deflate (RFC 7692) was agreed on: RSV1 then marks a message that is compressed.
    pub deflate: bool,
}

impl Limits {
    /// No limit, and no extension.
    pub const UNLIMITED: Self = Self { message_bytes: u64::MAX, deflate: false };
}

/// The machine. An event [`Event::Head`] gives a frame, [`Event::Body`] its payload as it was sent, and
/// [`Event::End`] its end. A close frame is the last one.
#[derive(Clone, Debug)]
pub struct FrameMachine {
    sender: Sender,
    limits: Limits,
    /// Stream offset of the first byte that is not consumed.
    offset: u64,
    stage: Stage,
    frame: Frame,
    /// The second byte of the frame: the mask bit, and the length or its form.
    second: u8,
    /// The message whose last frame has not come. `None`: none has begun.
    message: Option<Message>,
    /// The reason of a close frame, as far as it was checked.
    reason: Utf8,
    /// The code of a close frame, as far as it arrived.
    code: u16,
    /// Bytes of the pending token that were seen.
    seen: usize,
    is_last: bool,
    failed: Option<Violation>,
}

/// A message of data under way.
#[derive(Clone, Copy, Debug)]
struct Message {
    is_checked: bool,
    bytes: u64,
    text: Utf8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Opcode,
    LengthByte,
    Length,
    MaskKey,
    /// The head is complete and was not given out.
    Head,
    Payload,
}

impl FrameMachine {
    /// A machine for the frames of `sender`, at stream offset `offset`, between two frames.
    #[must_use]
    pub fn new(sender: Sender, offset: u64, limits: Limits) -> Self {
        let frame = Frame {
            start: offset,
            payload: offset,
            length: 0,
            fin: false,
            rsv: 0,
            opcode: Opcode::Continuation,
            mask: None,
        };
        Self {
            sender,
            limits,
            offset,
            stage: Stage::Opcode,
            frame,
            second: 0,
            message: None,
            reason: Utf8::default(),
            code: 0,
            seen: 0,
            is_last: false,
            failed: None,
        }
    }

    /// The current frame. Complete from [`Event::Head`] to [`Event::End`].
    #[must_use]
    pub const fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Whether a frame, or a message of several, has begun and not ended.
    #[must_use]
    pub const fn is_in_message(&self) -> bool {
        self.message.is_some() || !matches!(self.stage, Stage::Opcode)
    }

    /// Whether the machine stands between two frames.
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        matches!(self.stage, Stage::Opcode) && self.failed.is_none()
    }

    /// Whether a frame broke a rule.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// The first byte: FIN, RSV1 to RSV3 and the opcode.
    fn take_opcode(&mut self, byte: u8) -> Result<(), Rule> {
        let (fin, rsv) = (byte & 0x80 != 0, byte >> 4 & 7);
        let Some(opcode) = Opcode::from_bits(byte & 0xF) else {
            // RFC 6455 §5.2: RSV bits "MUST be 0 unless an extension is negotiated". They come first.
            return Err(if rsv == 0 { Rule::ReservedOpcode } else { Rule::ReservedBit });
        };
        // RFC 7692 §6: RSV1 is set on the first frame of a message of data.
        let may_be_compressed = self.limits.deflate && matches!(opcode, Opcode::Text | Opcode::Binary);
        if rsv & !(u8::from(may_be_compressed) << 2) != 0 {
            return Err(Rule::ReservedBit);
        }
        // §5.5: "All control frames [...] MUST NOT be fragmented."
        match (opcode.is_control(), opcode, &self.message) {
            (true, ..) if !fin => return Err(Rule::ControlFragmented),
            (false, Opcode::Continuation, None) => return Err(Rule::NothingToContinue),
            (false, Opcode::Text | Opcode::Binary, Some(_)) => return Err(Rule::MessageInMessage),
            _ => {}
        }
        if matches!(opcode, Opcode::Text | Opcode::Binary) {
            let is_checked = opcode == Opcode::Text && rsv == 0;
            self.message = Some(Message { is_checked, bytes: 0, text: Utf8::default() });
        }
        (self.reason, self.code) = (Utf8::default(), 0);
        self.frame =
            Frame { start: self.offset, payload: self.offset, length: 0, fin, rsv, opcode, mask: None };
        Ok(())
    }

    /// The second byte: the mask bit, and the length or its form.
    const fn take_length_byte(&mut self, byte: u8) -> Result<(), Rule> {
        // §5.1: "The server MUST close the connection upon receiving a frame that is not masked.", "A client MUST
        // close a connection if it detects a masked frame."
        match (self.sender, byte & 0x80 != 0) {
            (Sender::Client, false) => return Err(Rule::Unmasked),
            (Sender::Server, true) => return Err(Rule::Masked),
            _ => {}
        }
        let form = byte & 0x7F;
        if self.frame.opcode.is_control() && form as usize > CONTROL_BYTES_MAX {
            return Err(Rule::ControlTooLong);
        }
        self.second = byte;
        self.frame.length = form as u64;
        Ok(())
    }

    /// Bytes of length that follow the second byte.
    const fn length_len(&self) -> usize {
        match self.second & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        }
    }

    /// What holds of a length once it is known.
    fn check_length(&mut self) -> Result<(), Rule> {
        let least = match self.length_len() {
            2 => 126,
            8 => 1 << 16,
            _ => 0,
        };
        if self.frame.length < least {
            return Err(Rule::LengthNotShortest);
        }
        if self.frame.opcode == Opcode::Close && self.frame.length == 1 {
            return Err(Rule::CloseTooShort);
        }
        if let Some(message) = self.message.as_mut().filter(|_| !self.frame.opcode.is_control()) {
            message.bytes = message.bytes.saturating_add(self.frame.length);
            if message.bytes > self.limits.message_bytes {
                return Err(Rule::MessageTooBig);
            }
        }
        Ok(())
    }

    /// The stage after the bytes of the length.
    const fn after_length(&self) -> Stage {
        if self.second & 0x80 != 0 { Stage::MaskKey } else { Stage::Head }
    }

    /// Reads the head token by token. Returns how many bytes were consumed.
    fn read_head<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<usize, Violation> {
        let start = self.offset;
        loop {
            let at = usize::try_from(self.offset - start).unwrap_or(usize::MAX);
            let data = &data[at..];
            self.seen = 0;
            let Some(&byte) = data.first().filter(|_| self.stage != Stage::Head) else { return Ok(at) };
            let (kind, len) = match self.stage {
                Stage::Opcode => (SpanKind::Opcode, 1),
                Stage::LengthByte => (SpanKind::Length, 1),
                Stage::Length => (SpanKind::Length, self.length_len()),
                _ => (SpanKind::MaskKey, 4),
            };
            let place = self.offset..self.offset + len as u64;
            let failed = |rule| Violation::token(rule, place.clone());
            if self.stage == Stage::Length && len == 8 && byte & 0x80 != 0 {
                // §5.2: "the most significant bit MUST be 0".
                return Err(Violation::byte(Rule::LengthTopBit, self.offset, byte));
            }
            let Some(token) = data.get(..len) else {
                self.seen = data.len();
                return Ok(at);
            };
            match self.stage {
                Stage::Opcode => {
                    self.take_opcode(byte).map_err(|rule| Violation::byte(rule, self.offset, byte))?;
                    self.stage = Stage::LengthByte;
                }
                Stage::LengthByte => {
                    let result = self.take_length_byte(byte);
                    result.map_err(|rule| Violation::byte(rule, self.offset, byte))?;
                    self.stage = if self.length_len() > 0 { Stage::Length } else { self.after_length() };
                    if self.stage != Stage::Length {
                        self.check_length().map_err(failed)?;
                    }
                }
                Stage::Length => {
                    self.frame.length = token.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
                    self.check_length().map_err(failed)?;
                    self.stage = self.after_length();
                }
                _ => {
                    self.frame.mask = token.try_into().ok();
                    self.stage = Stage::Head;
                }
            }
            sink.span(kind, place);
            self.offset += len as u64;
            self.frame.payload = self.offset;
        }
    }
}

impl Machine for FrameMachine {
    type Kind = SpanKind;
    type Rule = Rule;

    fn advance<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation> {
        if let Some(violation) = &self.failed {
            return Err(violation.clone());
        }
        let result = if self.stage == Stage::Payload {
            self.read_payload(data, sink)
        } else {
            self.read_head(data, sink).map(|consumed| {
                let is_complete = self.stage == Stage::Head;
                if is_complete {
                    self.stage = Stage::Payload;
                }
                Step { consumed, event: if is_complete { Event::Head } else { Event::NeedData } }
            })
        };
        if let Err(violation) = &result {
            self.failed = Some(violation.clone());
        }
        result
    }

    fn end_of_input<S: Sink<SpanKind>>(&mut self, _: &mut S) -> Result<(), Violation> {
        if self.is_last || self.failed.is_some() {
            return Ok(());
        }
        // §7.1.5: "If [...] no Close control frame was received by the endpoint [...], The WebSocket Connection Close
        // Code is considered to be 1006."
        let end = self.offset + self.seen as u64;
        let violation = Violation::token(Rule::EndedWithoutClose, end..end);
        self.failed = Some(violation.clone());
        Err(violation)
    }

    fn offset(&self) -> u64 {
        self.offset
    }

    fn state(&self) -> State {
        if self.failed.is_some() {
            return State::Failed;
        }
        match self.stage {
            Stage::Opcode => State::Idle,
            Stage::Payload => State::Body(Some(self.frame.end() - self.offset)),
            _ => State::StartLine,
        }
    }

    fn pending(&self) -> Option<Span<SpanKind>> {
        if self.stage == Stage::Payload {
            let range = self.frame.payload..self.offset;
            return (!range.is_empty()).then_some((SpanKind::Payload, range));
        }
        let kind = if self.stage == Stage::MaskKey { SpanKind::MaskKey } else { SpanKind::Length };
        (self.seen > 0).then(|| (kind, self.offset..self.offset + self.seen as u64))
    }
}

impl Replayable for FrameMachine {
    type Head = Frame;

    fn message_head(&self) -> Option<Frame> {
        Some(self.frame)
    }

    fn is_last(&self) -> bool {
        self.is_last
    }
}
