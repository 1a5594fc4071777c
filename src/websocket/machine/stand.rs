//! Where the machine of frames stands.

use super::{FrameMachine, Stage};
use crate::{
    websocket::Stand,
    wire::{StandFacts, Standing},
};

impl Standing for FrameMachine {
    fn stand(&self) -> &'static StandFacts {
        let stand = match self.stage {
            _ if self.failed.is_some() => Stand::Failed,
            Stage::Opcode if self.is_last => Stand::Closed,
            Stage::Opcode => Stand::Between,
            Stage::LengthByte => Stand::LengthByte,
            Stage::Length => Stand::Length,
            Stage::MaskKey => Stand::MaskKey,
            Stage::Head | Stage::Payload => Stand::Payload,
        };
        stand.facts()
    }

    fn plain(&self) -> u64 {
        let is_payload = self.stage == Stage::Payload && self.failed.is_none();
        if is_payload { self.frame.end() - self.offset } else { 0 }
    }
}
