//! The place at which an exchange changed its protocol.

use crate::{
    http::Status,
    store::model::{Chunk, Exchange},
    trace::Stage,
};

/// Where the other protocol begins, in both directions of the client's connection (RFC 9110 §15.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) struct Switch {
    /// Stream offset after the request.
    pub received: u64,
    /// Stream offset after the head of the 101.
    pub sent: u64,
}

impl Switch {
    /// The place in an exchange. `None`: its protocol did not change, or it is not known where.
    pub(in crate::explain) fn of(exchange: &Exchange) -> Option<Self> {
        let stages = || exchange.stages.iter().map(|(_, stage)| stage);
        let sent = stages().find_map(|stage| match stage {
            Stage::ResponseHead { status: Status(101), end, .. } => Some(*end),
            _ => None,
        })?;
        let received = stages().find_map(|stage| match stage {
            Stage::RequestEnd { end, .. } => Some(*end),
            _ => None,
        })?;
        Some(Self { received, sent })
    }
}

/// The chunks as far as they lie before `end`. `None`: all of them.
pub(in crate::explain) fn before(chunks: &[Chunk], end: Option<u64>) -> Vec<Chunk> {
    let end = end.unwrap_or(u64::MAX);
    chunks.iter().filter_map(|chunk| chunk.cut(0..end)).collect()
}
