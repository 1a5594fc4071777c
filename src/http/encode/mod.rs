//! Writes responses: heads and chunk framing, into buffers that the caller keeps and reuses.

mod fields;

use std::net::Ipv4Addr;

use bytes::BufMut;

pub use fields::{Fields, SinceMark};

use super::{framing::Framing, status::Status};

/// Whether the connection goes on after a response, and how the head says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// The connection ends: `Connection: close` (RFC 9112 §9.6).
    Close,
    /// The connection goes on, which an HTTP/1.1 client assumes: nothing is written.
    Keep,
    /// The connection goes on, and an HTTP/1.0 client asked for that: `Connection: keep-alive`
    /// (RFC 9112 §C.2.2).
    KeepAlive,
}

/// Room for a head: enough for most.
const USUAL_HEAD: usize = 512;

/// The line end after the data of a chunk.
pub const CHUNK_END: &[u8] = b"\r\n";

/// The chunk of size 0 and an empty trailer section: the end of a chunked body.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The interim response that asks for the body (RFC 9110 §15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Appends a whole response head to `out`: status line, Date, `fields`, the fields that frame the
/// body, Connection, and the empty line.
///
/// `date` is the time as an IMF-fixdate (RFC 9110 §5.6.7); empty: no Date, as a server without a
/// clock has it. For a response to HEAD, `framing` is that of the response to GET.
///
/// Date, Connection, Content-Length and Transfer-Encoding in `fields` are left out: framing has one
/// source, so that a head cannot contradict the body that follows it.
pub fn head<B: BufMut>(
    out: &mut B,
    status: Status,
    fields: &Fields,
    framing: Framing,
    persistence: Persistence,
    date: &str,
) {
    // RFC 9110 §6.2: a server answers with the highest minor version to which it conforms.
    let mut head = Vec::with_capacity(USUAL_HEAD);
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(&status_digits(status));
    head.extend_from_slice(b" ");
    head.extend_from_slice(status.reason().as_bytes());
    head.extend_from_slice(b"\r\n");
    if !date.is_empty() {
        line(&mut head, b"Date", date.as_bytes());
    }
    for (name, value) in fields.iter().filter(|(name, _)| !is_own(name)) {
        line(&mut head, name.as_bytes(), value.as_bytes());
    }
    // RFC 9112 §6.1: "A server MUST NOT send a Transfer-Encoding header field in any response with
    // a status code of 1xx (Informational) or 204 (No Content)."
    // RFC 9110 §8.6: the same for Content-Length.
    let unframed = status.class() == 1 || status.0 == 204;
    match framing {
        Framing::Length(len) if !unframed => line(&mut head, b"Content-Length", Decimal::new(len).digits()),
        Framing::Chunked if !unframed => line(&mut head, b"Transfer-Encoding", b"chunked"),
        _ => {}
    }
    // RFC 9110 §7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option in the
    // Connection header field".
    let upgrades = fields.value("Upgrade").is_some();
    let options: &[u8] = match persistence {
        Persistence::Close if upgrades => b"close, upgrade",
        Persistence::Close => b"close",
        Persistence::KeepAlive if upgrades => b"keep-alive, upgrade",
        Persistence::KeepAlive => b"keep-alive",
        Persistence::Keep if upgrades => b"upgrade",
        Persistence::Keep => b"",
    };
    if !options.is_empty() {
        line(&mut head, b"Connection", options);
    }
    head.extend_from_slice(b"\r\n");
    out.put_slice(&head);
}

/// Appends the size line of a chunk of `len` bytes. The data and [`CHUNK_END`] follow. For `len` 0 nothing is written: a chunk of size 0 would end the body.
pub fn chunk_head<B: BufMut>(out: &mut B, len: usize) {
    if len == 0 {
        return;
    }
    let mut digits = [0; 16];
    let mut start = digits.len();
    let mut rest = len;
    while rest > 0 {
        start -= 1;
        digits[start] = b"0123456789abcdef"[rest % 16];
        rest /= 16;
    }
    out.put_slice(&digits[start..]);
    out.put_slice(b"\r\n");
}

fn line(head: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    head.extend_from_slice(name);
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}

/// Whether the head writes this field itself.
fn is_own(name: &str) -> bool {
    let own = match name.len() {
        4 => "Date",
        10 => "Connection",
        14 => "Content-Length",
        17 => "Transfer-Encoding",
        _ => return false,
    };
    name.eq_ignore_ascii_case(own)
}

fn status_digits(status: Status) -> [u8; 3] {
    // The remainder is below 10, so it fits.
    [100, 10, 1].map(|place| b'0' + (status.0 / place % 10) as u8)
}

/// An IPv4 address in its usual form, without an allocation.
pub(super) struct Dotted {
    text: [u8; 15],
    len: usize,
}

impl Dotted {
    pub(super) fn new(address: Ipv4Addr) -> Self {
        let mut made = Self { text: [0; 15], len: 0 };
        for (index, octet) in address.octets().into_iter().enumerate() {
            if index > 0 {
                made.push(b'.');
            }
            if octet >= 100 {
                made.push(b'0' + octet / 100);
            }
            if octet >= 10 {
                made.push(b'0' + octet / 10 % 10);
            }
            made.push(b'0' + octet % 10);
        }
        made
    }

    const fn push(&mut self, byte: u8) {
        self.text[self.len] = byte;
        self.len += 1;
    }

    pub(super) fn digits(&self) -> &[u8] {
        &self.text[..self.len]
    }
}

/// A number in decimal, without an allocation.
pub(super) struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    pub(super) fn new(number: u64) -> Self {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            // The remainder is below 10, so it fits.
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                return Self { digits, start };
            }
        }
    }

    pub(super) fn digits(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn written(status: u16, fields: &Fields, framing: Framing, persistence: Persistence) -> String {
        let mut out = Vec::new();
        head(&mut out, Status(status), fields, framing, persistence, DATE);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn an_upgrade_is_a_connection_option_too() {
        let mut fields = Fields::default();
        fields.append("Upgrade", "websocket");
        for (persistence, options) in [
            (Persistence::Keep, "upgrade"),
            (Persistence::KeepAlive, "keep-alive, upgrade"),
            (Persistence::Close, "close, upgrade"),
        ] {
            let head = written(426, &fields, Framing::Length(0), persistence);
            assert!(head.ends_with(&format!("\r\nConnection: {options}\r\n\r\n")), "{head}");
        }
    }

    #[test]
    fn a_head_has_date_fields_framing_and_connection_in_this_order() {
        let mut fields = Fields::new();
        fields.append("Content-Type", "text/plain");
        assert_eq!(
            written(200, &fields, Framing::Length(0), Persistence::Close),
            format!(
                "HTTP/1.1 200 OK\r\nDate: {DATE}\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        );
        assert_eq!(
            written(200, &fields, Framing::Chunked, Persistence::KeepAlive),
            format!(
                "HTTP/1.1 200 OK\r\nDate: {DATE}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
            )
        );
    }

    #[test]
    fn what_has_no_content_has_no_framing_fields() {
        for status in [100, 103, 204] {
            for framing in [Framing::None, Framing::Length(5), Framing::Chunked, Framing::UntilClose] {
                let text = written(status, &Fields::new(), framing, Persistence::Keep);
                assert_eq!(text.lines().count(), 3, "{text}");
            }
        }
    }

    #[test]
    fn a_304_may_say_the_length_of_what_it_does_not_send() {
        let text = written(304, &Fields::new(), Framing::Length(26), Persistence::Keep);
        assert!(text.contains("\r\nContent-Length: 26\r\n"), "{text}");
        let text = written(304, &Fields::new(), Framing::None, Persistence::Keep);
        assert!(!text.contains("Content-Length"), "{text}");
    }

    #[test]
    fn framing_has_one_source() {
        let mut fields = Fields::new();
        for name in ["content-length", "TRANSFER-ENCODING", "connection", "date"] {
            fields.append(name, "1");
        }
        assert_eq!(
            written(200, &fields, Framing::Length(u64::MAX), Persistence::Keep),
            format!("HTTP/1.1 200 OK\r\nDate: {DATE}\r\nContent-Length: 18446744073709551615\r\n\r\n")
        );
    }

    #[test]
    fn a_chunk_head_is_its_size_in_hexadecimal() {
        let mut out = Vec::new();
        for len in [0, 1, 16, 0xabc_def] {
            chunk_head(&mut out, len);
        }
        assert_eq!(out, b"1\r\n10\r\nabcdef\r\n");
    }
}
