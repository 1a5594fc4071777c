//! The streams of an exchange, and ranges of their bytes.

use std::ops::Range;

use crate::base::stream::Direction;

/// A message of an exchange, on whichever leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Message {
    /// What the client asks, and what a backend is asked.
    #[default]
    Request,
    /// What a backend answers, and what the client is answered.
    Response,
}

impl Message {
    /// All messages, in the order in which they come.
    pub(super) const ALL: [Self; 2] = [Self::Request, Self::Response];

    /// Position in [`Self::ALL`].
    #[must_use]
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// A stream of an exchange: a message on one of its legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    /// The upstream leg, by its place in the list of legs. `None`: the client's leg.
    pub leg: Option<usize>,
    /// The message.
    pub message: Message,
}

impl Stream {
    /// The request of the client.
    pub(super) const REQUEST: Self = Self { leg: None, message: Message::Request };
    /// The response to the client.
    pub(super) const RESPONSE: Self = Self { leg: None, message: Message::Response };

    /// The direction of the bytes, as this program sees it.
    #[must_use]
    pub(super) const fn direction(self) -> Direction {
        match (self.leg, self.message) {
            (None, Message::Request) | (Some(_), Message::Response) => Direction::Received,
            (None, Message::Response) | (Some(_), Message::Request) => Direction::Sent,
        }
    }
}

/// A range of the bytes of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The stream.
    pub stream: Stream,
    /// Stream range of the bytes.
    pub range: Range<u64>,
}

/// The legs whose bytes are shown of an exchange that was passed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Legs {
    /// The client's and an upstream leg, beside each other.
    #[default]
    Both,
    /// The client's leg.
    Client,
    /// An upstream leg.
    Upstream,
}

impl Legs {
    /// All choices, in order.
    pub(super) const ALL: [Self; 3] = [Self::Both, Self::Client, Self::Upstream];

    /// The name of the choice.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Both => "Both legs",
            Self::Client => "Client’s leg",
            Self::Upstream => "Upstream’s leg",
        }
    }
}
