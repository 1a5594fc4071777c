//! A frame of a WebSocket, as JSON.

use serde::Serialize;

use crate::{base::stream::Direction, store::SeenFrame};

use super::escaped_bytes;

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
