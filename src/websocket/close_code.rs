//! Status codes of close frames (RFC 6455 §7.4).

use crate::base::closed_list::closed_list;

/// A row of the table of close codes.
#[derive(Clone, Copy, Debug)]
pub struct CloseCodeFacts {
    /// The number on the wire.
    pub number: u16,
    /// The name, in lower case: `normal closure`.
    pub name: &'static str,
    /// Whether a close frame may hold the code.
    pub may_be_sent: bool,
    /// One sentence on what the code means.
    pub about: &'static str,
}

closed_list! {
    /// A status code that RFC 6455 §7.4.1, or the registry of §11.7, defines.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum CloseCode: pub CloseCodeFacts {
        /// The purpose is fulfilled.
        Normal { number: 1000, name: "normal closure", may_be_sent: true, about: "The connection has done what it was for." },
        /// The endpoint goes away.
        GoingAway { number: 1001, name: "going away", may_be_sent: true, about: "The server stops, or the page was left." },
        /// A rule of the protocol was broken.
        ProtocolError { number: 1002, name: "protocol error", may_be_sent: true, about: "A frame broke a rule of the protocol." },
        /// A kind of data that cannot be accepted.
        Unsupported { number: 1003, name: "unsupported data", may_be_sent: true, about: "The message was of a kind that this end does not take." },
        /// Reserved, without a meaning yet.
        Reserved { number: 1004, name: "reserved", may_be_sent: false, about: "The code is reserved and has no meaning yet." },
        /// The close frame had no code.
        NoStatus { number: 1005, name: "no status received", may_be_sent: false, about: "Only a program uses it, to say that a close frame had no code." },
        /// The connection ended without a close frame.
        Abnormal { number: 1006, name: "abnormal closure", may_be_sent: false, about: "Only a program uses it, to say that the connection ended without a close frame." },
        /// Data that does not fit its type.
        InvalidPayload { number: 1007, name: "invalid payload", may_be_sent: true, about: "A message did not fit its type, such as text that is not UTF-8." },
        /// A policy was broken.
        Policy { number: 1008, name: "policy violation", may_be_sent: true, about: "A message broke a policy of this end." },
        /// A message was too big.
        TooBig { number: 1009, name: "message too big", may_be_sent: true, about: "A message was larger than this end takes." },
        /// The server did not agree on an extension.
        MandatoryExtension { number: 1010, name: "extension missing", may_be_sent: true, about: "The client needs an extension that the server did not agree on." },
        /// The server met a condition that it did not expect.
        Internal { number: 1011, name: "internal error", may_be_sent: true, about: "The server met with a condition that it did not expect." },
        /// The service restarts.
        Restart { number: 1012, name: "service restart", may_be_sent: true, about: "The service restarts. A client may connect again after a while." },
        /// The service is overloaded.
        TryAgain { number: 1013, name: "try again later", may_be_sent: true, about: "The service is overloaded." },
        /// A gateway got an invalid answer.
        BadGateway { number: 1014, name: "bad gateway", may_be_sent: true, about: "A gateway got an invalid answer from the server behind it." },
        /// TLS failed.
        TlsFailed { number: 1015, name: "TLS handshake failed", may_be_sent: false, about: "Only a program uses it, to say that TLS failed." },
    }
}

impl CloseCode {
    /// The code with this number. `None`: it has no name here.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.facts().number
    }
}

/// Whether a close frame may hold this number: a code of the table that may be sent, or one for libraries and
/// applications. RFC 6455 §7.4.2: "Status codes in the range 3000-3999 are reserved for use by libraries,
/// frameworks, and applications", "4000-4999 are reserved for private use".
#[must_use]
pub fn may_be_sent(number: u16) -> bool {
    match CloseCode::from_number(number) {
        Some(code) => code.facts().may_be_sent,
        None => matches!(number, 3000..=4999),
    }
}

/// The name of a number: of the table, or of its range.
#[must_use]
pub fn name(number: u16) -> &'static str {
    match (CloseCode::from_number(number), number) {
        (Some(code), _) => code.facts().name,
        (None, 3000..=3999) => "of a library",
        (None, 4000..=4999) => "of an application",
        (None, _) => "not a close code",
    }
}
