//! What a complete head means: whose it is, how its body ends, whether the connection goes on.

use crate::http::{
    fault::Fault,
    framing::Framing,
    grammar::{decimal, elements, is_token, trim},
    head::{Field, Head, slice},
    host,
    method::Method,
    rule::Rule,
    span::{Remark, Sink},
};

use super::Limits;

/// Which of the fields that decide something have been seen. Noted line by line, so that nobody
/// has to look for them again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Noted {
    host: Lines,
    length: Lines,
    coding: Lines,
    expect: Lines,
    connection: Lines,
}

/// The field lines of one name: the indices of the first and of the second.
#[derive(Clone, Copy, Debug, Default)]
struct Lines {
    first: Option<u32>,
    second: Option<u32>,
}

impl Lines {
    fn note(&mut self, index: usize) {
        let index = u32::try_from(index).ok();
        if self.first.is_none() {
            self.first = index;
        } else if self.second.is_none() {
            self.second = index;
        }
    }

    const fn any(self) -> bool {
        self.first.is_some()
    }
}

impl Noted {
    /// Field line number `index` has this name.
    #[inline]
    pub(super) fn note(&mut self, name: &[u8], index: usize) {
        let (lines, wanted): (_, &[u8]) = match name.len() {
            4 => (&mut self.host, b"host"),
            6 => (&mut self.expect, b"expect"),
            10 => (&mut self.connection, b"connection"),
            14 => (&mut self.length, b"content-length"),
            17 => (&mut self.coding, b"transfer-encoding"),
            _ => return,
        };
        if name.eq_ignore_ascii_case(wanted) {
            lines.note(index);
        }
    }

    /// Decides everything about `head`, whose bytes are `bytes`.
    pub(super) fn decide<S: Sink>(
        self,
        head: &mut Head,
        bytes: &[u8],
        limits: &Limits,
        sink: &mut S,
    ) -> Result<(), Fault> {
        self.host(head, bytes, sink)?;
        head.framing = self.framing(head, bytes, limits)?;
        head.expects_continue = self.expectation(head, bytes)?;
        head.keep_alive = self.persistence(head, bytes);
        Ok(())
    }

    /// RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
    /// request message that lacks a Host header field and to any request message that contains more
    /// than one Host header field line or a Host header field with an invalid field value."
    fn host<S: Sink>(self, head: &mut Head, bytes: &[u8], sink: &mut S) -> Result<(), Fault> {
        if let Some(second) = line(head, self.host.second) {
            return Err(whole(Rule::HostRepeated, second));
        }
        let Some(host) = line(head, self.host.first) else {
            if head.version.minor == 0 {
                return Ok(());
            }
            // What is missing is missing before the empty line.
            let end = bytes.len() - 2;
            return Err(Fault::token(Rule::HostMissing, end..end));
        };
        if host::authority(slice(bytes, &host.value)).is_none() {
            return Err(value(Rule::HostMalformed, host));
        }
        let range = host.value.clone();
        if head.authority.is_none() {
            head.authority = Some(range);
        } else if head.method != Method::Connect {
            // RFC 9112 §3.2.2: "When an origin server receives a request with an absolute-form of
            // request-target, the origin server MUST ignore the received Host header field (if any)
            // and instead use the host information of the request-target."
            let range = head.start + u64::from(range.start)..head.start + u64::from(range.end);
            sink.remark(Remark::TargetOverridesHost, range);
        }
        Ok(())
    }
    /// RFC 9112 §6.3, for requests.
    fn framing(self, head: &Head, bytes: &[u8], limits: &Limits) -> Result<Framing, Fault> {
        let length = line(head, self.length.first);
        if let Some(coding) = line(head, self.coding.first) {
            // "A server MAY reject a request that contains both Content-Length and
            // Transfer-Encoding" (§6.1): this one does, as the two disagree on where it ends.
            if let Some(length) = length {
                let later = if length.name.start > coding.name.start { length } else { coding };
                return Err(whole(Rule::LengthAndChunked, later));
            }
            return transfer_coding(head, bytes);
        }
        let Some(length) = length else { return Ok(Framing::None) };
        // RFC 9110 §8.6: a repeated length MAY be taken for one if all are the same, or rejected.
        if let Some(second) = line(head, self.length.second) {
            return Err(whole(Rule::LengthRepeated, second));
        }
        let digits = slice(bytes, &length.value);
        match decimal(digits) {
            Err(rule) => Err(value(rule, length)),
            Ok(len) if len > limits.body_bytes => Err(value(Rule::BodyTooLarge, length)),
            Ok(len) => Ok(Framing::Length(len)),
        }
    }

    /// RFC 9110 §10.1.1: "A server that receives an Expect field value containing a member other
    /// than 100-continue MAY respond with a 417". "A server that receives a 100-continue
    /// expectation in an HTTP/1.0 request MUST ignore that expectation."
    fn expectation(self, head: &Head, bytes: &[u8]) -> Result<bool, Fault> {
        if !self.expect.any() || head.version.minor == 0 {
            return Ok(false);
        }
        let mut expected = false;
        for field in named(head, bytes, b"expect") {
            for member in elements(slice(bytes, &field.value)).filter(|member| !member.is_empty()) {
                if !member.eq_ignore_ascii_case(b"100-continue") {
                    return Err(value(Rule::ExpectationUnknown, field));
                }
                expected = true;
            }
        }
        Ok(expected)
    }

    /// RFC 9112 §9.3: `close` ends the connection; else HTTP/1.1 goes on; else HTTP/1.0 goes on
    /// with `keep-alive`; else it ends.
    fn persistence(self, head: &Head, bytes: &[u8]) -> bool {
        let (mut close, mut keep_alive) = (false, false);
        if self.connection.any() {
            let options =
                named(head, bytes, b"connection").flat_map(|field| elements(slice(bytes, &field.value)));
            for option in options {
                close |= option.eq_ignore_ascii_case(b"close");
                keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            }
        }
        !close && (head.version.minor > 0 || keep_alive)
    }
}

/// RFC 9112 §6.1. What remains after all refusals is one `chunked`, in any case of letters.
fn transfer_coding(head: &Head, bytes: &[u8]) -> Result<Framing, Fault> {
    let (mut codings, mut chunked, mut last) = (0_u32, 0_u32, None);
    for field in named(head, bytes, b"transfer-encoding") {
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
        Some((field, is_chunked)) if chunked > 1 || !is_chunked => Err(value(Rule::CodingMalformed, field)),
        // "A server that receives a request message with a transfer coding it does not
        // understand SHOULD respond with 501 (Not Implemented)."
        Some((field, _)) if codings > 1 => Err(value(Rule::CodingNotImplemented, field)),
        _ => Ok(Framing::Chunked),
    }
}

fn line(head: &Head, index: Option<u32>) -> Option<&Field> {
    head.fields.get(index? as usize)
}

/// The lines of one name, which is given in small letters.
fn named<'a>(head: &'a Head, bytes: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = &'a Field> {
    head.fields.iter().filter(move |field| slice(bytes, &field.name).eq_ignore_ascii_case(name))
}

/// The value of `field` is at fault; where it is empty: its name.
fn value(rule: Rule, field: &Field) -> Fault {
    Fault::of(rule, if field.value.is_empty() { &field.name } else { &field.value })
}

/// The line of `field` is at fault, from its name to the end of its value.
fn whole(rule: Rule, field: &Field) -> Fault {
    Fault::of(rule, &(field.name.start..field.value.end.max(field.name.end)))
}
