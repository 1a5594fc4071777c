//! Notes on an exchange that follow from the rest of its connection.

use std::sync::Arc;

use crate::{
    base::stream::Nanos,
    store::model::{Chunk, Detail, Outcome},
    trace::{CloseReason, Severity, Stage},
    words::duration,
};

use super::{Context, Family, Finding, Note};

/// Notes on the exchange and its connection.
pub(super) const FAMILY: Family = Family { name: "connection", find };

#[derive(Debug)]
enum Connection {
    /// The request arrived in the same read as the request with this number.
    Pipelined { with: u64 },
    /// The client finished sending this long after the first byte.
    HalfClosed { since: u64 },
    /// The exchange was cut off.
    CutOff(CloseReason),
}

impl Finding for Connection {
    fn sentence(&self) -> String {
        match self {
            Self::Pipelined { with } => format!(
                "The request came in the same read as request {with}: the client sends without waiting for the response (pipelining). Responses go back in the same order."
            ),
            Self::HalfClosed { since } => {
                let since = duration(*since);
                format!(
                    "The client finished sending {since} after the first byte; it may still read the response."
                )
            }
            Self::CutOff(reason) => {
                format!("The exchange was cut off: connection {}.", reason.words())
            }
        }
    }

    fn section(&self) -> &'static str {
        match self {
            Self::Pipelined { .. } => "RFC 9112 §9.3.2",
            Self::HalfClosed { .. } => "RFC 9112 §9.6",
            Self::CutOff(_) => "RFC 9112 §8",
        }
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let detail = context.detail;
    let mut note =
        |severity, connection| notes.push(Note { severity, range: None, finding: Arc::new(connection) });
    if let Some(with) = pipelined_with(detail) {
        note(Severity::Info, Connection::Pipelined { with });
    }
    let exchange = &detail.exchange;
    // Most connections end this way after the response, which does not concern the exchange.
    let sent = |stage: &Stage| matches!(stage, Stage::ResponseSent { .. });
    let done = exchange.stages.iter().find(|(_, stage)| sent(stage)).map(|(at, _)| *at);
    let waits = |at: Nanos| at >= exchange.began && done.is_none_or(|done| at < done);
    if let Some(at) = detail.half_closed.filter(|at| waits(*at) && !detail.neighbours.1) {
        note(Severity::Info, Connection::HalfClosed { since: at - exchange.began });
    }
    let aborted = exchange.stages.iter().any(|(_, stage)| *stage == Stage::Aborted);
    if (aborted || exchange.outcome == Outcome::Aborted)
        && let Some((_, reason)) = detail.closed
    {
        note(Severity::Error, Connection::CutOff(reason));
    }
}

/// Number of the last earlier request that began in the first read of this one. `None`: no earlier request
/// did.
fn pipelined_with(detail: &Detail) -> Option<u64> {
    let first_read = detail.reads.first().map_or(0..0, Chunk::range);
    let mut earlier = detail.messages.iter().rev().filter(|message| message.id < detail.exchange.id);
    earlier.find(|message| first_read.contains(&message.request.start)).map(|message| message.number)
}
