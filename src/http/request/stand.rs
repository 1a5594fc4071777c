//! Where the machine of requests stands.

use super::{Field, Phase, RequestMachine};
use crate::{
    http::Stand,
    wire::{StandFacts, Standing},
};

impl Standing for RequestMachine {
    fn stand(&self) -> &'static StandFacts {
        let stand = match &self.phase {
            _ if self.failed.is_some() => Stand::Failed,
            Phase::Idle { return_seen: false, .. } => Stand::BetweenRequests,
            Phase::Idle { .. } => Stand::EmptyLine,
            Phase::Line(line) => line.stand(),
            Phase::Fields(section) => section.stand(),
            Phase::Length { left: 0, .. } => Stand::Over,
            Phase::Length { .. } => Stand::Body,
            Phase::Chunks(chunks) => chunks.stand(),
        };
        stand.facts()
    }

    fn plain(&self) -> u64 {
        match &self.phase {
            _ if self.failed.is_some() => 0,
            Phase::Length { left, .. } => *left,
            Phase::Chunks(chunks) => chunks.plain(),
            _ => 0,
        }
    }

    fn clone_bytes(&self) -> usize {
        size_of::<Self>() + self.head.fields.len() * size_of::<Field>()
    }
}
