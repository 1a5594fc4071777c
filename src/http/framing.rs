//! Framing: the decision how a body ends (RFC 9112 §6.3).

/// The framing of a message's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// No body: the message ends with the empty line.
    None,
    /// Content-Length: this many bytes follow the empty line. May be 0.
    Length(u64),
    /// Transfer-Encoding: chunked. The body ends with a chunk of size 0 and the trailer section.
    Chunked,
    /// A response without either: the body ends when the server closes (RFC 9112 §6.3, rule 8).
    UntilClose,
}

impl Framing {
    /// The framing with which a gateway passes a response on to a client of HTTP/1.`minor`.
    #[must_use]
    pub const fn forwarded(self, minor: u8) -> Self {
        match self {
            // RFC 9112 §6.1: "A server MUST NOT send a response containing Transfer-Encoding unless the corresponding
            // request indicates HTTP/1.1 (or later minor revisions)."
            Self::Chunked | Self::UntilClose if minor == 0 => Self::UntilClose,
            Self::Chunked | Self::UntilClose => Self::Chunked,
            framing => framing,
        }
    }
}
