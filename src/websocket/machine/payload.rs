//! Payloads: text and the contents of close frames are checked as they arrive.

use crate::{
    websocket::{
        close_code, mask,
        opcode::Opcode,
        rule::{Rule, Violation},
        span::SpanKind,
    },
    wire::{Event, Sink, Step},
};

use super::{FrameMachine, Stage};

/// Bytes of a payload that are unmasked at a time to be checked.
const CHECKED_BYTES: usize = 512;

impl FrameMachine {
    /// Looks at bytes of the payload, from the first one that is not consumed. Returns how many are right.
    fn check(&mut self, data: &[u8]) -> Result<usize, Violation> {
        let checks_code = self.frame.opcode == Opcode::Close;
        let is_text =
            !self.frame.opcode.is_control() && self.message.is_some_and(|message| message.is_checked);
        if !checks_code && !is_text {
            return Ok(data.len());
        }
        let mut plain = [0; CHECKED_BYTES];
        let mut done = 0;
        for piece in data.chunks(CHECKED_BYTES) {
            let plain = &mut plain[..piece.len()];
            plain.copy_from_slice(piece);
            let at = self.offset + done as u64 - self.frame.payload;
            if let Some(key) = self.frame.mask {
                mask::apply(key, plain, at);
            }
            let (result, rule) = if checks_code {
                (self.check_close(plain, at), Rule::CloseReasonNotUtf8)
            } else {
                let message = self.message.as_mut().map(|message| &mut message.text);
                (message.map_or(Ok(()), |text| text.check(plain)), Rule::TextNotUtf8)
            };
            match result {
                Ok(()) => done += piece.len(),
                // What stands before the fault is given out first, so that the events do not depend on the pieces.
                Err(right) if done + right > 0 => return Ok(done + right),
                Err(_) if checks_code && at < 2 => {
                    let place = self.frame.payload..self.frame.payload + 2;
                    return Err(Violation::token(Rule::CloseCodeInvalid, place));
                }
                Err(_) => return Err(Violation::byte(rule, self.offset, data[0])),
            }
        }
        Ok(done)
    }

    /// Checks plain bytes of a close frame, which lie `at` bytes after the beginning of its payload.
    fn check_close(&mut self, plain: &[u8], at: u64) -> Result<(), usize> {
        for (index, byte) in plain.iter().enumerate() {
            match at + index as u64 {
                0 => self.code = u16::from(*byte) << 8,
                1 if !close_code::may_be_sent(self.code | u16::from(*byte)) => return Err(index),
                1 => self.code |= u16::from(*byte),
                _ => {
                    self.reason.check(&plain[index..]).map_err(|right| index + right)?;
                    break;
                }
            }
        }
        Ok(())
    }

    pub(super) fn read_payload<S: Sink<SpanKind>>(
        &mut self,
        data: &[u8],
        sink: &mut S,
    ) -> Result<Step, Violation> {
        let left = usize::try_from(self.frame.end() - self.offset).unwrap_or(usize::MAX);
        let data = &data[..data.len().min(left)];
        if !data.is_empty() {
            let right = self.check(data)?;
            self.offset += right as u64;
            return Ok(Step { consumed: right, event: Event::Body(0..right) });
        }
        if left > 0 {
            return Ok(Step { consumed: 0, event: Event::NeedData });
        }
        self.report_payload(sink);
        self.stage = Stage::Opcode;
        self.end_frame()?;
        Ok(Step { consumed: 0, event: Event::End })
    }

    fn report_payload<S: Sink<SpanKind>>(&self, sink: &mut S) {
        let range = self.frame.payload_range();
        let code_end = range.start + if self.frame.opcode == Opcode::Close { 2 } else { 0 };
        for (kind, range) in [
            (SpanKind::CloseCode, range.start..code_end.min(range.end)),
            (SpanKind::Payload, code_end.min(range.end)..range.end),
        ] {
            if !range.is_empty() {
                sink.span(kind, range);
            }
        }
    }

    /// What holds of a frame once all of it has come.
    fn end_frame(&mut self) -> Result<(), Violation> {
        let (text, rule) = match (self.frame.opcode, &self.message) {
            (Opcode::Close, _) => (self.reason, Rule::CloseReasonNotUtf8),
            (opcode, Some(message)) if !opcode.is_control() && self.frame.fin => {
                (message.text, Rule::TextCutOff)
            }
            _ => return Ok(()),
        };
        if !text.is_complete() {
            let start = self.offset - u64::from(text.unfinished());
            return Err(Violation::token(rule, start.max(self.frame.payload)..self.offset));
        }
        if self.frame.opcode == Opcode::Close {
            self.is_last = true;
        } else {
            self.message = None;
        }
        Ok(())
    }
}
