//! What the keys of the filter language ask for.

/// A key that numbers are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKey {
    /// The status code of the response.
    Status,
    /// The number of the connection.
    Connection,
    /// The number of the exchange.
    Exchange,
    /// From the first byte to the latest event, in nanoseconds.
    Time,
    /// From the start of the capture to the first byte, in nanoseconds.
    Began,
    /// From the first byte of the request to the head of the response, in nanoseconds.
    Waited,
    /// Bytes of the request.
    RequestSize,
    /// Bytes of the response.
    Size,
    /// The number of attempts to have the request answered by a backend.
    Attempts,
    /// The number of events of the response, or of its JSON texts.
    Events,
    /// The number of the exchange whose request was sent again.
    Again,
    /// The number of notes that the server made.
    Notes,
}

/// A key that texts are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKey {
    /// The method.
    Method,
    /// The target.
    Target,
    /// The stable name of the protocol that is spoken.
    Protocol,
    /// The name of the backend, with its address as the other text.
    Upstream,
    /// The name of the route.
    Route,
    /// The name of the group of backends.
    Group,
    /// Who sent the request.
    From,
    /// The media type without parameters, `text/html`: of the response or, on its way, of the message.
    MediaType,
    /// The opcodes of a WebSocket's frames.
    Opcode,
    /// The number and the name of the colour that the exchange is marked with, and `any`.
    Mark,
    /// The comment on the exchange.
    Comment,
}

/// What only the bytes of an exchange tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentKey {
    /// The values of a field.
    Header,
    /// The content of a message.
    Body,
    /// The text messages of a WebSocket.
    Message,
    /// The media type of the request, without parameters.
    RequestType,
    /// The notes: their severities, words and clauses.
    Note,
}

/// A message of an exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// One of the two; which one does not matter.
    #[default]
    Either,
    /// The request: `req.`.
    Request,
    /// The response: `resp.`.
    Response,
}

impl Side {
    /// The names in front of a key, each with its side.
    const PREFIXES: [(&'static str, Self); 4] = [
        ("req.", Self::Request),
        ("resp.", Self::Response),
        ("request.", Self::Request),
        ("response.", Self::Response),
    ];

    /// The side in front of `name`, and what stands behind it. ASCII case does not matter.
    #[must_use]
    pub fn split(name: &str) -> (Self, &str) {
        let sided = Self::PREFIXES.iter().find_map(|(prefix, side)| Some((*side, behind(name, prefix)?)));
        sided.unwrap_or((Self::Either, name))
    }

    /// Whether the request is meant, or may be.
    #[must_use]
    pub const fn has_request(self) -> bool {
        !matches!(self, Self::Response)
    }

    /// Whether the response is meant, or may be.
    #[must_use]
    pub const fn has_response(self) -> bool {
        !matches!(self, Self::Request)
    }
}

/// A key that holds or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKey {
    /// The exchange has not ended.
    Open,
    /// The exchange was refused or cut off, or answered with 400 and above.
    Error,
    /// The exchange was refused because its bytes break a rule of its protocol.
    Malformed,
    /// The exchange ended before its response was written whole.
    Aborted,
    /// The exchange has become a WebSocket.
    WebSocket,
    /// The response is a stream of events, or of JSON texts, without an announced length.
    Stream,
}

/// A key and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name, in lower case: `status`. A flag's name stands behind `is:`, the name of a field behind `header.`.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// The type of the value.
    pub kind: Kind,
    /// The messages that it can be asked of, with `req.` and `resp.` in front. Empty: it belongs to the exchange.
    pub sides: &'static [Side],
    /// The meaning of the key, in a few words without a full stop.
    pub help: &'static str,
    /// A part of a filter that uses it.
    pub example: &'static str,
}

impl Key {
    /// The start of a part of a filter that uses the key: `status`, `is:open`, `header.`.
    #[must_use]
    pub const fn beginning(&self) -> &'static str {
        match self.kind {
            Kind::Flag(_) => self.example,
            Kind::Content { key: ContentKey::Header, .. } => "header.",
            Kind::Number(..) | Kind::Text { .. } | Kind::Content { .. } => self.name,
        }
    }

    /// Whether it asks for a field by its name, which stands behind the key.
    #[must_use]
    pub const fn is_header(&self) -> bool {
        matches!(self.kind, Kind::Content { key: ContentKey::Header, .. })
    }
}

/// The type of value that a key is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number(NumberKey, Unit),
    /// A text; `:` stands for `=` or, if `contains`, for `~`.
    Text {
        /// The text.
        key: TextKey,
        /// Whether `key:value` looks for a part of the text.
        contains: bool,
    },
    /// Bytes of the messages, or what follows from them; `:` as for a text.
    Content {
        /// What is looked at.
        key: ContentKey,
        /// Whether `key:value` looks for a part of it.
        contains: bool,
    },
    /// Nothing: it holds or not.
    Flag(FlagKey),
}

/// The notation of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A whole number.
    Plain,
    /// A whole number or, like `4xx`, all that begin with a digit.
    Status,
    /// A number of milliseconds, or one with `us`, `ms` or `s` behind it.
    Time,
    /// A number of bytes, or one with `k`, `m` or `g` behind it.
    Size,
}

/// What stands behind `prefix`. ASCII case does not matter. `None`: `text` does not begin with it.
pub(super) fn behind<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let begins = text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    begins.then(|| &text[prefix.len()..])
}
