//! Parser of the status line: `HTTP-version SP status-code SP [ reason-phrase ] CRLF` (RFC 9112 §4).

use std::ops::Range;

use super::ResponseHead;
use crate::http::{
    Status,
    byte_class::value_end,
    fault::{Fault, index32},
    head::Version,
    leniency::{Leniencies, Leniency},
    rule::Rule,
    span::{Note, SpanKind},
    stand::Stand,
};
use crate::wire::Sink;

/// Upper bound on the bytes of a version that is none of HTTP/1.
const VERSION_BYTES: u32 = 16;

/// A parser of the status line. Each call gets the same slice, possibly longer; each byte is examined once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StatusLine {
    stage: Stage,
    /// Index of the first byte that was not examined.
    at: u32,
    /// Index of the first byte of the incomplete token.
    token: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Version,
    /// At the space after the version.
    Space,
    Status,
    /// After the status code.
    StatusEnd,
    Reason,
    /// After the CR.
    LineEnd,
}

impl StatusLine {
    /// Index of the first byte that was not examined; after a complete line, of the first byte after it.
    pub(super) const fn at(&self) -> usize {
        self.at as usize
    }

    /// Kind and range (in the slice) of the incomplete token. `None`: no token has begun.
    pub(super) fn pending(&self) -> Option<(SpanKind, Range<usize>)> {
        let kind = match self.stage {
            Stage::Version | Stage::Space => SpanKind::Version,
            Stage::Status | Stage::StatusEnd => SpanKind::Status,
            Stage::Reason => SpanKind::Reason,
            Stage::LineEnd => SpanKind::LineEnd,
        };
        (self.token < self.at).then_some((kind, self.token as usize..self.at as usize))
    }

    /// Where the line stands.
    pub(super) const fn stand(&self) -> Stand {
        match self.stage {
            Stage::Version => Stand::StatusVersion,
            Stage::Space => Stand::StatusSpace,
            Stage::Status => Stand::Status,
            Stage::StatusEnd => Stand::StatusEnd,
            Stage::Reason => Stand::Reason,
            Stage::LineEnd => Stand::LineEnd,
        }
    }

    /// Continues to read `bytes`, which begin with the version, at stream offset `base`. Stores the parts in
    /// `head`. `true`: the line is complete.
    pub(super) fn read<S: Sink<SpanKind>>(
        &mut self,
        bytes: &[u8],
        base: u64,
        leniencies: Leniencies,
        head: &mut ResponseHead,
        sink: &mut S,
    ) -> Result<bool, Fault> {
        let ends = |byte| byte == b'\r' || byte == b'\n' && leniencies.has(Leniency::BareLineFeed);
        while let Some(&byte) = bytes.get(self.at()) {
            let at = self.at();
            let index = at - self.token as usize;
            match (self.stage, byte) {
                (Stage::Version, _) if version_byte(byte, index) => {
                    self.at += 1;
                    if index == 7 {
                        head.version = Version { minor: byte - b'0' };
                        self.complete_version(bytes, base, sink);
                    }
                }
                (Stage::Space, b' ') => {
                    self.at += 1;
                    self.complete(SpanKind::Delimiter, Stage::Status, base, sink);
                }
                // RFC 9110 §15: "All valid status codes are within the range of 100 to 599,
                // inclusive". Others are read as their grammar allows.
                (Stage::Status, b'0'..=b'9') => {
                    head.status = Status(head.status.0 * 10 + u16::from(byte - b'0'));
                    self.at += 1;
                    if index == 2 {
                        self.complete(SpanKind::Status, Stage::StatusEnd, base, sink);
                    }
                }
                (Stage::StatusEnd, b' ') => {
                    self.at += 1;
                    self.complete(SpanKind::Delimiter, Stage::Reason, base, sink);
                    head.reason = self.at..self.at;
                }
                // Many servers omit the space along with the reason phrase, which is unambiguous.
                (Stage::StatusEnd, b'\r' | b'\n') if ends(byte) => {
                    self.at += u32::from(byte == b'\r');
                    self.stage = Stage::LineEnd;
                }
                (Stage::Reason, _) => {
                    let end = value_end(bytes, at);
                    self.at = index32(end);
                    head.reason.end = self.at;
                    match bytes.get(end) {
                        None => return Ok(false),
                        Some(&end) if ends(end) => {
                            self.complete(SpanKind::Reason, Stage::LineEnd, base, sink);
                            self.at += u32::from(end == b'\r');
                        }
                        Some(&byte) => return Err(Fault::byte(malformed(byte), end, byte)),
                    }
                }
                (Stage::LineEnd, b'\n') => {
                    self.report_bare(base, sink);
                    self.at += 1;
                    self.complete(SpanKind::LineEnd, Stage::LineEnd, base, sink);
                    return Ok(true);
                }
                (Stage::LineEnd, _) => return Err(Fault::byte(Rule::BareCarriageReturn, at - 1, b'\r')),
                _ if self.reads_over(bytes, base, leniencies, sink) => {}
                _ => return Err(Fault::byte(malformed(byte), at, byte)),
            }
        }
        Ok(false)
    }

    /// Continues after a breach if a leniency allows it, and reports it. `false`: it does not.
    #[cold]
    fn reads_over<S: Sink<SpanKind>>(
        &mut self,
        bytes: &[u8],
        base: u64,
        leniencies: Leniencies,
        sink: &mut S,
    ) -> bool {
        let index = self.at - self.token;
        match (self.stage, bytes[self.at()]) {
            _ if !leniencies.has(Leniency::StatusLine) => return false,
            (Stage::Version, b' ') if index > 0 => self.complete_version(bytes, base, sink),
            (Stage::Version, b'!'..=b'~') if index < VERSION_BYTES => self.at += 1,
            (Stage::Status, b' ' | b'\t') if index == 0 => {
                let place = base + u64::from(self.at);
                sink.note(Note::Tolerated(Leniency::StatusLine), place..place + 1);
                self.at += 1;
                self.complete(SpanKind::Delimiter, Stage::Status, base, sink);
            }
            _ => return false,
        }
        true
    }

    /// Reports the version that ends before [`Self::at`], and whether it is another one than that of HTTP/1.
    fn complete_version<S: Sink<SpanKind>>(&mut self, bytes: &[u8], base: u64, sink: &mut S) {
        let token = &bytes[self.token as usize..self.at()];
        let is_known = token.len() == 8 && token.iter().enumerate().all(|(at, byte)| version_byte(*byte, at));
        if !is_known {
            let range = base + u64::from(self.token)..base + u64::from(self.at);
            sink.note(Note::Tolerated(Leniency::StatusLine), range);
        }
        self.complete(SpanKind::Version, Stage::Space, base, sink);
    }

    /// Reports the LF at [`Self::at`] if no CR stands before it.
    fn report_bare<S: Sink<SpanKind>>(&self, base: u64, sink: &mut S) {
        if self.token == self.at {
            let at = base + u64::from(self.at);
            sink.note(Note::Tolerated(Leniency::BareLineFeed), at..at + 1);
        }
    }

    /// Reports the token that ends before [`Self::at`]; `stage` comes next.
    fn complete<S: Sink<SpanKind>>(&mut self, kind: SpanKind, stage: Stage, base: u64, sink: &mut S) {
        if self.token < self.at {
            sink.span(kind, base + u64::from(self.token)..base + u64::from(self.at));
        }
        self.token = self.at;
        self.stage = stage;
    }
}

/// Whether `byte` can be byte `index` of a version of HTTP/1.
const fn version_byte(byte: u8, index: usize) -> bool {
    match index {
        0..7 => byte == b"HTTP/1."[index],
        7 => byte.is_ascii_digit(),
        _ => false,
    }
}

const fn malformed(byte: u8) -> Rule {
    match byte {
        b'\n' => Rule::BareLineFeed,
        _ => Rule::StatusLineMalformed,
    }
}
