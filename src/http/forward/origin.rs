//! Origin of each byte of a forwarded message.

use std::ops::Range;

use bytes::BytesMut;

use crate::http::{Framing, Version, encode::Decimal};

/// The part of this program that wrote bytes which were not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Author {
    /// The spaces of the start line and the version of this program.
    StartLine,
    /// The part of the target that replaces the prefix under which the group is mounted.
    Target,
    /// The Host field with the backend's authority.
    Host,
    /// The entry of this gateway in Via.
    Via,
    /// The client's address, its Host and its scheme, in the X-Forwarded fields or in Forwarded.
    Forwarded,
    /// The number in Max-Forwards.
    MaxForwards,
    /// Content-Length or Transfer-Encoding.
    Framing,
    /// The size line, the line end and the last line of chunks.
    Chunk,
    /// The Connection field, and the Upgrade field with it.
    Connection,
    /// The Date field, if the backend sent none.
    Date,
    /// A field that a middleware set.
    Middleware,
    /// A field that a rule of Fields wrote.
    Rule,
    /// The two fields of the switch for isolated pages.
    Isolation,
    /// A WebSocket frame that was sent by hand.
    Composer,
    /// Colons, spaces and line ends that replace different ones that were received.
    Syntax,
}

/// A row of the table of authors.
#[derive(Clone, Copy, Debug)]
pub struct AuthorFacts {
    /// The stable name, in files and in JSON.
    pub key: &'static str,
    /// The reason for the bytes in one sentence.
    pub sentence: &'static str,
    /// The clause that asks for them: `RFC 9110 §7.6.3`.
    pub section: &'static str,
}

impl Author {
    /// All authors.
    pub const ALL: &[Self] = &[
        Self::StartLine,
        Self::Target,
        Self::Host,
        Self::Via,
        Self::Forwarded,
        Self::MaxForwards,
        Self::Framing,
        Self::Chunk,
        Self::Connection,
        Self::Date,
        Self::Middleware,
        Self::Rule,
        Self::Isolation,
        Self::Composer,
        Self::Syntax,
    ];

    /// The author's row in the table.
    #[must_use]
    pub const fn facts(self) -> AuthorFacts {
        let (key, sentence, section) = match self {
            Self::StartLine => {
                ("start_line", "A gateway writes the start line anew, with its own version.", "RFC 9110 §2.5")
            }
            Self::Target => (
                "target",
                "The backend's base path stands in place of the prefix under which its group is mounted.",
                "RFC 9110 §7.6",
            ),
            Self::Host => ("host", "Host names the backend, not this gateway.", "RFC 9112 §3.2"),
            Self::Via => {
                ("via", "Each gateway adds itself to Via, so that loops are found.", "RFC 9110 §7.6.3")
            }
            Self::Forwarded => (
                "forwarded",
                "The backend learns the client's address, its Host and its scheme from the gateway.",
                "RFC 7239 §4",
            ),
            Self::MaxForwards => {
                ("max_forwards", "Each hop counts Max-Forwards down by one.", "RFC 9110 §7.6.2")
            }
            Self::Framing => ("framing", "Each connection frames the body anew.", "RFC 9112 §6"),
            Self::Chunk => ("chunk", "The body goes on in chunks of this gateway's own.", "RFC 9112 §7.1"),
            Self::Connection => (
                "connection",
                "Connection is about one connection, so each hop writes its own.",
                "RFC 9110 §7.6.1",
            ),
            Self::Date => {
                ("date", "A response without Date gets the time at which it was received.", "RFC 9110 §6.6.1")
            }
            Self::Middleware => ("middleware", "A middleware of this server set the field.", "RFC 9110 §7.7"),
            Self::Rule => ("rule", "A rule of the middleware Fields wrote the field.", "RFC 9110 §7.7"),
            Self::Isolation => (
                "isolation",
                "The switch of the middleware Fields for isolated pages wrote the field.",
                "RFC 9110 §7.7",
            ),
            Self::Composer => {
                ("composer", "A WebSocket frame that was sent by hand, between two others.", "RFC 6455 §5.4")
            }
            Self::Syntax => {
                ("syntax", "Colon, space and line end are written in the usual form.", "RFC 9112 §5")
            }
        };
        AuthorFacts { key, sentence, section }
    }

    /// The author with this key. `None`: the key is unknown.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|author| author.facts().key == key)
    }
}

/// The origin of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Copied from the other leg, from this offset of its received stream on.
    Copied(u64),
    /// Written by this program.
    Written(Author),
    /// Written by the rule of Fields with this number, from 1.
    Rule(u32),
}

impl Origin {
    /// The part of this program that wrote the bytes. `None`: they were copied.
    #[must_use]
    pub const fn author(self) -> Option<Author> {
        match self {
            Self::Copied(_) => None,
            Self::Written(author) => Some(author),
            Self::Rule(_) => Some(Author::Rule),
        }
    }

    /// The origin of what a rule wrote. 0 is the switch for isolated pages.
    pub(super) const fn of_rule(rule: u32) -> Self {
        match rule {
            0 => Self::Written(Author::Isolation),
            number => Self::Rule(number),
        }
    }
}

/// Bytes of one origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The number of bytes; never 0.
    pub len: u64,
    /// The origin of these bytes.
    pub origin: Origin,
}

impl Piece {
    /// Both pieces as one. `None`: `next` has another origin.
    #[must_use]
    pub fn joined(self, next: Self) -> Option<Self> {
        let follows = match (self.origin, next.origin) {
            (Origin::Copied(start), Origin::Copied(next)) => start + self.len == next,
            (Origin::Written(author), Origin::Written(next)) => author == next,
            (Origin::Rule(rule), Origin::Rule(next)) => rule == next,
            _ => false,
        };
        follows.then_some(Self { len: self.len + next.len, ..self })
    }
}

/// The origins of consecutive bytes. Neighbours of the same origin are one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    pieces: Vec<Piece>,
    /// The number of bytes of all pieces.
    total: u64,
}

impl Origins {
    /// The pieces, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Adds `len` bytes.
    pub fn add(&mut self, len: u64, origin: Origin) {
        if len == 0 {
            return;
        }
        self.total += len;
        let piece = Piece { len, origin };
        if let Some(last) = self.pieces.last_mut()
            && let Some(longer) = last.joined(piece)
        {
            *last = longer;
            return;
        }
        self.pieces.push(piece);
    }

    /// The number of bytes of all pieces.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Forgets all pieces.
    pub fn clear(&mut self) {
        self.pieces.clear();
        self.total = 0;
    }
}

/// An output together with the record of its origins, where one is kept.
pub(super) struct Tracked<'a> {
    pub(super) out: &'a mut BytesMut,
    pub(super) origins: Option<&'a mut Origins>,
}

impl Tracked<'_> {
    /// Copies `range` of the message's bytes, whose first one lies at stream offset `base`.
    pub(super) fn copy(&mut self, bytes: &[u8], range: Range<usize>, base: u64) {
        let part = bytes.get(range.clone()).unwrap_or_default();
        self.out.extend_from_slice(part);
        if let Some(origins) = &mut self.origins {
            origins.add(part.len() as u64, Origin::Copied(base + range.start as u64));
        }
    }

    /// Writes bytes of this program.
    pub(super) fn write(&mut self, author: Author, bytes: &[u8]) {
        self.write_as(Origin::Written(author), bytes);
    }

    /// Writes bytes of this origin.
    pub(super) fn write_as(&mut self, origin: Origin, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        if let Some(origins) = &mut self.origins {
            origins.add(bytes.len() as u64, origin);
        }
    }

    /// Writes a field line of this program. `name`: the name with its colon and a space.
    pub(super) fn line(&mut self, author: Author, name: &str, value: &[u8]) {
        self.parts(author, &[name.as_bytes(), value, b"\r\n"]);
    }

    /// Writes bytes of this program that consist of parts.
    pub(super) fn parts(&mut self, author: Author, parts: &[&[u8]]) {
        let before = self.out.len();
        for part in parts {
            self.out.extend_from_slice(part);
        }
        if let Some(origins) = &mut self.origins {
            origins.add((self.out.len() - before) as u64, Origin::Written(author));
        }
    }

    /// Writes the entry of this gateway in Via, after those that arrived (RFC 9110 §7.6.3). `version`: the version
    /// with which the message arrived.
    pub(super) fn via(&mut self, version: Version, pseudonym: &str) {
        if version.minor == 1 {
            return self.line(Author::Via, "Via: 1.1 ", pseudonym.as_bytes());
        }
        let minor = Decimal::new(version.minor.into());
        self.parts(Author::Via, &[b"Via: 1.", minor.digits(), b" ", pseudonym.as_bytes(), b"\r\n"]);
    }

    /// Writes the field that frames the body.
    pub(super) fn framing(&mut self, framing: Framing) {
        match framing {
            Framing::Length(length) => {
                self.line(Author::Framing, "Content-Length: ", Decimal::new(length).digits());
            }
            Framing::Chunked => self.write(Author::Framing, b"Transfer-Encoding: chunked\r\n"),
            Framing::None | Framing::UntilClose => {}
        }
    }

    /// Writes Upgrade with these values, and the option of Connection that belongs to it (RFC 9110 §7.8).
    pub(super) fn upgrade<'a>(&mut self, protocols: impl Iterator<Item = &'a [u8]>) {
        for protocol in protocols {
            self.line(Author::Connection, "Upgrade: ", protocol);
        }
        self.write(Author::Connection, b"Connection: upgrade\r\n");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_author_has_a_key_of_its_own_and_a_sentence() {
        let keys: BTreeSet<_> = Author::ALL.iter().map(|author| author.facts().key).collect();
        assert_eq!(keys.len(), Author::ALL.len());
        for author in Author::ALL {
            assert_eq!(Author::from_key(author.facts().key), Some(*author));
            assert!(author.facts().sentence.ends_with('.') && author.facts().section.starts_with("RFC "));
        }
    }

    #[test]
    fn neighbours_of_one_origin_are_one_piece() {
        let mut origins = Origins::default();
        origins.add(3, Origin::Copied(10));
        origins.add(2, Origin::Copied(13));
        origins.add(0, Origin::Written(Author::Via));
        origins.add(1, Origin::Copied(20));
        origins.add(1, Origin::Written(Author::Via));
        origins.add(4, Origin::Written(Author::Via));
        let pieces: Vec<_> = origins.pieces().iter().map(|piece| (piece.len, piece.origin)).collect();
        assert_eq!(
            pieces,
            [(5, Origin::Copied(10)), (1, Origin::Copied(20)), (5, Origin::Written(Author::Via))]
        );
        assert_eq!(origins.total(), 11);
        origins.clear();
        assert_eq!(origins, Origins::default());
    }
}
