//! The stages of an exchange, and the order of what happens to one.

use std::ops::Range;

use crate::http::{Framing, Status};

use super::{Cause, Phase};

/// A step in the life of an exchange, with what was known then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The request line is complete; or it breaks a rule and this is what can be read of it.
    RequestLine {
        /// The method token, as a range of the stream.
        method: Range<u64>,
        /// The target, as a range of the stream.
        target: Range<u64>,
    },
    /// A message of a protocol without heads is complete; or it breaks a rule and this is what can be read of it.
    Received {
        /// The word that stands in a list in the place of a method, of [`ProtocolFacts`](super::ProtocolFacts).
        word: &'static str,
        /// The content, without its framing, as a range of the stream.
        content: Range<u64>,
    },
    /// The head is complete and how its body ends is decided.
    Head {
        /// Stream offset of the request line's first byte.
        start: u64,
        /// Stream offset after the empty line.
        end: u64,
        /// Number of field lines.
        fields: u32,
        /// How the body ends.
        framing: Framing,
    },
    /// Headers, target, body length and connection count are within their limits.
    GuardsPassed,
    /// `100 Continue` was sent: the body is wanted.
    Continue,
    /// The request is complete.
    RequestEnd {
        /// Stream offset after its last byte: where the next request begins.
        end: u64,
        /// Bytes of content, without chunk framing.
        content: u64,
    },
    /// The response head is ready to be written.
    ResponseHead {
        /// The status code.
        status: Status,
        /// Why the request was refused. `None`: it was not.
        refusal: Option<Cause>,
        /// Offset of the status line in what is sent.
        start: u64,
        /// Offset after the empty line in what is sent.
        end: u64,
        /// How the body ends.
        framing: Framing,
    },
    /// The response of a protocol without heads is ready to be written.
    Answered {
        /// Why the message was refused. `None`: it was not.
        refusal: Option<Cause>,
        /// Offset of its first byte in what is sent.
        start: u64,
    },
    /// The response was written whole.
    ResponseSent {
        /// Offset after its last byte in what is sent.
        end: u64,
        /// Whether another request may follow on this connection.
        keep_alive: bool,
    },
    /// The exchange ended before its response was written whole, or without one.
    Aborted,
}

/// The order of what happens to an exchange at one time: a clock can be that coarse. It is the order in which
/// the server acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// The connection is opened.
    Opened,
    /// Bytes are received.
    Received,
    /// The request begins.
    Started,
    /// The request line is complete.
    RequestLine,
    /// The head is complete.
    Head,
    /// How the body ends is decided.
    Framing,
    /// The limits are kept.
    GuardsPassed,
    /// Middleware acts on the request.
    OnRequest,
    /// A route is found, or none.
    Routed,
    /// `100 Continue` is sent.
    Continue,
    /// The request is complete.
    RequestEnd,
    /// A guard acts.
    Guard,
    /// The server notes something.
    Note,
    /// Middleware acts on the response.
    OnResponse,
    /// The response head is ready.
    ResponseHead,
    /// Bytes are sent.
    Sent,
    /// The exchange is over: its response is written whole, or never will be.
    Over,
    /// The other end will send no more.
    HalfClosed,
    /// The connection is gone.
    Closed,
}

impl Phase {
    /// The place of middleware in the order of what happens at one time.
    #[must_use]
    pub const fn order(self) -> Order {
        match self {
            Self::Request => Order::OnRequest,
            Self::Response => Order::OnResponse,
        }
    }
}

impl Stage {
    /// Its place in the order of what happens at one time.
    #[must_use]
    pub const fn order(&self) -> Order {
        match self {
            Self::RequestLine { .. } | Self::Received { .. } => Order::RequestLine,
            Self::Head { .. } => Order::Head,
            Self::GuardsPassed => Order::GuardsPassed,
            Self::Continue => Order::Continue,
            Self::RequestEnd { .. } => Order::RequestEnd,
            Self::ResponseHead { .. } | Self::Answered { .. } => Order::ResponseHead,
            Self::ResponseSent { .. } | Self::Aborted => Order::Over,
        }
    }
}
