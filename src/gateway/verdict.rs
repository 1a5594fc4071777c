//! Verdicts on the backends of a group: why a backend takes a request, and why another one does not.

use super::{Failure, Policy};
use crate::base::stream::Nanos;

/// The reason why a backend was chosen for a request, or was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The policy of the group chose the backend.
    Chosen(Reason),
    /// The request is a trial of a backend that is out of rotation.
    Trial,
    /// The backend has the request again, on a new connection: it had closed the kept one.
    Again,
    /// The backend is switched off.
    Off,
    /// The backend takes no new requests.
    Draining,
    /// The backend is out of rotation.
    Out {
        /// The backend's last failure.
        failure: Failure,
        /// The time at which it left the rotation.
        since: Nanos,
        /// The time at which it is tried again.
        until: Nanos,
    },
    /// The request was sent to the backend before.
    Tried,
    /// The backend has as many open requests as it may have.
    Full {
        /// The number of the backend's open requests.
        open: u32,
    },
    /// The policy of the group chose another backend.
    NotChosen {
        /// The number of the backend's open requests.
        open: u32,
    },
}

/// The reason why a policy chose a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The backend's turn has come.
    InTurn,
    /// The backend had the fewest open requests for its weight.
    FewestOpen {
        /// The number of the backend's open requests, without this one.
        open: u32,
    },
    /// The client's address leads to the backend.
    ClientAddress {
        /// The hash of the client's address and the backend's name, which is the highest in the group.
        score: u64,
    },
}

impl Verdict {
    /// Whether the backend has the request.
    #[must_use]
    pub const fn takes(self) -> bool {
        matches!(self, Self::Chosen(_) | Self::Trial | Self::Again)
    }

    /// The stable name, in files and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Chosen(_) => "chosen",
            Self::Trial => "trial",
            Self::Again => "again",
            Self::Off => "off",
            Self::Draining => "draining",
            Self::Out { .. } => "out",
            Self::Tried => "tried",
            Self::Full { .. } => "full",
            Self::NotChosen { .. } => "not_chosen",
        }
    }
}

impl Reason {
    /// The policy that gave the reason.
    #[must_use]
    pub const fn policy(self) -> Policy {
        match self {
            Self::InTurn => Policy::RoundRobin,
            Self::FewestOpen { .. } => Policy::FewestOpen,
            Self::ClientAddress { .. } => Policy::ClientAddress,
        }
    }
}
