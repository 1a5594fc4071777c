//! The framing of a response's body (RFC 9112 §6.3).

use super::ResponseHead;
use crate::http::{
    fault::Fault,
    framing::Framing,
    grammar::{decimal, elements},
    head::{Field, slice},
    method::Method,
    rule::Rule,
};

/// The part of the stream after a response head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// Another head, since this response is interim.
    Head,
    /// A body.
    Body(Framing),
    /// Another protocol: HTTP ends at this point.
    Tunnel,
}

/// Decides what follows `head`, whose bytes are `bytes`, in answer to a request with `method`.
///
/// Contradictory fields are not refused: the function follows the reading that RFC 9112 prescribes for
/// clients, because the bytes are already stored and must be shown.
pub(super) fn follows(head: &ResponseHead, bytes: &[u8], method: Method) -> Result<Follows, Fault> {
    let status = head.status;
    // RFC 9110 §15.2.2: after 101 the connection speaks another protocol.
    // Rule 2: "Any 2xx (Successful) response to a CONNECT request implies that the connection will
    // become a tunnel immediately after the empty line".
    if status.opens_tunnel(method == Method::Connect) {
        return Ok(Follows::Tunnel);
    }
    // RFC 9110 §15.2: a 1xx response is interim.
    if status.class() == 1 {
        return Ok(Follows::Head);
    }
    // Rule 1: "Any response to a HEAD request and any response with a 1xx (Informational), 204 (No
    // Content), or 304 (Not Modified) status code is always terminated by the first empty line".
    if method == Method::Head || status.forbids_content() {
        return Ok(Follows::Body(Framing::None));
    }
    // Rules 3 and 4: Transfer-Encoding overrides Content-Length; "If a Transfer-Encoding header
    // field is present in a response and the chunked transfer coding is not the final encoding, the
    // message body length is determined by reading the connection until it is closed".
    // RFC 2616 §3.6 had a coding `identity`, which means none and which some servers still name.
    let mut codings = named(head, bytes, b"transfer-encoding")
        .flat_map(|field| elements(slice(bytes, &field.value)))
        .filter(|coding| !coding.eq_ignore_ascii_case(b"identity"));
    if let Some(first) = codings.next() {
        let chunked = codings.last().unwrap_or(first).eq_ignore_ascii_case(b"chunked");
        return Ok(Follows::Body(if chunked { Framing::Chunked } else { Framing::UntilClose }));
    }
    // Rules 5 and 6: one length, or several equal ones.
    let mut length = None;
    for field in named(head, bytes, b"content-length") {
        for digits in elements(slice(bytes, &field.value)) {
            let this = decimal(digits).map_err(|rule| whole(rule, field))?;
            if length.is_some_and(|length| length != this) {
                return Err(whole(Rule::LengthRepeated, field));
            }
            length = Some(this);
        }
    }
    // Rule 8: "this is a response message without a declared message body length".
    Ok(Follows::Body(length.map_or(Framing::UntilClose, Framing::Length)))
}

/// Refuses framing that two readers could read differently, whatever the method and the status say of the body: the
/// fields may go on to a reader that sees them otherwise.
pub(super) fn check(head: &ResponseHead, bytes: &[u8]) -> Result<(), Fault> {
    let mut codings = named(head, bytes, b"transfer-encoding");
    let mut lengths = named(head, bytes, b"content-length");
    if let Some(field) = codings.next() {
        let is_chunked = |field: &Field| slice(bytes, &field.value).eq_ignore_ascii_case(b"chunked");
        return Err(match (codings.next(), lengths.next()) {
            // RFC 9112 §6.1: a recipient "MUST treat the message as if the framing is faulty".
            _ if head.version.minor == 0 => whole(Rule::CodingBeforeHttp11, field),
            (_, Some(length)) => whole(Rule::LengthAndChunked, length),
            (Some(second), None) => whole(Rule::CodingMalformed, second),
            (None, None) if is_chunked(field) => return Ok(()),
            (None, None) => match elements(slice(bytes, &field.value)).last() {
                Some(last) if last.eq_ignore_ascii_case(b"chunked") => {
                    whole(Rule::CodingNotImplemented, field)
                }
                _ => whole(Rule::CodingMalformed, field),
            },
        });
    }
    let first = lengths.next().map(|field| (field, slice(bytes, &field.value)));
    let Some((field, digits)) = first else { return Ok(()) };
    decimal(digits).map_err(|rule| whole(rule, field))?;
    lengths.next().map_or(Ok(()), |field| Err(whole(Rule::LengthRepeated, field)))
}

/// The field lines called `name`. ASCII case is ignored.
fn named<'a>(head: &'a ResponseHead, bytes: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = &'a Field> {
    head.fields.iter().filter(move |field| slice(bytes, &field.name).eq_ignore_ascii_case(name))
}

/// A fault that spans a field line, from its name to the end of its value.
fn whole(rule: Rule, field: &Field) -> Fault {
    Fault::part(rule, &(field.name.start..field.value.end.max(field.name.end)))
}
