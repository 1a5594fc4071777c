//! The keys of the filter language: one row each, from which the parser, the error messages, the completion and the
//! help are made.

use super::keys::{ContentKey, FlagKey, Key, Kind, NumberKey, Side, TextKey, Unit};

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
            Self::Requests => &[METHOD, PATH, MEDIA_TYPE, HEADER],
            Self::Responses => &[METHOD, PATH, MEDIA_TYPE, HEADER, STATUS],
        }
    }
}

const REQUEST: &[Side] = &[Side::Request];
const RESPONSE: &[Side] = &[Side::Response];
const BOTH: &[Side] = &[Side::Request, Side::Response];

pub(super) const STATUS: Key = Key {
    sides: RESPONSE,
    ..key(
        "status",
        Kind::Number(NumberKey::Status, Unit::Status),
        "the status code, or a class of them",
        "status>=400",
    )
};
pub(super) const METHOD: Key = Key {
    sides: REQUEST,
    ..key("method", Kind::Text { key: TextKey::Method, contains: false }, "the method", "method=POST")
};
pub(super) const PATH: Key = Key {
    aliases: &["target", "url"],
    sides: REQUEST,
    ..key(
        "path",
        Kind::Text { key: TextKey::Target, contains: true },
        "the target; in path=/api/* the star stands for anything",
        "path~api",
    )
};
pub(super) const MEDIA_TYPE: Key = Key {
    sides: BOTH,
    ..key(
        "type",
        Kind::Text { key: TextKey::MediaType, contains: true },
        "the media type of the response, or with req. of the request",
        "type~json",
    )
};
pub(super) const HEADER: Key = Key {
    aliases: &["field."],
    sides: BOTH,
    ..key(
        "header",
        Kind::Content { key: ContentKey::Header, contains: true },
        "a field of either message, or with req. or resp. of one; =* if it is there at all",
        "header.user-agent~curl",
    )
};

/// All keys for captured exchanges, in the order in which they are listed: name, kind, help, example.
pub const KEYS: &[Key] = &[
    STATUS,
    METHOD,
    PATH,
    MEDIA_TYPE,
    HEADER,
    Key {
        sides: BOTH,
        ..key(
            "body",
            Kind::Content { key: ContentKey::Body, contains: true },
            "the content of either message, without chunks and decompressed, or with req. or resp. of one",
            "resp.body~error",
        )
    },
    key(
        "note",
        Kind::Content { key: ContentKey::Note, contains: true },
        "a note: a word of it, its clause or its severity (info, warning or error)",
        "note:warning",
    ),
    key(
        "notes",
        Kind::Number(NumberKey::Notes, Unit::Plain),
        "how many notes the server made while it answered",
        "notes>0",
    ),
    Key {
        sides: BOTH,
        ..key(
            "size",
            Kind::Number(NumberKey::Size, Unit::Size),
            "the size of the response, or with req. of the request, in bytes or with k, m or g",
            "size>=20k",
        )
    },
    key(
        "time",
        Kind::Number(NumberKey::Time, Unit::Time),
        "how long the exchange took, in milliseconds or with us, ms or s",
        "time>1.5s",
    ),
    key(
        "waited",
        Kind::Number(NumberKey::Waited, Unit::Time),
        "how long it took until the head of the response was there",
        "waited>100ms",
    ),
    key(
        "began",
        Kind::Number(NumberKey::Began, Unit::Time),
        "when the first byte arrived, counted from the start of the capture",
        "began<10s",
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
    key(
        "mark",
        Kind::Text { key: TextKey::Mark, contains: false },
        "the colour of the mark, by number or name; any for every exchange with a mark or a comment",
        "mark=1",
    ),
    key(
        "comment",
        Kind::Text { key: TextKey::Comment, contains: true },
        "the comment on the exchange",
        "comment~slow",
    ),
    key(
        "protocol",
        Kind::Text { key: TextKey::Protocol, contains: false },
        "the protocol: http or lines",
        "protocol=lines",
    ),
    key(
        "route",
        Kind::Text { key: TextKey::Route, contains: true },
        "the route, as the Stats page names it: folder, or the method and the pattern",
        "route~folder",
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
        Kind::Content { key: ContentKey::Message, contains: true },
        "a text message of the WebSocket, in either direction, put together from its frames and decompressed",
        "ws.text~hello",
    ),
    key("websocket", Kind::Flag(FlagKey::WebSocket), "the exchange has become a WebSocket", "is:websocket"),
    key(
        "events",
        Kind::Number(NumberKey::Events, Unit::Plain),
        "how many events or JSON texts the stream has had",
        "events>100",
    ),
    key(
        "stream",
        Kind::Flag(FlagKey::Stream),
        "the response is a stream of events or of JSON texts, without an announced length",
        "is:stream",
    ),
];

const fn key(name: &'static str, kind: Kind, help: &'static str, example: &'static str) -> Key {
    Key { name, aliases: &[], kind, sides: &[], help, example }
}
