//! The machine of event streams and of JSON texts.

use std::ops::ControlFlow;

use crate::{
    events::{Format, ItemMachine, item},
    testing::drive::drive,
    wire::{Event, Machine, Recorded, Silent, replay},
};

use super::{
    choices,
    machines::{covers, pieces},
};

/// Items are the same in any pieces and for the silent sink; every byte lies in exactly one span; the data of an item has
/// the length that was counted.
pub fn events(data: &[u8]) {
    let Some(([choice, seed], bytes)) = choices(data) else { return };
    let format = Format::ALL[usize::from(choice) % Format::ALL.len()];
    let machine = || ItemMachine::new(format);
    let go_on = |_: &mut ItemMachine, _: &_| ControlFlow::Continue(());
    let whole = drive(&mut machine(), &mut Recorded::default(), [bytes], go_on);
    whole.assert_same(&drive(&mut machine(), &mut Recorded::default(), pieces(bytes, seed), go_on), "pieces");
    whole.assert_same(
        &drive(&mut machine(), &mut Recorded::default(), bytes.chunks(1), go_on),
        "single bytes",
    );
    drive(&mut machine(), &mut Silent, pieces(bytes, seed), go_on).assert_same_events(&whole, "silent");
    let found = replay::run(&mut machine(), bytes, true, |_, _| {});
    covers(found.leaves.into_iter().map(|leaf| leaf.range), 0, bytes.len());
    let (mut reader, mut used, mut end) = (machine(), 0, 0);
    loop {
        let Ok(step) = reader.advance(&bytes[used..], &mut Silent);
        used += step.consumed;
        if step.event != Event::End {
            break;
        }
        let read = reader.item();
        assert_eq!(read.range.start, end, "items follow each other");
        end = read.range.end;
        let start = usize::try_from(read.range.start).unwrap_or(usize::MAX);
        assert_eq!(item::data(read, &bytes[start..], usize::MAX).len() as u64, read.data_bytes);
    }
}
