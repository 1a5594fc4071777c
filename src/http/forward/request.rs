//! The head of a request, for a backend.

use std::{net::IpAddr, ops::Range};

use bytes::BytesMut;

use super::{
    Author, FieldEdits, Origins, Removal,
    hop::{Hop, copy_line, has_prefix, replacement},
    origin::Tracked,
};
use crate::http::{
    Framing, Head, Method,
    encode::Dotted,
    grammar::{decimal, elements},
    head::slice,
};

/// The target that the backend is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The replacement of the prefix; may be empty.
    pub written: Box<str>,
    /// The range of the head that is copied behind `written`.
    pub copied: Range<u32>,
}

/// The Host that the backend is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardedHost<'a> {
    /// The Host that the client sent, or the authority of a target in absolute-form.
    Kept,
    /// The backend's own authority: `127.0.0.1:3000`.
    Rewritten(&'a str),
}

/// The fields that tell the backend who the client is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardedFields {
    /// X-Forwarded-For, -Host and -Proto.
    #[default]
    XForwarded,
    /// Forwarded (RFC 7239).
    Forwarded,
    /// The backend is not told.
    None,
}

impl ForwardedFields {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::XForwarded, Self::Forwarded, Self::None];

    /// The name of the choice in the window.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::XForwarded => "X-Forwarded-For",
            Self::Forwarded => "Forwarded",
            Self::None => "no field",
        }
    }
}

/// A request that goes on to a backend.
#[derive(Debug)]
pub struct RequestForward<'a> {
    /// The head that arrived.
    pub head: &'a Head,
    /// The bytes of the head.
    pub bytes: &'a [u8],
    /// The target for the backend.
    pub target: &'a Target,
    /// The Host for the backend.
    pub host: ForwardedHost<'a>,
    /// The name of this gateway in Via.
    pub pseudonym: &'a str,
    /// The fields that tell the backend who the client is.
    pub forwarded: ForwardedFields,
    /// The client's address.
    pub client: IpAddr,
    /// Whether the credentials are for this server, so that they are not passed on.
    pub takes_authorization: bool,
    /// The changes that rules make. `None`: none.
    pub edits: Option<&'a FieldEdits>,
    /// The framing of the content that the head announces.
    pub framing: Framing,
}

/// Whether a Via field names `pseudonym`, so that the message has been here before (RFC 9110 §7.6.3).
#[must_use]
pub fn has_passed(head: &Head, bytes: &[u8], pseudonym: &str) -> bool {
    head.values(bytes, "via").flat_map(|value| value.split(|byte| *byte == b',')).any(|entry| {
        let mut words = entry.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.nth(1).is_some_and(|by| by.eq_ignore_ascii_case(pseudonym.as_bytes()))
    })
}

impl RequestForward<'_> {
    /// Whether the request asks for another protocol and says so in Connection (RFC 9110 §7.8). HTTP/2 is not asked
    /// for: its requests would pass all checks unseen.
    #[must_use]
    pub fn upgrades(&self) -> bool {
        self.upgrades_by(&Hop::new(&self.head.fields, self.bytes))
    }

    fn upgrades_by(&self, hop: &Hop<'_>) -> bool {
        let is_http2 = |protocol: &[u8]| has_prefix(protocol, b"h2c") || has_prefix(protocol, b"http/");
        let mut protocols = self.head.values(self.bytes, "upgrade").flat_map(elements).peekable();
        self.head.version.minor > 0
            && protocols.peek().is_some()
            && !protocols.any(is_http2)
            && hop.has_option(b"upgrade")
    }

    /// Appends the head to `out`, and the origin of each byte to `origins`.
    pub fn write(&self, out: &mut BytesMut, origins: Option<&mut Origins>) {
        let (head, bytes, base) = (self.head, self.bytes, self.head.start);
        let to = &mut Tracked { out, origins };
        let copied = |range: &Range<u32>| range.start as usize..range.end as usize;
        to.copy(bytes, copied(&head.method_range), base);
        to.write(Author::StartLine, b" ");
        to.write(Author::Target, self.target.written.as_bytes());
        to.copy(bytes, copied(&self.target.copied), base);
        // RFC 9110 §2.5: an intermediary sends its own version. It does not pass on the one that it received.
        to.write(Author::StartLine, b" HTTP/1.1\r\n");
        self.write_host(to);
        let hop = Hop::new(&head.fields, bytes);
        for field in &head.fields {
            let name = slice(bytes, &field.name);
            if hop.removal(field).is_some() || self.is_replaced(name) || self.drops(name) {
                continue;
            }
            // RFC 9110 §10.1.1: in an HTTP/1.0 request the expectation is ignored; in what leaves it would count.
            if head.version.minor == 0 && name.eq_ignore_ascii_case(b"expect") {
                continue;
            }
            if name.eq_ignore_ascii_case(b"max-forwards") && self.counts_forwards() {
                let left = decimal(slice(bytes, &field.value)).unwrap_or(1).saturating_sub(1);
                to.line(Author::MaxForwards, "Max-Forwards: ", left.to_string().as_bytes());
                continue;
            }
            copy_line(to, bytes, field, base);
        }
        to.via(head.version, self.pseudonym);
        self.write_client(to);
        to.edits(self.edits);
        to.framing(self.framing);
        let upgrades = self.upgrades_by(&hop);
        // Connection is one line, which many backends read alone. Who changes the protocol needs no trailers.
        if self.takes_trailers(&hop) && !upgrades {
            to.write(Author::Connection, b"TE: trailers\r\nConnection: TE\r\n");
        }
        if upgrades {
            to.upgrade(head.values(bytes, "upgrade"));
        }
        to.write(Author::Syntax, b"\r\n");
    }

    /// Whether a rule leaves out what would stand in this field.
    fn drops(&self, name: &[u8]) -> bool {
        self.edits.is_some_and(|edits| edits.drops(name))
    }

    /// RFC 9110 §10.1.4: "trailers" in TE means that the client, and all that it forwards for, take trailer fields. "A
    /// sender of TE MUST also send a "TE" connection option".
    fn takes_trailers(&self, hop: &Hop<'_>) -> bool {
        let mut codings = self.head.values(self.bytes, "te").flat_map(elements);
        self.head.version.minor > 0
            && hop.has_option(b"te")
            && codings.any(|coding| coding.eq_ignore_ascii_case(b"trailers"))
    }

    /// RFC 9110 §7.6.2: Max-Forwards is for TRACE and OPTIONS; "A recipient MAY ignore a Max-Forwards header field
    /// received with any other request methods."
    const fn counts_forwards(&self) -> bool {
        matches!(self.head.method, Method::Options | Method::Trace)
    }

    /// Whether this gateway writes the field itself. The client's own statements in these fields are not trusted.
    fn is_replaced(&self, name: &[u8]) -> bool {
        replacement(name).is_some_and(|removal| self.takes_authorization || removal != Removal::Credentials)
    }

    /// RFC 9112 §3.2: Host comes first. §3.2.2: a target in absolute-form overrides it.
    fn write_host(&self, to: &mut Tracked<'_>) {
        match (self.host, &self.head.authority) {
            (ForwardedHost::Rewritten(authority), _) => {
                to.line(Author::Host, "Host: ", authority.as_bytes());
            }
            (ForwardedHost::Kept, Some(range)) => {
                let range = range.start as usize..range.end as usize;
                let line = range.start.checked_sub(6).map(|start| start..range.end + 2);
                let whole = line.filter(|line| {
                    let part = self.bytes.get(line.clone()).unwrap_or_default();
                    part.starts_with(b"Host: ") && part.ends_with(b"\r\n")
                });
                if let Some(line) = whole {
                    to.copy(self.bytes, line, self.head.start);
                } else {
                    to.write(Author::Host, b"Host: ");
                    to.copy(self.bytes, range, self.head.start);
                    to.write(Author::Syntax, b"\r\n");
                }
            }
            // RFC 9112 §3.2: "If the authority component is missing or undefined for the target URI, then a
            // client MUST send a Host header field with an empty field value."
            (ForwardedHost::Kept, None) => to.write(Author::Host, b"Host: \r\n"),
        }
    }

    fn write_client(&self, to: &mut Tracked<'_>) {
        let host = self.head.authority.as_ref().map_or(&b""[..], |range| slice(self.bytes, range));
        let client = self.client.to_canonical();
        match self.forwarded {
            ForwardedFields::None => {}
            ForwardedFields::Forwarded if self.drops(b"forwarded") => {}
            ForwardedFields::XForwarded => {
                let (dotted, text);
                let client = match client {
                    IpAddr::V4(client) => {
                        dotted = Dotted::new(client);
                        dotted.digits()
                    }
                    IpAddr::V6(client) => {
                        text = client.to_string();
                        text.as_bytes()
                    }
                };
                let lines = [
                    ("X-Forwarded-For: ", client),
                    ("X-Forwarded-Host: ", host),
                    ("X-Forwarded-Proto: ", b"http"),
                ];
                for (name, value) in lines {
                    let dropped = self.edits.is_some() && self.drops(name.trim_end_matches(": ").as_bytes());
                    if !value.is_empty() && !dropped {
                        to.line(Author::Forwarded, name, value);
                    }
                }
            }
            ForwardedFields::Forwarded => {
                // RFC 7239 §6: "an IPv6 address is always enclosed in square brackets", and so quoted.
                let node = match client {
                    IpAddr::V4(address) => address.to_string(),
                    IpAddr::V6(address) => format!("\"[{address}]\""),
                };
                let mut value = format!("for={node}").into_bytes();
                if !host.is_empty() {
                    value.extend_from_slice(b";host=\"");
                    value.extend_from_slice(host);
                    value.push(b'"');
                }
                value.extend_from_slice(b";proto=http");
                to.line(Author::Forwarded, "Forwarded: ", &value);
            }
        }
    }
}
