//! Where the machine of responses stands.

use super::{Field, Phase, ResponseMachine};
use crate::{
    http::Stand,
    wire::{StandFacts, Standing},
};

impl Standing for ResponseMachine {
    fn stand(&self) -> &'static StandFacts {
        let stand = match &self.phase {
            _ if self.failed.is_some() => Stand::Failed,
            Phase::Idle { interim: false } => Stand::BetweenResponses,
            Phase::Idle { interim: true } => Stand::AfterInterim,
            Phase::Line(line) => line.stand(),
            Phase::Fields(section) => section.stand(),
            Phase::Length { left: 0, .. } => Stand::Over,
            Phase::Length { .. } => Stand::Body,
            Phase::Chunks(chunks) => chunks.stand(),
            Phase::UntilClose { .. } => Stand::UntilClose,
            Phase::Tunnel { .. } => Stand::Tunnel,
        };
        stand.facts()
    }

    fn plain(&self) -> u64 {
        match &self.phase {
            _ if self.failed.is_some() => 0,
            Phase::Length { left, .. } => *left,
            Phase::Chunks(chunks) => chunks.plain(),
            Phase::UntilClose { .. } | Phase::Tunnel { .. } => u64::MAX,
            Phase::Idle { .. } | Phase::Line(_) | Phase::Fields(_) => 0,
        }
    }

    fn clone_bytes(&self) -> usize {
        size_of::<Self>() + self.head.fields.len() * size_of::<Field>()
    }
}
