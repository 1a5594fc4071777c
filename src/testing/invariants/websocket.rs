//! The machine of WebSocket.

use std::ops::ControlFlow;

use crate::{
    testing::drive::drive,
    websocket::{FrameMachine, Limits, Sender},
    wire::{Machine, Recorded, Silent, replay},
};

use super::{
    choices,
    machines::{covers, pieces},
};

/// Frames and fault are the same in any pieces and for the silent sink; every byte of the stream lies in exactly one
/// span; what was read stays within the limit.
pub fn websocket(data: &[u8]) {
    let Some(([choice, seed], bytes)) = choices(data) else { return };
    let sender = if choice & 1 == 0 { Sender::Client } else { Sender::Server };
    let message_bytes = if choice & 4 == 0 { u64::MAX } else { 64 };
    let limits = Limits { message_bytes, deflate: choice & 2 != 0 };
    let machine = |offset| FrameMachine::new(sender, offset, limits);
    let go_on = |_: &mut FrameMachine, _: &_| ControlFlow::Continue(());
    let whole = drive(&mut machine(0), &mut Recorded::default(), [bytes], go_on);
    whole
        .assert_same(&drive(&mut machine(0), &mut Recorded::default(), pieces(bytes, seed), go_on), "pieces");
    whole.assert_same(
        &drive(&mut machine(0), &mut Recorded::default(), bytes.chunks(1), go_on),
        "single bytes",
    );
    drive(&mut machine(0), &mut Silent, pieces(bytes, seed), go_on).assert_same_events(&whole, "silent");
    let mut reader = machine(7);
    let found = replay::run(&mut reader, bytes, false, |_, _| {});
    assert!(reader.offset() <= 7 + bytes.len() as u64);
    covers(found.leaves.into_iter().map(|leaf| leaf.range), 7, bytes.len());
}
