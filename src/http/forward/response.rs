//! The head of a backend's response, for the client.

use bytes::BytesMut;

use super::{
    Author, FieldEdits, Origins,
    hop::{Hop, copy_line},
    origin::Tracked,
};
use crate::http::{
    Framing, ResponseHead,
    encode::{Fields, Persistence},
    head::slice,
};

/// A response that goes back to the client.
#[derive(Debug)]
pub struct ResponseForward<'a> {
    /// The head that arrived.
    pub head: &'a ResponseHead,
    /// The bytes of the head.
    pub bytes: &'a [u8],
    /// The name of this gateway in Via.
    pub pseudonym: &'a str,
    /// The time at which the head arrived, as an IMF-fixdate (RFC 9110 §5.6.7).
    pub date: &'a str,
    /// The framing of the body on the client's connection. `None`: the head announces no body, like that of an
    /// interim response.
    pub framing: Option<Framing>,
    /// Whether the connection to the client goes on.
    pub persistence: Persistence,
    /// Fields that middleware set. They replace the backend's fields with the same name.
    pub set: &'a Fields,
    /// The changes that rules make. `None`: none.
    pub edits: Option<&'a FieldEdits>,
}

impl ResponseForward<'_> {
    /// Appends the head to `out`, and the origin of each byte to `origins`.
    pub fn write(&self, out: &mut BytesMut, origins: Option<&mut Origins>) {
        let (head, bytes, base) = (self.head, self.bytes, self.head.start);
        let to = &mut Tracked { out, origins };
        // RFC 9110 §2.5: an intermediary sends its own version. The status and the reason phrase stay.
        to.write(Author::StartLine, b"HTTP/1.1 ");
        let reason = head.reason.start as usize..head.reason.end as usize;
        // RFC 9112 §4: `status-line = HTTP-version SP status-code SP [ reason-phrase ]`. A backend may leave the
        // second space out.
        let status = b"HTTP/1.1 ".len();
        to.copy(bytes, status..status + 3, base);
        to.write(Author::StartLine, b" ");
        to.copy(bytes, reason, base);
        to.write(Author::StartLine, b"\r\n");
        let hop = Hop::new(&head.fields, bytes);
        let is_interim = head.status.class() == 1;
        let mut has_date = false;
        for field in &head.fields {
            let name = slice(bytes, &field.name);
            let length_stays = self.keeps_length() && name.eq_ignore_ascii_case(b"content-length");
            if (hop.removal(field).is_some() && !length_stays) || self.is_set(name) || self.drops(name) {
                continue;
            }
            has_date |= name.eq_ignore_ascii_case(b"date");
            copy_line(to, bytes, field, base);
        }
        // RFC 9110 §6.6.1: "A recipient with a clock that receives a response message without a Date header field
        // MUST record the time it was received and append a corresponding Date header field".
        if !has_date && !is_interim && !self.date.is_empty() {
            to.line(Author::Date, "Date: ", self.date.as_bytes());
        }
        for (name, value) in self.set.iter() {
            to.parts(Author::Middleware, &[name.as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
        }
        to.edits(self.edits.filter(|_| !is_interim));
        to.via(head.version, self.pseudonym);
        to.framing(self.framing.unwrap_or(Framing::None));
        self.write_connection(to, &hop);
        to.write(Author::Syntax, b"\r\n");
    }

    /// RFC 9110 §8.6: the Content-Length in an answer to HEAD, or in a 304, is that of another response, so it
    /// frames nothing and goes on as it is.
    const fn keeps_length(&self) -> bool {
        matches!(self.framing, Some(Framing::None)) && self.head.status.0 != 204
    }

    /// Whether a rule leaves out what would stand in this field.
    fn drops(&self, name: &[u8]) -> bool {
        self.edits.is_some_and(|edits| edits.drops(name))
    }

    fn is_set(&self, name: &[u8]) -> bool {
        self.set.iter().any(|(set, _)| set.as_bytes().eq_ignore_ascii_case(name))
    }

    fn write_connection(&self, to: &mut Tracked<'_>, hop: &Hop<'_>) {
        if self.head.status.0 == 101 && hop.has_option(b"upgrade") {
            to.upgrade(self.head.values(self.bytes, "upgrade"));
            return;
        }
        // RFC 9110 §15.5.22: a 426 names the protocols that the backend asks for. The request that follows goes through.
        if self.head.status.0 == 426 && hop.has_option(b"upgrade") {
            to.upgrade(self.head.values(self.bytes, "upgrade"));
        }
        match self.persistence {
            _ if self.framing.is_none() => {}
            Persistence::Close => to.write(Author::Connection, b"Connection: close\r\n"),
            Persistence::KeepAlive => to.write(Author::Connection, b"Connection: keep-alive\r\n"),
            Persistence::Keep => {}
        }
    }
}
