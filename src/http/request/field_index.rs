//! Finds the fields that decide about a request, and decides: its host, how its body ends, whether the
//! connection persists.

use crate::http::{
    fault::{Fault, index32},
    framing::Framing,
    grammar::{decimal, elements, is_token, trim},
    head::{Field, Head, slice},
    host,
    leniency::{Leniencies, Leniency},
    limits::Limits,
    method::Method,
    rule::Rule,
    span::{Note, SpanKind},
};
use crate::wire::Sink;

const HOST: &[u8] = b"host";
const EXPECT: &[u8] = b"expect";
const CONNECTION: &[u8] = b"connection";
const CONTENT_LENGTH: &[u8] = b"content-length";
const TRANSFER_ENCODING: &[u8] = b"transfer-encoding";

/// The places of the deciding fields, collected line by line while the head is read, so that no search for
/// them is needed afterwards.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FieldIndex {
    host: Lines,
    length: Lines,
    coding: Lines,
    expect: Lines,
    connection: Lines,
}

/// The field lines of one name, as indices into [`Head::fields`].
#[derive(Clone, Copy, Debug, Default)]
struct Lines {
    count: u32,
    first: u32,
    last: u32,
}

impl Lines {
    /// The field lines, all of which are called `name`.
    fn named<'a>(self, head: &'a Head, bytes: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = &'a Field> {
        let end = if self.count == 0 { 0 } else { self.last as usize + 1 };
        let lines = head.fields.get(self.first as usize..end).unwrap_or_default();
        // Where there is one, it is all there is between the first and the last.
        let only = self.count == 1;
        lines.iter().filter(move |field| only || slice(bytes, &field.name).eq_ignore_ascii_case(name))
    }
}

impl FieldIndex {
    /// Adds field line number `index`, which has this name.
    #[inline]
    pub(super) fn add(&mut self, name: &[u8], index: usize) {
        /// One bit for each length that such a name has.
        const LENGTHS: u32 = 1 << HOST.len()
            | 1 << EXPECT.len()
            | 1 << CONNECTION.len()
            | 1 << CONTENT_LENGTH.len()
            | 1 << TRANSFER_ENCODING.len();
        if name.len() < 32 && LENGTHS >> name.len() & 1 != 0 {
            self.add_candidate(name, index);
        }
    }

    /// Adds the line if its name, whose length is that of a deciding field, is such a name.
    fn add_candidate(&mut self, name: &[u8], index: usize) {
        let (lines, is_wanted) = match name.len() {
            4 => (&mut self.host, is_name(name, HOST)),
            6 => (&mut self.expect, is_name(name, EXPECT)),
            10 => (&mut self.connection, is_name(name, CONNECTION)),
            14 => (&mut self.length, is_name(name, CONTENT_LENGTH)),
            17 => (&mut self.coding, is_name(name, TRANSFER_ENCODING)),
            _ => return,
        };
        if is_wanted {
            lines.last = index32(index);
            if lines.count == 0 {
                lines.first = lines.last;
            }
            lines.count += 1;
        }
    }

    /// Decides everything about `head`, whose bytes are `bytes`.
    pub(super) fn decide<S: Sink<SpanKind>>(
        &self,
        head: &mut Head,
        bytes: &[u8],
        limits: &Limits,
        sink: &mut S,
    ) -> Result<(), Fault> {
        self.host(head, bytes, limits.leniencies, sink)?;
        head.framing = self.framing(head, bytes, limits, sink)?;
        head.expects_continue = self.expectation(head, bytes, limits.leniencies, sink)?;
        head.keep_alive = self.persistence(head, bytes);
        Ok(())
    }

    /// RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
    /// request message that lacks a Host header field and to any request message that contains more
    /// than one Host header field line or a Host header field with an invalid field value."
    fn host<S: Sink<SpanKind>>(
        &self,
        head: &mut Head,
        bytes: &[u8],
        leniencies: Leniencies,
        sink: &mut S,
    ) -> Result<(), Fault> {
        if self.host.count > 1
            && let Some(second) = self.host.named(head, bytes, HOST).nth(1)
        {
            return tolerate(Leniency::Host, whole(Rule::HostRepeated, second), head, leniencies, sink);
        }
        let first = if self.host.count == 0 { None } else { head.fields.get(self.host.first as usize) };
        let Some(host) = first else {
            if head.version.minor == 0 {
                return Ok(());
            }
            // What is missing is missing before the empty line.
            let end = bytes.len() - if bytes.ends_with(b"\r\n") { 2 } else { 1 };
            let fault = Fault::token(Rule::HostMissing, end..end);
            return tolerate(Leniency::HostMissing, fault, head, leniencies, sink);
        };
        if host::authority_within(bytes, &host.value).is_none() {
            return tolerate(Leniency::Host, value(Rule::HostMalformed, host), head, leniencies, sink);
        }
        let range = host.value.clone();
        if head.authority.is_none() {
            head.authority = Some(range);
        } else if head.method != Method::Connect {
            // RFC 9112 §3.2.2: "When an origin server receives a request with an absolute-form of
            // request-target, the origin server MUST ignore the received Host header field (if any)
            // and instead use the host information of the request-target."
            sink.note(Note::TargetOverridesHost, head.placed(&range));
        }
        Ok(())
    }

    /// RFC 9112 §6.3, for requests.
    fn framing<S: Sink<SpanKind>>(
        &self,
        head: &Head,
        bytes: &[u8],
        limits: &Limits,
        sink: &mut S,
    ) -> Result<Framing, Fault> {
        if self.length.count == 0 && self.coding.count == 0 {
            return Ok(Framing::None);
        }
        let mut lengths = self.length.named(head, bytes, CONTENT_LENGTH);
        let length = lengths.next();
        if let Some(coding) = self.coding.named(head, bytes, TRANSFER_ENCODING).next() {
            // "A server MAY reject a request that contains both Content-Length and
            // Transfer-Encoding" (§6.1): this one does, as the two disagree on where it ends.
            if let Some(length) = length {
                let later = if length.name.start > coding.name.start { length } else { coding };
                let fault = whole(Rule::LengthAndChunked, later);
                tolerate(Leniency::Framing, fault, head, limits.leniencies, sink)?;
            }
            return self.transfer_coding(head, bytes);
        }
        let Some(length) = length else { return Ok(Framing::None) };
        // RFC 9110 §8.6: a repeated length MAY be taken for one if all are the same, or rejected.
        if let Some(second) = lengths.next() {
            return Err(whole(Rule::LengthRepeated, second));
        }
        let digits = slice(bytes, &length.value);
        match decimal(digits) {
            Err(rule) => Err(value(rule, length)),
            Ok(len) if len > limits.body_bytes => Err(value(Rule::BodyTooLarge, length)),
            Ok(len) => Ok(Framing::Length(len)),
        }
    }

    /// RFC 9112 §6.1. What remains after all refusals is one `chunked`, in any case of letters.
    fn transfer_coding(&self, head: &Head, bytes: &[u8]) -> Result<Framing, Fault> {
        let (mut codings, mut chunked, mut last) = (0_u32, 0_u32, None);
        for field in self.coding.named(head, bytes, TRANSFER_ENCODING) {
            // "A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding
            // header field MUST treat the message as if the framing is faulty".
            if head.version.minor == 0 {
                return Err(whole(Rule::CodingBeforeHttp11, field));
            }
            for coding in elements(slice(bytes, &field.value)) {
                let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
                let name = trim(coding.split(|&byte| byte == b';').next().unwrap_or_default());
                if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
                    return Err(value(Rule::CodingMalformed, field));
                }
                codings += 1;
                chunked += u32::from(is_chunked);
                last = Some((field, is_chunked));
            }
        }
        match last {
            // "A sender MUST NOT apply the chunked transfer coding more than once to a message
            // body". §6.3: where chunked is not the last coding, "the server MUST respond with the
            // 400 (Bad Request) status code and then close the connection".
            Some((field, is_chunked)) if chunked > 1 || !is_chunked => {
                Err(value(Rule::CodingMalformed, field))
            }
            // "A server that receives a request message with a transfer coding it does not
            // understand SHOULD respond with 501 (Not Implemented)."
            Some((field, _)) if codings > 1 => Err(value(Rule::CodingNotImplemented, field)),
            _ => Ok(Framing::Chunked),
        }
    }

    /// RFC 9110 §10.1.1: "A server that receives an Expect field value containing a member other
    /// than 100-continue MAY respond with a 417". "A server that receives a 100-continue
    /// expectation in an HTTP/1.0 request MUST ignore that expectation."
    fn expectation<S: Sink<SpanKind>>(
        &self,
        head: &Head,
        bytes: &[u8],
        leniencies: Leniencies,
        sink: &mut S,
    ) -> Result<bool, Fault> {
        if self.expect.count == 0 || head.version.minor == 0 {
            return Ok(false);
        }
        let mut expected = false;
        for field in self.expect.named(head, bytes, EXPECT) {
            for member in elements(slice(bytes, &field.value)).filter(|member| !member.is_empty()) {
                if !member.eq_ignore_ascii_case(b"100-continue") {
                    let fault = value(Rule::ExpectationUnknown, field);
                    tolerate(Leniency::Expectation, fault, head, leniencies, sink)?;
                    continue;
                }
                expected = true;
            }
        }
        Ok(expected)
    }

    /// RFC 9112 §9.3: `close` ends the connection; else HTTP/1.1 goes on; else HTTP/1.0 goes on
    /// with `keep-alive`; else it ends.
    fn persistence(&self, head: &Head, bytes: &[u8]) -> bool {
        let (mut close, mut keep_alive) = (false, false);
        if self.connection.count == 0 {
            return head.version.minor > 0;
        }
        for field in self.connection.named(head, bytes, CONNECTION) {
            if is_name(slice(bytes, &field.value), b"keep-alive") {
                keep_alive = true;
                continue;
            }
            for option in elements(slice(bytes, &field.value)) {
                close |= option.eq_ignore_ascii_case(b"close");
                keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            }
        }
        !close && (head.version.minor > 0 || keep_alive)
    }
}

/// Whether `text`, without regard to the case of letters, is `wanted`, which has lower-case letters and
/// hyphens. For text without control characters: a letter differs from its other case in one bit, and
/// what differs from a hyphen in that bit is CR.
#[inline]
fn is_name(text: &[u8], wanted: &[u8]) -> bool {
    text.len() == wanted.len()
        && match text.len() {
            4..8 => ends_alike::<4>(text, wanted),
            8..=16 => ends_alike::<8>(text, wanted),
            _ => text.eq_ignore_ascii_case(wanted),
        }
}

/// Whether the first `N` bytes and the last are the same without regard to the case of letters: of texts of up to twice
/// as many bytes these two are all.
#[inline]
fn ends_alike<const N: usize>(text: &[u8], wanted: &[u8]) -> bool {
    let lower = |chunk: &[u8; N]| chunk.map(|byte| byte | 0x20);
    match (text.first_chunk(), text.last_chunk(), wanted.first_chunk(), wanted.last_chunk()) {
        (Some(first), Some(last), Some(wanted_first), Some(wanted_last)) => {
            lower(first) == lower(wanted_first) && lower(last) == lower(wanted_last)
        }
        _ => false,
    }
}

/// Reads over a fault in `head` if the leniency is given, and reports it.
#[cold]
fn tolerate<S: Sink<SpanKind>>(
    leniency: Leniency,
    fault: Fault,
    head: &Head,
    leniencies: Leniencies,
    sink: &mut S,
) -> Result<(), Fault> {
    if !leniencies.has(leniency) {
        return Err(fault);
    }
    sink.note(Note::Tolerated(leniency), fault.into_violation(head.start).span);
    Ok(())
}

/// A fault in the value of `field`, or in its name if the value is empty.
fn value(rule: Rule, field: &Field) -> Fault {
    Fault::part(rule, if field.value.is_empty() { &field.name } else { &field.value })
}

/// A fault in the line of `field`, from its name to the end of its value.
fn whole(rule: Rule, field: &Field) -> Fault {
    Fault::part(rule, &(field.name.start..field.value.end.max(field.name.end)))
}

#[cfg(test)]
mod tests {
    use crate::{
        http::{Limits, RequestMachine},
        wire::{Event, Machine, Silent},
    };

    fn keeps_alive(version: &str, lines: &str) -> Option<bool> {
        let limits = Limits { target_bytes: 10, head_bytes: 1000, body_bytes: 0, ..Limits::UNLIMITED };
        let mut machine = RequestMachine::new(limits);
        let bytes = format!("GET / {version}\r\nHost: a\r\n{lines}\r\n");
        let step = machine.advance(bytes.as_bytes(), &mut Silent);
        step.is_ok_and(|step| step.event == Event::Head).then(|| machine.head().keep_alive)
    }

    #[test]
    fn close_wins_over_keep_alive_and_that_over_the_version() {
        let cases = [
            ("", true, false),
            ("Connection: close\r\n", false, false),
            ("Connection: keep-alive\r\n", true, true),
            ("connection: a, KEEP-ALIVE ,b\r\n", true, true),
            ("Connection: keep-alive\r\nX: y\r\nConnection: x,Close\r\n", false, false),
            ("Connection: closed\r\nX: close\r\n", true, false),
            ("Connection: ,\r\n", true, false),
            ("Xonnection: close\r\n", true, false),
        ];
        for (lines, later, first) in cases {
            assert_eq!(keeps_alive("HTTP/1.1", lines), Some(later), "{lines}");
            assert_eq!(keeps_alive("HTTP/1.0", lines), Some(first), "{lines}");
        }
    }
}
