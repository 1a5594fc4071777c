//! Records of the attempts to have a request answered by a backend: the choice, and what came of it.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    base::{
        closed_list::{closed_list, keyed},
        shared_text::SharedText,
        stream::{ConnId, Nanos},
    },
    gateway::{Failure, Policy, Verdict},
};

/// A group of backends. Choices under the same settings share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    /// The name: `app`.
    pub name: SharedText,
    /// The path below which the group's targets lie: `/api`, or `/` for all.
    pub prefix: SharedText,
    /// The policy by which a backend is chosen.
    pub policy: Policy,
    /// The backends, in the order of the settings.
    pub backends: Box<[BackendRecord]>,
}

/// A backend of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendRecord {
    /// The name: `app-1`.
    pub name: SharedText,
    /// Host and port: `127.0.0.1:3000`.
    pub address: SharedText,
    /// The backend's share of the requests in relation to the other backends.
    pub weight: u32,
}

/// A choice among the backends of a group, with which an attempt begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choosing {
    /// Number of the attempt, from 1. Where no backend can take the request there is no attempt, and the number is
    /// that of the one there would have been.
    pub number: u32,
    /// The failure of the attempt before. `None`: this is the first one.
    pub retry: Option<Failure>,
    /// The group.
    pub group: Arc<GroupRecord>,
    /// The verdict on each backend of the group, in their order.
    pub verdicts: Box<[Verdict]>,
}

impl Choosing {
    /// The backend that has the request. `None`: no backend can take it.
    #[must_use]
    pub fn backend(&self) -> Option<&BackendRecord> {
        let index = self.verdicts.iter().position(|verdict| verdict.takes())?;
        self.group.backends.get(index)
    }

    /// Each backend with the verdict on it.
    pub fn looked_at(&self) -> impl Iterator<Item = (&BackendRecord, Verdict)> {
        self.group.backends.iter().zip(self.verdicts.iter().copied())
    }
}

/// An attempt that is over. A time that is `None` was not reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Number of the attempt, from 1.
    pub number: u32,
    /// What came of the attempt.
    pub outcome: AttemptOutcome,
    /// The failure. `None`: the backend did not fail.
    pub failure: Option<Failure>,
    /// The connection that the request had. `None`: none was begun.
    pub conn: Option<ConnId>,
    /// Nanoseconds for which that connection had been idle. `None`: it was made for the request.
    pub idle: Option<u64>,
    /// The addresses that were dialed, in order. Empty: the connection was used again.
    pub dialed: Box<[SocketAddr]>,
    /// Time at which the request had a connection.
    pub connected: Option<Nanos>,
    /// Time at which the head of the request was sent on.
    pub head_sent: Option<Nanos>,
    /// Time at which the last of the request was sent on.
    pub body_sent: Option<Nanos>,
    /// Time at which the first byte of the response came back.
    pub first_byte: Option<Nanos>,
    /// Number of times that the client was not read from because the backend was slower.
    pub client_pauses: u32,
    /// Number of times that the backend was not read from because the client was slower.
    pub backend_pauses: u32,
    /// The most bytes of both messages that were held in memory at once.
    pub most_held: u64,
}

impl AttemptRecord {
    /// An attempt that has just begun.
    #[must_use]
    pub fn new(number: u32) -> Self {
        Self {
            number,
            outcome: AttemptOutcome::Left,
            failure: None,
            conn: None,
            idle: None,
            dialed: Box::default(),
            connected: None,
            head_sent: None,
            body_sent: None,
            first_byte: None,
            client_pauses: 0,
            backend_pauses: 0,
            most_held: 0,
        }
    }
}

/// A row of the table of outcomes.
#[derive(Clone, Copy, Debug)]
pub struct AttemptOutcomeFacts {
    /// The stable name.
    pub key: &'static str,
}

closed_list! {
    /// What came of an attempt.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum AttemptOutcome: pub AttemptOutcomeFacts {
        /// The backend answered completely.
        Answered { key: "answered" },
        /// The backend failed.
        Failed { key: "failed" },
        /// The client left, or had its answer before the backend was done.
        Left { key: "left" },
    }
}

keyed!(AttemptOutcome);
