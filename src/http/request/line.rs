//! Reads a request line: `method SP request-target SP HTTP-version CRLF` (RFC 9112 §3).

use std::ops::Range;

use super::{target, usual::usual_line};
use crate::http::{
    byte_class::{target_end, token_end},
    fault::{Fault, index32},
    head::{Head, Version},
    leniency::{Leniencies, Leniency},
    limits::Limits,
    method::Method,
    rule::Rule,
    span::{Note, SpanKind},
    stand::Stand,
};
use crate::wire::Sink;

/// Upper bound on the length of a method, in bytes. RFC 9112 §3: "A server that receives a method longer than any
/// that it implements SHOULD respond with a 501".
const METHOD_BYTES_MAX: usize = 32;

const VERSION: &[u8; 8] = b"HTTP/1.1";
/// Mask of the first seven bytes of [`VERSION`], read as a little-endian number.
const ALL_BUT_MINOR: u64 = u64::MAX >> 8;

/// A reader of the request line. It is given the same slice again and again, longer each time, and looks at
/// each byte once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RequestLine {
    stage: Stage,
    /// Index of the first byte that was not looked at.
    at: u32,
    /// Index of the first byte of the token that is not complete.
    token: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Method,
    /// At the first byte of the target.
    TargetStart,
    Target,
    Version,
    /// After the version.
    VersionEnd,
    /// After the CR.
    LineEnd,
}

impl RequestLine {
    /// Index of the first byte that was not looked at; after a complete line, of the byte behind it.
    pub(super) const fn at(&self) -> usize {
        self.at as usize
    }

    /// The token that has begun and is not complete: its kind and its range in the slice. `None`: no token
    /// has begun.
    pub(super) fn pending(&self) -> Option<(SpanKind, Range<usize>)> {
        let kind = match self.stage {
            Stage::Method => SpanKind::Method,
            Stage::TargetStart | Stage::Target => SpanKind::Target,
            Stage::Version | Stage::VersionEnd => SpanKind::Version,
            Stage::LineEnd => SpanKind::LineEnd,
        };
        (self.token < self.at).then_some((kind, self.token as usize..self.at as usize))
    }

    /// Where the line stands.
    pub(super) const fn stand(&self) -> Stand {
        match self.stage {
            Stage::Method => Stand::Method,
            Stage::TargetStart => Stand::TargetStart,
            Stage::Target => Stand::Target,
            Stage::Version => Stand::Version,
            Stage::VersionEnd => Stand::VersionEnd,
            Stage::LineEnd => Stand::LineEnd,
        }
    }

    /// Reads on in `bytes`, which begin with the method, at stream offset `base`. Puts what it finds
    /// into `head`, a token that breaks off included. `true`: the line is complete.
    #[inline]
    pub(super) fn read<S: Sink<SpanKind>>(
        &mut self,
        bytes: &[u8],
        base: u64,
        limits: &Limits,
        head: &mut Head,
        sink: &mut S,
    ) -> Result<bool, Fault> {
        // Only once: work is linear however the line is split.
        if self.at == 0
            && let Some(line) = usual_line(bytes, limits.target_bytes)
        {
            self.at = index32(line.put(base, head, sink));
            self.token = self.at;
            return Ok(true);
        }
        loop {
            match self.read_on(bytes, base, limits.target_bytes, head, sink) {
                Err(fault) if self.reads_over(&fault, bytes, base, limits.leniencies, head, sink) => {}
                outcome => return outcome,
            }
        }
    }

    /// Continues after a breach if a leniency allows it, and reports it.
    #[cold]
    fn reads_over<S: Sink<SpanKind>>(
        &mut self,
        fault: &Fault,
        bytes: &[u8],
        base: u64,
        leniencies: Leniencies,
        head: &mut Head,
        sink: &mut S,
    ) -> bool {
        let leniency = match (fault.rule, fault.found) {
            (Rule::TargetForm | Rule::TargetUserInfo | Rule::TargetScheme, _) => Leniency::TargetForm,
            (Rule::TargetCharacter, Some(byte @ b'!'..=b'~')) => {
                if is_raw(byte, &bytes[self.token as usize..self.at as usize]) {
                    Leniency::RawTarget
                } else {
                    Leniency::OddTarget
                }
            }
            (Rule::TargetCharacter, Some(0x80..)) => Leniency::TargetBytes,
            (Rule::RequestLineSpacing, _) => Leniency::RequestLineSpace,
            (Rule::TargetCharacter, Some(b'\t')) if self.stage == Stage::Target => Leniency::RequestLineSpace,
            (Rule::BareLineFeed, _) if self.stage == Stage::VersionEnd => Leniency::BareLineFeed,
            _ => return false,
        };
        if !leniencies.has(leniency) {
            return false;
        }
        let stream = |range: Range<u32>| base + u64::from(range.start)..base + u64::from(range.end);
        match self.stage {
            _ if leniency == Leniency::RequestLineSpace => self.skip_space(bytes, base, head, sink),
            Stage::TargetStart => self.stage = Stage::Target,
            // The target is complete and the fault is in its form.
            Stage::Target if leniency == Leniency::TargetForm => {
                head.path = head.target.clone();
                sink.span(SpanKind::Target, stream(self.token..self.at));
                sink.span(SpanKind::Delimiter, stream(self.at..self.at + 1));
                self.at += 1;
                self.token = self.at;
                self.stage = Stage::Version;
            }
            Stage::VersionEnd => self.stage = Stage::LineEnd,
            _ => self.at += 1,
        }
        // A character at the beginning of the target is met again as a part of it.
        if leniency == Leniency::TargetForm || self.stage != Stage::Target || self.at > self.token {
            sink.note(
                Note::Tolerated(leniency),
                stream(index32(fault.range.start)..index32(fault.range.end)),
            );
        }
        true
    }

    /// Takes the white space at [`Self::at`] for the separator of the parts, or for more of it.
    ///
    /// RFC 9112 §3: "recipients MAY instead parse on whitespace-delimited word boundaries and, aside from the CRLF
    /// terminator, treat any form of whitespace as the SP separator while ignoring preceding or trailing whitespace".
    #[cold]
    fn skip_space<S: Sink<SpanKind>>(&mut self, bytes: &[u8], base: u64, head: &mut Head, sink: &mut S) {
        let range = |from: u32, to: u32| base + u64::from(from)..base + u64::from(to);
        match self.stage {
            Stage::Method => {
                head.method = Method::from_token(&bytes[..self.at()]);
                sink.span(SpanKind::Method, range(0, self.at));
                self.stage = Stage::TargetStart;
            }
            Stage::Target => {
                if target::read(bytes, head).is_err() {
                    head.path = head.target.clone();
                }
                sink.span(SpanKind::Target, range(self.token, self.at));
                self.stage = Stage::Version;
            }
            _ => {}
        }
        sink.span(SpanKind::Delimiter, range(self.at, self.at + 1));
        self.at += 1;
        self.token = self.at;
    }

    /// Reads on up to the first breach.
    #[inline]
    fn read_on<S: Sink<SpanKind>>(
        &mut self,
        bytes: &[u8],
        base: u64,
        target_limit: usize,
        head: &mut Head,
        sink: &mut S,
    ) -> Result<bool, Fault> {
        let Self { mut stage, .. } = *self;
        let (mut at, mut token) = (self.at as usize, self.token as usize);
        let span = |kind, range: Range<usize>, sink: &mut S| {
            sink.span(kind, base + range.start as u64..base + range.end as u64);
        };
        let outcome = loop {
            match stage {
                Stage::Method => {
                    at = token_end(&bytes[..bytes.len().min(METHOD_BYTES_MAX + 1)], at);
                    head.method_range = 0..index32(at);
                    if at > METHOD_BYTES_MAX {
                        at = METHOD_BYTES_MAX;
                        break Err(Fault::byte(Rule::MethodTooLong, at, bytes[at]));
                    }
                    match bytes.get(at) {
                        None => break Ok(false),
                        Some(b' ') if at > 0 => {
                            head.method = Method::from_token(&bytes[..at]);
                            span(SpanKind::Method, 0..at, sink);
                            span(SpanKind::Delimiter, at..at + 1, sink);
                            at += 1;
                            token = at;
                            stage = Stage::TargetStart;
                        }
                        Some(&byte) => break Err(Fault::byte(bad_method(byte, at, base), at, byte)),
                    }
                }
                Stage::TargetStart => {
                    let Some(&byte) = bytes.get(at) else { break Ok(false) };
                    head.target = index32(at)..index32(at);
                    if let Some(rule) = target::bad_start(byte, head.method, &bytes[..at - 1]) {
                        break Err(Fault::byte(rule, at, byte));
                    }
                    stage = Stage::Target;
                }
                Stage::Target => {
                    let limit = token.saturating_add(target_limit);
                    at = target_end(&bytes[..bytes.len().min(limit.saturating_add(1))], at);
                    head.target.end = index32(at);
                    if at > limit {
                        at = limit;
                        break Err(Fault::byte(Rule::TargetTooLong, at, bytes[at]));
                    }
                    match bytes.get(at) {
                        None => break Ok(false),
                        Some(b' ') => {
                            if let Err(fault) = target::read(bytes, head) {
                                break Err(fault);
                            }
                            span(SpanKind::Target, token..at, sink);
                            span(SpanKind::Delimiter, at..at + 1, sink);
                            at += 1;
                            token = at;
                            stage = Stage::Version;
                        }
                        Some(&byte) => break Err(Fault::byte(bad_target(byte), at, byte)),
                    }
                }
                Stage::Version => {
                    let minor = match version(bytes, token, &mut at) {
                        Ok(Some(minor)) => minor,
                        Ok(None) => break Ok(false),
                        Err(fault) => break Err(fault),
                    };
                    head.version = Version { minor };
                    if minor > 1 {
                        sink.note(Note::LaterMinorVersion, base + token as u64..base + at as u64);
                    }
                    span(SpanKind::Version, token..at, sink);
                    token = at;
                    stage = Stage::VersionEnd;
                }
                Stage::VersionEnd => match bytes.get(at) {
                    None => break Ok(false),
                    Some(b'\r') => {
                        at += 1;
                        stage = Stage::LineEnd;
                    }
                    Some(&byte) => break Err(Fault::byte(bad_line_end(byte), at, byte)),
                },
                Stage::LineEnd => match bytes.get(at) {
                    None => break Ok(false),
                    Some(b'\n') => {
                        at += 1;
                        span(SpanKind::LineEnd, token..at, sink);
                        token = at;
                        break Ok(true);
                    }
                    Some(_) => break Err(Fault::byte(Rule::BareCarriageReturn, at - 1, b'\r')),
                },
            }
        };
        *self = Self { stage, at: index32(at), token: index32(token) };
        outcome
    }
}

/// Reads on, from `at`, in the version that begins at `token`. Returns the minor version, or `None` while
/// the version is incomplete.
#[inline]
fn version(bytes: &[u8], token: usize, at: &mut usize) -> Result<Option<u8>, Fault> {
    if *at == token
        && let Some(word) = bytes.get(token..).and_then(<[u8]>::first_chunk::<8>)
        && u64::from_le_bytes(*word) & ALL_BUT_MINOR == u64::from_le_bytes(*VERSION) & ALL_BUT_MINOR
        && word[7].is_ascii_digit()
    {
        *at += VERSION.len();
        return Ok(Some(word[7] - b'0'));
    }
    while let Some(&byte) = bytes.get(*at) {
        if let Some(rule) = bad_version(byte, *at - token) {
            return Err(Fault::byte(rule, *at, byte));
        }
        *at += 1;
        if *at - token == VERSION.len() {
            // RFC 9110 §15.6.6: 505 is for a "major version of HTTP" that is not supported.
            return match bytes[token..*at] {
                [.., b'1', _, minor] => Ok(Some(minor - b'0')),
                _ => Err(Fault::token(Rule::VersionNotSupported, token..*at)),
            };
        }
    }
    Ok(None)
}

#[cold]
const fn bad_method(byte: u8, at: usize, base: u64) -> Rule {
    match byte {
        b'\n' => Rule::BareLineFeed,
        // A TLS record of type handshake begins with this byte (RFC 8446 §5.1).
        0x16 if at == 0 => Rule::LooksLikeTls,
        // The version of SOCKS (RFC 1928 §3), which is 4 or 5.
        4 | 5 if at == 0 && base == 0 => Rule::LooksLikeSocks,
        // Version 2 of the PROXY protocol begins with CR LF CR LF NUL (proxy-protocol.txt §2.2).
        0 if at == 0 && base == 4 => Rule::LooksLikeProxyProtocol,
        // RFC 9112 §3 lets recipients take "SP, HTAB, VT (%x0B), FF (%x0C), or bare CR" for the
        // separator, and warns that "lenient parsing can result in request smuggling".
        b'\t' | 0x0b | 0x0c | b'\r' if at > 0 => Rule::RequestLineSpacing,
        _ => Rule::MethodNotToken,
    }
}

/// Whether browsers send a byte as it is after `before` in a target.
#[cold]
fn is_raw(byte: u8, before: &[u8]) -> bool {
    match byte {
        b'{' | b'}' | b'|' | b'^' | b'`' => true,
        b'\\' => before.contains(&b'?'),
        _ => false,
    }
}

#[cold]
const fn bad_target(byte: u8) -> Rule {
    match byte {
        b'\n' => Rule::BareLineFeed,
        b'\r' => Rule::VersionMissing,
        _ => Rule::TargetCharacter,
    }
}

/// RFC 9112 §2.3: `HTTP-version = HTTP-name "/" DIGIT "." DIGIT`, where `HTTP-name` is `HTTP`,
/// case-sensitive. Returns the rule that `byte` breaks as byte `index` of a version, or
/// `None` if it fits.
fn bad_version(byte: u8, index: usize) -> Option<Rule> {
    let fits = match index {
        5 | 7 => byte.is_ascii_digit(),
        _ => byte == VERSION[index],
    };
    match byte {
        _ if fits => None,
        b'\n' => Some(Rule::BareLineFeed),
        b'\r' if index == 0 => Some(Rule::VersionMissing),
        b' ' | b'\t' if index == 0 => Some(Rule::RequestLineSpacing),
        _ => Some(Rule::VersionMalformed),
    }
}

#[cold]
const fn bad_line_end(byte: u8) -> Rule {
    match byte {
        b'\n' => Rule::BareLineFeed,
        b' ' | b'\t' => Rule::RequestLineSpacing,
        _ => Rule::VersionMalformed,
    }
}
