//! Captures that others made.

use std::collections::{HashMap, HashSet};

use crate::{
    base::stream::{ConnId, ExchangeId},
    explain::Facts,
    pcap::Import,
    store::Store,
    trace::{Event, EventKind, Stage},
};

use super::choices;
use crate::testing::packets::{Ip, Link, Order, pcap, segment};

/// A capture is read as far as it goes, whatever is in it: where that stops lies in the file; each stream has
/// no gap and no overlap; what began is over at the end; what was read can be looked at.
pub fn import(data: &[u8]) {
    let Some(([choice], rest)) = choices(data) else { return };
    // Few bytes are a file, and of those few have a segment: every other input gives the segments.
    let file = if choice % 2 == 0 { rest.to_vec() } else { segments(rest) };
    let mut store = Store::new(1 << 20);
    let mut import = Import::new(&file[..]);
    let mut streams = Streams::default();
    while let Some(batch) = import.step() {
        batch.events.iter().for_each(|event| streams.follow(event));
        store.apply(batch);
    }
    assert!(import.offset() <= file.len() as u64);
    assert!(import.stop().is_none_or(|stop| stop.offset <= file.len() as u64));
    assert!(streams.begun.is_empty(), "not over: {:?}", streams.begun);
    assert!(store.counts().captured_bytes <= 1 << 20);
    for id in store.summaries().map(|summary| summary.id).take(8) {
        if let Some(detail) = store.detail(id) {
            let _ = Facts::new(detail);
        }
    }
}

/// The position of each stream of each open connection, and the exchanges in progress.
#[derive(Default)]
struct Streams {
    open: HashMap<Option<ConnId>, [u64; 2]>,
    /// Exchanges that are not over.
    begun: HashSet<Option<ExchangeId>>,
}

impl Streams {
    fn follow(&mut self, event: &Event) {
        let (direction, offset, len) = match &event.kind {
            EventKind::Opened(_) => {
                assert!(self.open.insert(event.conn, [0; 2]).is_none(), "opened twice");
                return;
            }
            EventKind::Closed(_) => {
                assert!(self.open.remove(&event.conn).is_some(), "closed, but not open");
                return;
            }
            EventKind::MessageStarted { .. } => {
                assert!(self.begun.insert(event.exchange), "begun twice");
                return;
            }
            EventKind::Stage(Stage::ResponseSent { .. } | Stage::Aborted) => {
                assert!(self.begun.remove(&event.exchange), "over, but not begun");
                return;
            }
            EventKind::Bytes { stream, offset, payload } => {
                (stream.direction.index(), *offset, payload.count())
            }
            _ => return,
        };
        let reached = self.open.get_mut(&event.conn).expect("bytes of an open connection");
        assert_eq!(reached[direction], offset, "{event:?}");
        reached[direction] += len;
    }
}

/// A file of segments between one client and one server. For each: flags and direction, a step of the
/// sequence number (forward, or back), a length, and as many bytes.
fn segments(mut rest: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut sent = [100_u32, 0xffff_fff0];
    while let Some(([flags, step, len], after)) = choices::<3>(rest) {
        let (payload, after) = after.split_at(usize::from(len).min(after.len()));
        rest = after;
        let outgoing = usize::from(flags >> 7);
        let seq = sent[outgoing].wrapping_add_signed(i32::from(step.cast_signed()));
        sent[outgoing] = sent[outgoing].wrapping_add(u32::from(len)).wrapping_add(u32::from(flags >> 1 & 1));
        frames.push(segment(Ip::V4, outgoing == 0, 40_000, [seq, 0], flags & 0x17, payload));
    }
    pcap(Order::Little, false, Link::Raw.number(Ip::V4), &frames)
}
