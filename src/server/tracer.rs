//! Collects what happens in one turn of the event loop and sends it as one batch.

use bytes::Bytes;

use crate::base::stream::{ConnId, Direction, ExchangeId};
use crate::trace::{BLOCK_BYTES, Batch, Event, EventKind, Nanos, Payload, Sender};

/// How much of a read or write is kept when the view has fallen behind: enough for most heads.
const KEPT_WHEN_CROWDED: usize = 4096;

/// Gathers the events of a turn. Without a sender it does nothing.
#[derive(Debug)]
pub(super) struct Tracer {
    sender: Option<Sender>,
    events: Vec<Event>,
    /// The time of the last event.
    latest: Nanos,
}

impl Tracer {
    pub(super) const fn new(sender: Option<Sender>) -> Self {
        Self { sender, events: Vec::new(), latest: 0 }
    }

    /// Whether events are sent anywhere.
    pub(super) const fn on(&self) -> bool {
        self.sender.is_some()
    }

    /// Reports an event of time `at`, or of the time of the last event if that is later: most events have the
    /// start of the turn for their time.
    pub(super) fn event(
        &mut self,
        at: Nanos,
        conn: Option<ConnId>,
        exchange: Option<ExchangeId>,
        kind: EventKind,
    ) {
        if self.sender.is_some() {
            let at = at.max(self.latest);
            self.latest = at;
            self.events.push(Event { at, conn, exchange, kind });
        }
    }

    pub(super) fn read(&mut self, at: Nanos, conn: ConnId, offset: u64, bytes: &Bytes) {
        let (kept, left_out) = self.share(bytes);
        self.bytes(at, conn, Direction::Received, offset, kept, left_out);
    }

    /// `memory`: what `bytes` keep alive, in bytes. What is longer than a block and not all of it is copied, or
    /// a slow client would keep all of a large body in memory for as long as a part of it can be looked at.
    pub(super) fn wrote(&mut self, at: Nanos, conn: ConnId, offset: u64, bytes: &Bytes, memory: usize) {
        let (mut kept, left_out) = self.share(bytes);
        if let Some(bytes) = &mut kept
            && bytes.len() > BLOCK_BYTES
            && bytes.len() < memory
        {
            *bytes = Bytes::copy_from_slice(bytes);
        }
        self.bytes(at, conn, Direction::Sent, offset, kept, left_out);
    }

    /// Reports the bytes of one receive or send: those that are kept, then how many more there were.
    fn bytes(
        &mut self,
        at: Nanos,
        conn: ConnId,
        direction: Direction,
        offset: u64,
        kept: Option<Bytes>,
        dropped: u64,
    ) {
        let mut next = offset;
        if let Some(bytes) = kept {
            next += bytes.len() as u64;
            self.event(at, Some(conn), None, EventKind::bytes(direction, offset, bytes));
        }
        if dropped > 0 {
            self.event(at, Some(conn), None, EventKind::bytes(direction, next, Payload::Dropped(dropped)));
        }
    }

    /// Splits `bytes` into the part that is sent to the trace and the number of bytes that are dropped because the
    /// view is behind.
    fn share(&mut self, bytes: &Bytes) -> (Option<Bytes>, u64) {
        let Some(sender) = &mut self.sender else { return (None, 0) };
        if bytes.len() <= KEPT_WHEN_CROWDED || !sender.crowded() {
            return (Some(bytes.clone()), 0);
        }
        let left_out = (bytes.len() - KEPT_WHEN_CROWDED) as u64;
        sender.count_omitted(left_out);
        // A slice would keep the whole block in memory while it waits.
        (Some(Bytes::copy_from_slice(&bytes[..KEPT_WHEN_CROWDED])), left_out)
    }

    /// Sends what has been collected. Called at the end of each turn.
    pub(super) fn flush(&mut self) {
        if self.events.is_empty() {
            return;
        }
        if let Some(sender) = &mut self.sender {
            let events = std::mem::take(&mut self.events);
            self.events.reserve(events.len().min(1024));
            sender.send(Batch { events });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace;

    #[test]
    fn what_is_longer_than_a_block_is_all_of_its_memory() {
        let (sender, receiver) = trace::channel(1 << 20);
        let mut tracer = Tracer::new(Some(sender));
        let long = Bytes::from(vec![b'x'; 3 * BLOCK_BYTES]);
        let part = long.slice(..2 * BLOCK_BYTES);
        for (bytes, memory, copied) in
            [(&part, part.len(), false), (&long, long.len(), false), (&part, long.len(), true)]
        {
            tracer.wrote(0, ConnId::FIRST, 0, bytes, memory);
            tracer.flush();
            let batch = receiver.try_recv().expect("sent");
            let EventKind::Bytes { payload: Payload::Kept(kept), .. } = &batch.events[0].kind else {
                panic!("{batch:?}")
            };
            assert_eq!(kept, bytes);
            assert_eq!(kept.as_ptr() != bytes.as_ptr(), copied, "{} of {memory}", bytes.len());
        }
    }
}
