//! What can be asked for: one row for each key, from which the parser, the sentences about mistakes and the help
//! are made.

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
}

/// A key that texts are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKey {
    /// The method.
    Method,
    /// The target.
    Target,
}

/// A key that holds or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKey {
    /// The exchange has not ended.
    Open,
    /// The exchange was refused or cut off, or answered with 400 and above.
    Error,
    /// The exchange was refused because its bytes break a rule of HTTP.
    Malformed,
    /// The exchange ended before its response was written whole.
    Aborted,
}

/// A key and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name, in lower case: `status`. A flag's name stands behind `is:`.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What it is compared with.
    pub kind: Kind,
    /// What it asks, in a few words without a full stop.
    pub help: &'static str,
    /// A part of a filter that uses it.
    pub example: &'static str,
}

/// What a key is compared with.
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

/// How a number is written.
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

/// All keys, in the order in which they are listed.
pub const KEYS: &[Key] = &[
    Key {
        name: "status",
        aliases: &[],
        kind: Kind::Number(NumberKey::Status, Unit::Status),
        help: "the status code, or a class of them",
        example: "status>=400",
    },
    Key {
        name: "method",
        aliases: &[],
        kind: Kind::Text { key: TextKey::Method, contains: false },
        help: "the method",
        example: "method=POST",
    },
    Key {
        name: "path",
        aliases: &["target", "url"],
        kind: Kind::Text { key: TextKey::Target, contains: true },
        help: "the target",
        example: "path~api",
    },
    Key {
        name: "conn",
        aliases: &["connection"],
        kind: Kind::Number(NumberKey::Connection, Unit::Plain),
        help: "the number of the connection",
        example: "conn=3",
    },
    Key {
        name: "id",
        aliases: &[],
        kind: Kind::Number(NumberKey::Exchange, Unit::Plain),
        help: "the number of the exchange",
        example: "id<100",
    },
    Key {
        name: "time",
        aliases: &[],
        kind: Kind::Number(NumberKey::Time, Unit::Time),
        help: "how long the exchange took, in milliseconds or with us, ms or s",
        example: "time>1.5s",
    },
    Key {
        name: "size",
        aliases: &[],
        kind: Kind::Number(NumberKey::Size, Unit::Size),
        help: "the size of the response, in bytes or with k, m or g",
        example: "size>=20k",
    },
    Key {
        name: "open",
        aliases: &[],
        kind: Kind::Flag(FlagKey::Open),
        help: "the exchange has not ended",
        example: "is:open",
    },
    Key {
        name: "error",
        aliases: &[],
        kind: Kind::Flag(FlagKey::Error),
        help: "the exchange was refused or cut off, or its status is 400 or above",
        example: "is:error",
    },
    Key {
        name: "malformed",
        aliases: &[],
        kind: Kind::Flag(FlagKey::Malformed),
        help: "the request breaks a rule of HTTP",
        example: "is:malformed",
    },
    Key {
        name: "aborted",
        aliases: &[],
        kind: Kind::Flag(FlagKey::Aborted),
        help: "the exchange ended before its response was complete",
        example: "is:aborted",
    },
];

/// The key with this name that is compared. ASCII case does not matter. `None`: there is none.
pub(super) fn compared(name: &str) -> Option<&'static Key> {
    let called = |known: &str| known.eq_ignore_ascii_case(name);
    let mut keys = KEYS.iter().filter(|key| !matches!(key.kind, Kind::Flag(_)));
    keys.find(|key| called(key.name) || key.aliases.iter().any(|alias| called(alias)))
}

/// The flag with this name. ASCII case does not matter. `None`: there is none.
pub(super) fn flag(name: &str) -> Option<FlagKey> {
    KEYS.iter().filter(|key| key.name.eq_ignore_ascii_case(name)).find_map(|key| match key.kind {
        Kind::Flag(flag) => Some(flag),
        _ => None,
    })
}
