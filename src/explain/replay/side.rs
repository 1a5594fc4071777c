//! The sides of an exchange that can be gone through, and the machine that reads each.

use crate::{
    base::{
        closed_list::{closed_list, keyed},
        stream::Nanos,
    },
    explain::{
        Facts,
        facts::StreamFacts,
        http::leniency::{as_recorded, recorded},
        websocket::Switch,
    },
    http::{self, Leniencies, Method, RequestMachine, ResponseMachine, Rule},
    lines::Scanner,
    store::model::Chunk,
    trace::{Guard, ProtocolKind},
    websocket::{self, FrameMachine, Sender},
    wire::{State, Stepper},
};

use super::run::Run;

/// A row of the table of sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideFacts {
    /// The stable name, on the command line and in JSON.
    pub key: &'static str,
    /// The side in words.
    pub title: &'static str,
}

closed_list! {
    /// A side of an exchange.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Side: pub SideFacts {
        /// The request.
        #[default]
        Request { key: "request", title: "request" },
        /// The response.
        Response { key: "response", title: "response" },
        /// The frames of the client of a WebSocket.
        ClientFrames { key: "client_frames", title: "frames of the client" },
        /// The frames of the server of a WebSocket.
        ServerFrames { key: "server_frames", title: "frames of the server" },
    }
}

keyed!(Side);

impl Side {
    /// Whether the side is frames of a WebSocket.
    #[must_use]
    pub const fn is_frames(self) -> bool {
        matches!(self, Self::ClientFrames | Self::ServerFrames)
    }

    /// The timer that runs in a state of the machine, and the time since which it ran when a read arrived: `began`, that
    /// of the first byte, or `before`, that of the read before. `None`: none does.
    pub(super) const fn timer(
        self,
        leg: Option<usize>,
        state: State,
        began: Nanos,
        before: Nanos,
    ) -> Option<(Guard, Nanos)> {
        match (self, leg, state) {
            (Self::Request, None, State::StartLine | State::Fields) => Some((Guard::HeadTimeout, began)),
            (Self::Request, None, State::Body(_) | State::Trailers) => Some((Guard::BodyTimeout, before)),
            (
                Self::Response,
                Some(_),
                State::StartLine | State::Fields | State::Body(_) | State::Trailers,
            ) => Some((Guard::SilenceTimeout, before)),
            (Self::ClientFrames, None, State::StartLine | State::Body(_)) => {
                Some((Guard::FrameTimeout, before))
            }
            (Self::ClientFrames, None, State::Idle) => Some((Guard::UpgradeTimeout, before)),
            _ => None,
        }
    }
}

/// The limits that were in force, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Limits(Vec<(Guard, u64)>);

impl Limits {
    /// These limits.
    #[must_use]
    pub fn new(limits: impl IntoIterator<Item = (Guard, u64)>) -> Self {
        Self(limits.into_iter().collect())
    }

    /// A limit. `None`: it is not known.
    #[must_use]
    pub fn get(&self, guard: Guard) -> Option<u64> {
        self.0.iter().find(|(known, _)| *known == guard).map(|(_, limit)| *limit)
    }
}

/// A machine over the bytes of a side, and what was recorded of them.
pub(super) struct Source<'a> {
    pub run: Box<dyn Run>,
    pub stream: &'a StreamFacts,
    pub chunks: &'a [Chunk],
    /// Whether this server read the bytes to serve them, and recorded what it did.
    pub is_served: bool,
}

/// The machine of a side. `None`: no byte of it was kept from its beginning.
pub(super) fn source(facts: &Facts, leg: Option<usize>, side: Side) -> Option<Source<'_>> {
    let detail = &facts.detail;
    let (request, response) = match leg {
        None => (&facts.request, &facts.response),
        Some(index) => (&facts.upstream.get(index)?.request, &facts.upstream.get(index)?.response),
    };
    let (reads, writes) = match leg {
        None => (&detail.reads, &detail.writes),
        Some(index) => (&detail.upstream.get(index)?.writes, &detail.upstream.get(index)?.reads),
    };
    let is_request = matches!(side, Side::Request | Side::ClientFrames);
    let (stream, chunks) = if is_request { (request, reads) } else { (response, writes) };
    if side.is_frames() {
        return if leg.is_none() { frames(facts, side, stream, chunks) } else { None };
    }
    let (start, bytes) = (stream.own.start, stream.beginning_shared());
    if bytes.is_empty() {
        return None;
    }
    let run: Box<dyn Run> = match (detail.exchange.protocol, side) {
        (ProtocolKind::Lines, Side::Request) => {
            let limit = acted(facts, Guard::MessageBytes).and_then(|limit| usize::try_from(limit).ok());
            let limit = limit.unwrap_or(usize::MAX - 1);
            Box::new(Stepper::new(Scanner::messages(limit, start), bytes, false))
        }
        (ProtocolKind::Lines, _) => Box::new(Stepper::new(Scanner::replies(start), bytes, false)),
        (ProtocolKind::Http, Side::Request) => {
            let limits = if leg.is_none() { machine_limits(facts) } else { http::Limits::UNLIMITED };
            let read = |leniencies: Leniencies| {
                let machine = RequestMachine::starting_at(limits.with(leniencies), start);
                Stepper::new(machine, bytes.clone(), false)
            };
            Box::new(as_recorded(recorded(&detail.exchange), read, broken))
        }
        (ProtocolKind::Http, _) => {
            let method = match leg {
                None => Method::from_token(detail.exchange.method.as_bytes()),
                Some(index) => {
                    facts.upstream[index].request_head.as_ref().map_or(Method::Get, |head| head.method)
                }
            };
            let closed = match leg {
                None => detail.closed,
                Some(index) => detail.upstream[index].closed,
            };
            let is_whole = start + bytes.len() as u64 == stream.own.end;
            let read = |leniencies: Leniencies| {
                let mut machine = ResponseMachine::starting_at(start).tolerating(leniencies);
                machine.answers(method);
                Stepper::new(machine, bytes.clone(), closed.is_some() && is_whole)
            };
            Box::new(as_recorded(recorded(&detail.exchange), read, broken))
        }
    };
    Some(Source { run, stream, chunks, is_served: side == Side::Request && leg.is_none() })
}

/// The frames after the switch.
fn frames<'a>(
    facts: &'a Facts,
    side: Side,
    stream: &'a StreamFacts,
    chunks: &'a [Chunk],
) -> Option<Source<'a>> {
    let websocket = facts.websocket.as_ref()?;
    let switch = Switch::of(&facts.detail.exchange)?;
    let (start, sender) = match side {
        Side::ClientFrames => (switch.received, Sender::Client),
        _ => (switch.sent, Sender::Server),
    };
    let bytes = stream.kept_from(start).filter(|bytes| !bytes.is_empty())?;
    let limits = websocket::Limits { message_bytes: u64::MAX, deflate: websocket.deflate };
    let run = Box::new(Stepper::many(FrameMachine::new(sender, start, limits), bytes));
    Some(Source { run, stream, chunks, is_served: false })
}

/// The limits of the machine: those at which the server broke off, as it recorded them. No other is applied a second
/// time, since the settings may have changed.
fn machine_limits(facts: &Facts) -> http::Limits {
    let mut limits = http::Limits::UNLIMITED;
    let size = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    if let Some(most) = acted(facts, Guard::HeadBytes) {
        limits.head_bytes = size(most);
    }
    if let Some(most) = acted(facts, Guard::TargetBytes) {
        limits.target_bytes = size(most);
    }
    if let Some(most) = acted(facts, Guard::BodyBytes) {
        limits.body_bytes = most;
    }
    limits
}

/// The limit of a guard that acted. `None`: it did not.
pub(super) fn acted(facts: &Facts, guard: Guard) -> Option<u64> {
    let guards = &facts.detail.exchange.guards;
    guards.iter().find(|(_, acted, _)| *acted == guard).map(|(_, _, limit)| *limit)
}

/// The rule at which the machine broke off. `None`: at none.
fn broken<M>(stepper: &Stepper<M>) -> Option<Rule>
where
    M: crate::wire::Replayable<Rule = Rule> + crate::wire::Standing,
{
    stepper.violation().map(|violation| violation.rule)
}
