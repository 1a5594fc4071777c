//! The stages of an exchange, and the order of simultaneous events.

use std::ops::Range;

use crate::http::{Framing, Status};

use super::{Cause, Phase};

/// A step in the life of an exchange, with the facts known at that point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The request line is complete or, if it breaks a rule, was read as far as possible.
    RequestLine {
        /// The method token, as a range of the stream.
        method: Range<u64>,
        /// The target, as a range of the stream.
        target: Range<u64>,
    },
    /// A message of a protocol without heads is complete or, if it breaks a rule, was read as far as
    /// possible.
    Received {
        /// The word shown in place of a method in a list, from [`ProtocolFacts`](super::ProtocolFacts).
        word: &'static str,
        /// The content, without its framing, as a range of the stream.
        content: Range<u64>,
    },
    /// The head is complete, and the framing of its body is decided.
    Head {
        /// Stream offset of the request line's first byte.
        start: u64,
        /// Stream offset after the empty line.
        end: u64,
        /// Number of field lines.
        fields: u32,
        /// The framing of the body.
        framing: Framing,
    },
    /// Headers, target, body length and connection count are within their limits.
    GuardsPassed,
    /// `100 Continue` was sent: the server is waiting for the body.
    Continue,
    /// The request is complete.
    RequestEnd {
        /// Stream offset after the last byte of the request, where the next request begins.
        end: u64,
        /// Bytes of content, without chunk framing.
        content: u64,
    },
    /// The response head is ready to be written.
    ResponseHead {
        /// The status code.
        status: Status,
        /// Why the request was refused. `None`: it was not refused.
        refusal: Option<Cause>,
        /// Offset of the status line in the sent stream.
        start: u64,
        /// Offset after the empty line in the sent stream.
        end: u64,
        /// The framing of the body.
        framing: Framing,
    },
    /// The response of a protocol without heads is ready to be written.
    Answered {
        /// Why the message was refused. `None`: it was not refused.
        refusal: Option<Cause>,
        /// Offset of the response's first byte in the sent stream.
        start: u64,
    },
    /// The response was completely written.
    ResponseSent {
        /// Offset after the response's last byte in the sent stream.
        end: u64,
        /// Whether another request may follow on this connection.
        keep_alive: bool,
    },
    /// The exchange ended before its response was completely written, or without a response.
    Aborted,
}

/// The order of simultaneous events of an exchange, since clocks can be coarse: the order in which the server
/// acts.
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
    /// The framing of the body is decided.
    Framing,
    /// The request is within all limits.
    GuardsPassed,
    /// Middleware acts on the request.
    OnRequest,
    /// Routing is done.
    Routed,
    /// A backend is chosen.
    BackendChosen,
    /// `100 Continue` is sent.
    Continue,
    /// The request is complete.
    RequestEnd,
    /// A guard acts.
    Guard,
    /// The server adds a note.
    Note,
    /// Middleware acts on the response.
    OnResponse,
    /// An attempt to have the request answered by a backend is over.
    AttemptEnded,
    /// The response head is ready.
    ResponseHead,
    /// Bytes are sent.
    Sent,
    /// The exchange is over: its response is completely written, or never will be.
    Over,
    /// The other end finishes sending.
    HalfClosed,
    /// The connection ends.
    Closed,
}

impl Phase {
    /// The place of middleware in the order of simultaneous events.
    #[must_use]
    pub const fn order(self) -> Order {
        match self {
            Self::Request => Order::OnRequest,
            Self::Response => Order::OnResponse,
        }
    }
}

impl Stage {
    /// The place of the event in the order of simultaneous events.
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
