//! A frame of a WebSocket, as JSON.

use serde::Serialize;

use crate::{
    base::stream::Direction,
    store::{SeenBreach, SeenFrame},
};

use super::{escaped_bytes, pair};

#[derive(Serialize)]
pub(super) struct FrameJson {
    direction: Direction,
    start: u64,
    end: u64,
    fin: bool,
    rsv: u8,
    opcode: &'static str,
    mask: Option<String>,
    length: u64,
    payload: String,
}

/// A frame that breaks a rule.
#[derive(Serialize)]
pub(super) struct BreachJson {
    direction: Direction,
    span: [u64; 2],
    rule: &'static str,
    section: &'static str,
    close_code: u16,
    text: &'static str,
}

impl From<&SeenBreach> for BreachJson {
    fn from(breach: &SeenBreach) -> Self {
        let facts = breach.rule.facts();
        Self {
            direction: breach.direction,
            span: pair(&breach.span),
            rule: facts.key,
            section: facts.section,
            close_code: facts.close.facts().number,
            text: facts.sentence,
        }
    }
}

impl From<&SeenFrame<'_>> for FrameJson {
    fn from(frame: &SeenFrame<'_>) -> Self {
        let head = &frame.head;
        Self {
            direction: frame.direction,
            start: head.start,
            end: head.end(),
            fin: head.fin,
            rsv: head.rsv,
            opcode: head.opcode.key(),
            mask: head.mask.map(|key| key.map(|byte| format!("{byte:02x}")).concat()),
            length: head.length,
            payload: escaped_bytes(frame.payload),
        }
    }
}
