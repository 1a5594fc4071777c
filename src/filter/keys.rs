//! The keys of the filter language: one row each, from which the parser, the error messages and the help are
//! made.

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
    /// Bytes of the response.
    Size,
    /// The number of attempts to have the request answered by a backend.
    Attempts,
    /// The number of the exchange whose request was sent again.
    Again,
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
    /// The name of the group of backends.
    Group,
    /// Who sent the request.
    From,
    /// The media type of a message on its way, without parameters: `text/html`.
    MediaType,
    /// The opcodes of a WebSocket's frames.
    Opcode,
    /// The text messages of a WebSocket.
    Message,
}

/// What a filter chooses from, and so which keys it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// Exchanges that were captured.
    Exchanges,
    /// Requests on their way: what comes later is not known.
    Requests,
    /// Responses on their way.
    Responses,
}

impl Vocabulary {
    /// The keys, in the order in which they are listed.
    #[must_use]
    pub const fn keys(self) -> &'static [Key] {
        match self {
            Self::Exchanges => KEYS,
            Self::Requests => &[METHOD, PATH, MEDIA_TYPE],
            Self::Responses => &[METHOD, PATH, MEDIA_TYPE, STATUS],
        }
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
}

/// A key and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name, in lower case: `status`. A flag's name stands behind `is:`.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// The type of the value.
    pub kind: Kind,
    /// The meaning of the key, in a few words without a full stop.
    pub help: &'static str,
    /// A part of a filter that uses it.
    pub example: &'static str,
}

impl Key {
    /// The start of a part of a filter that uses the key: `status`, `is:open`.
    #[must_use]
    pub const fn beginning(&self) -> &'static str {
        match self.kind {
            Kind::Flag(_) => self.example,
            Kind::Number(..) | Kind::Text { .. } => self.name,
        }
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

const STATUS: Key = key(
    "status",
    Kind::Number(NumberKey::Status, Unit::Status),
    "the status code, or a class of them",
    "status>=400",
);
const METHOD: Key =
    key("method", Kind::Text { key: TextKey::Method, contains: false }, "the method", "method=POST");
const PATH: Key = Key {
    aliases: &["target", "url"],
    ..key(
        "path",
        Kind::Text { key: TextKey::Target, contains: true },
        "the target; in path=/api/* the star stands for anything",
        "path~api",
    )
};
const MEDIA_TYPE: Key = key(
    "type",
    Kind::Text { key: TextKey::MediaType, contains: true },
    "the media type of the message",
    "type~json",
);

/// All keys for captured exchanges, in the order in which they are listed: name, kind, help, example.
pub const KEYS: &[Key] = &[
    STATUS,
    METHOD,
    PATH,
    key(
        "protocol",
        Kind::Text { key: TextKey::Protocol, contains: false },
        "the protocol: http or lines",
        "protocol=lines",
    ),
    key(
        "upstream",
        Kind::Text { key: TextKey::Upstream, contains: true },
        "the backend that was asked, by name or address; none if no backend took the request",
        "upstream=app-1",
    ),
    key(
        "group",
        Kind::Text { key: TextKey::Group, contains: false },
        "the group of backends that the request was for",
        "group=app",
    ),
    key(
        "attempts",
        Kind::Number(NumberKey::Attempts, Unit::Plain),
        "how many times backends were asked",
        "attempts>1",
    ),
    key(
        "from",
        Kind::Text { key: TextKey::From, contains: false },
        "who sent the request: client or, for one that was sent again, again",
        "from:again",
    ),
    key(
        "again",
        Kind::Number(NumberKey::Again, Unit::Plain),
        "the number of the exchange whose request was sent again",
        "again=12",
    ),
    Key {
        aliases: &["connection"],
        ..key(
            "conn",
            Kind::Number(NumberKey::Connection, Unit::Plain),
            "the number of the connection",
            "conn=3",
        )
    },
    key("id", Kind::Number(NumberKey::Exchange, Unit::Plain), "the number of the exchange", "id<100"),
    key(
        "time",
        Kind::Number(NumberKey::Time, Unit::Time),
        "how long the exchange took, in milliseconds or with us, ms or s",
        "time>1.5s",
    ),
    key(
        "size",
        Kind::Number(NumberKey::Size, Unit::Size),
        "the size of the response, in bytes or with k, m or g",
        "size>=20k",
    ),
    key("open", Kind::Flag(FlagKey::Open), "the exchange has not ended", "is:open"),
    key(
        "error",
        Kind::Flag(FlagKey::Error),
        "the exchange was refused or cut off, or its status is 400 or above",
        "is:error",
    ),
    key(
        "malformed",
        Kind::Flag(FlagKey::Malformed),
        "the request breaks a rule of its protocol",
        "is:malformed",
    ),
    key(
        "aborted",
        Kind::Flag(FlagKey::Aborted),
        "the exchange ended before its response was complete",
        "is:aborted",
    ),
    key(
        "ws.opcode",
        Kind::Text { key: TextKey::Opcode, contains: false },
        "the kind of a frame of the WebSocket: text, binary, continue, close, ping or pong, or its number",
        "ws.opcode=ping",
    ),
    key(
        "ws.text",
        Kind::Text { key: TextKey::Message, contains: true },
        "a text message of the WebSocket, while its latest 64 KiB are in memory",
        "ws.text~hello",
    ),
    key("websocket", Kind::Flag(FlagKey::WebSocket), "the exchange has become a WebSocket", "is:websocket"),
];

const fn key(name: &'static str, kind: Kind, help: &'static str, example: &'static str) -> Key {
    Key { name, aliases: &[], kind, help, example }
}

/// The key with this name that is compared. ASCII case does not matter. `None`: there is none.
pub(super) fn compared(name: &str, vocabulary: Vocabulary) -> Option<&'static Key> {
    let called = |known: &str| known.eq_ignore_ascii_case(name);
    let mut keys = vocabulary.keys().iter().filter(|key| !matches!(key.kind, Kind::Flag(_)));
    keys.find(|key| called(key.name) || key.aliases.iter().any(|alias| called(alias)))
}

/// The flag with this name. ASCII case does not matter. `None`: there is none.
pub(super) fn flag(name: &str, vocabulary: Vocabulary) -> Option<FlagKey> {
    vocabulary.keys().iter().filter(|key| key.name.eq_ignore_ascii_case(name)).find_map(|key| {
        match key.kind {
            Kind::Flag(flag) => Some(flag),
            _ => None,
        }
    })
}
