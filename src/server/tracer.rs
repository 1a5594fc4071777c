//! Collects the events of one turn of the event loop and sends them as one batch.

use bytes::Bytes;

use crate::base::stream::{ConnId, ExchangeId, Nanos, StreamId};
use crate::trace::{BLOCK_BYTES, Batch, Event, EventKind, Payload, Sender};

/// Number of bytes of a read or write that are kept when the view has fallen behind: enough for most heads.
const KEPT_WHEN_CROWDED: usize = 4096;

/// Collects the events of a turn. Does nothing without a sender.
#[derive(Debug)]
pub(super) struct Tracer {
    sender: Option<Sender>,
    events: Vec<Event>,
    /// The time of the last event.
    latest: Nanos,
    /// Whether events are left out, because they belong to a connection that is not in the trace.
    is_muted: bool,
}

impl Tracer {
    pub(super) const fn new(sender: Option<Sender>) -> Self {
        Self { sender, events: Vec::new(), latest: Nanos::ZERO, is_muted: false }
    }

    /// Whether events are sent anywhere.
    pub(super) const fn on(&self) -> bool {
        self.sender.is_some() && !self.is_muted
    }

    /// Leaves out the events that follow, or no longer.
    pub(super) const fn mute(&mut self, is_muted: bool) {
        self.is_muted = is_muted;
    }

    /// Reports an event with the time `at`, or the time of the last event if that is later: most events have
    /// the time of the start of the turn.
    pub(super) fn event(
        &mut self,
        at: Nanos,
        conn: Option<ConnId>,
        exchange: Option<ExchangeId>,
        kind: EventKind,
    ) {
        if self.on() {
            let at = at.max(self.latest);
            self.latest = at;
            self.events.push(Event { at, conn, exchange, kind });
        }
    }

    pub(super) fn read(&mut self, at: Nanos, conn: ConnId, stream: StreamId, offset: u64, bytes: &Bytes) {
        let (kept, left_out) = self.share(bytes);
        self.bytes(at, conn, stream, offset, kept, left_out);
    }

    /// Reports a write. `memory`: number of bytes of memory that `bytes` keep alive. A part of what is longer
    /// than a block is copied; otherwise the whole body would stay in memory as long as the part is kept, which counts as
    /// a block at most.
    pub(super) fn wrote(
        &mut self,
        at: Nanos,
        conn: ConnId,
        stream: StreamId,
        offset: u64,
        bytes: &Bytes,
        memory: usize,
    ) {
        let (mut kept, left_out) = self.share(bytes);
        if let Some(bytes) = &mut kept
            && memory > BLOCK_BYTES
            && bytes.len() < memory
        {
            *bytes = Bytes::copy_from_slice(bytes);
        }
        self.bytes(at, conn, stream, offset, kept, left_out);
    }

    /// Reports the bytes of one read or write: the kept ones, then the number of dropped ones.
    fn bytes(
        &mut self,
        at: Nanos,
        conn: ConnId,
        stream: StreamId,
        offset: u64,
        kept: Option<Bytes>,
        dropped: u64,
    ) {
        let mut next = offset;
        if let Some(bytes) = kept {
            next += bytes.len() as u64;
            let kind = EventKind::Bytes { stream, offset, payload: bytes.into() };
            self.event(at, Some(conn), None, kind);
        }
        if dropped > 0 {
            let kind = EventKind::Bytes { stream, offset: next, payload: Payload::Dropped(dropped) };
            self.event(at, Some(conn), None, kind);
        }
    }

    /// Splits `bytes` into the part sent to the trace and the number of bytes dropped because the view is
    /// behind.
    fn share(&mut self, bytes: &Bytes) -> (Option<Bytes>, u64) {
        let Some(sender) = self.sender.as_mut().filter(|_| !self.is_muted) else { return (None, 0) };
        if bytes.len() <= KEPT_WHEN_CROWDED || !sender.crowded() {
            return (Some(bytes.clone()), 0);
        }
        let left_out = (bytes.len() - KEPT_WHEN_CROWDED) as u64;
        sender.count_omitted(left_out);
        // A slice would keep the whole block in memory.
        (Some(Bytes::copy_from_slice(&bytes[..KEPT_WHEN_CROWDED])), left_out)
    }

    /// Sends what has been collected. Called at the end of each turn.
    pub(super) fn flush(&mut self) {
        if self.events.is_empty() {
            return;
        }
        if let Some(sender) = &mut self.sender {
            let events = std::mem::replace(&mut self.events, sender.list());
            sender.send(Batch { events });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::stream::Direction, trace};

    #[test]
    fn what_is_kept_alive_is_a_block_or_what_is_kept() {
        let (sender, receiver) = trace::channel(1 << 20);
        let mut tracer = Tracer::new(Some(sender));
        let long = Bytes::from(vec![b'x'; 3 * BLOCK_BYTES]);
        let (part, short) = (long.slice(..2 * BLOCK_BYTES), long.slice(..100));
        for (bytes, memory, copied) in [
            (&part, part.len(), false),
            (&long, long.len(), false),
            (&part, long.len(), true),
            (&short, long.len(), true),
            (&short, BLOCK_BYTES, false),
        ] {
            let stream = StreamId::wire(Direction::Sent);
            tracer.wrote(Nanos::ZERO, ConnId::FIRST, stream, 0, bytes, memory);
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
