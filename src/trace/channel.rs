//! The bounded channel between the server and the recorder.
//!
//! The server never waits for the view. When more than half of the budget is in transit, the server leaves
//! out body bytes ([`Sender::crowded`]); beyond the whole budget all bytes are left out; when there is no
//! room even for a batch, it is dropped. Each omission is counted, and the count is sent as an event
//! ([`EventKind::Omitted`]) as soon as there is room. What was received and still waits for a disk counts as in
//! transit ([`Backlog`]).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, TryRecvError, TrySendError};

use crate::base::faults::{self, Call};
use crate::base::stream::Nanos;

use super::{
    backlog::Backlog,
    event::{Batch, Event, EventKind, Payload},
};

/// Maximum number of batches in transit; one batch is sent per turn of the event loop.
const BATCHES: usize = 4096;
/// Lists of events that wait to be filled again at most.
const SPENT: usize = 16;
/// Events for which such a list has room at most.
const SPENT_EVENTS: usize = 4096;
/// Cost of an event in transit, besides its bytes.
const EVENT_BYTES: u64 = size_of::<Event>() as u64;
/// What events without bytes may take beyond the budget.
const EVENTS_OVER: u64 = 8 * 1024 * 1024;
/// Maximum number of openings and closings that are kept while nothing can be sent.
const CARRIED: usize = 100_000;

/// The server's end.
#[derive(Debug)]
pub struct Sender {
    /// The batches in transit, each with its cost.
    batches: crossbeam_channel::Sender<(u64, Batch)>,
    /// Lists of events that the receiver emptied, to be filled again.
    spent: crossbeam_channel::Receiver<Vec<Event>>,
    /// Lists that came back, in the order in which they did.
    lists: Vec<Vec<Event>>,
    /// Cost of the batches in transit. The receiver subtracts the cost of each batch it receives.
    under_way: Arc<AtomicU64>,
    budget_bytes: u64,
    omitted_bytes: u64,
    omitted_events: u64,
    /// Openings and closings from dropped batches, without which the view would show connections that no
    /// longer exist.
    carried: Vec<Event>,
}

/// The recorder's end.
#[derive(Debug)]
pub struct Receiver {
    batches: crossbeam_channel::Receiver<(u64, Batch)>,
    spent: crossbeam_channel::Sender<Vec<Event>>,
    under_way: Arc<AtomicU64>,
}

/// The result of waiting for a batch.
#[derive(Debug)]
pub enum Received {
    /// A batch.
    Batch(Batch),
    /// No batch within the time.
    Nothing,
    /// No batch: the server is gone and everything was received.
    End,
}

/// Creates a channel that holds at most about `budget_bytes` of captured bytes in transit.
#[must_use]
pub fn channel(budget_bytes: u64) -> (Sender, Receiver) {
    let (sender, receiver) = crossbeam_channel::bounded(BATCHES);
    let (give, take) = crossbeam_channel::bounded(SPENT);
    let under_way = Arc::new(AtomicU64::new(0));
    let sender = Sender {
        batches: sender,
        spent: take,
        lists: Vec::new(),
        under_way: Arc::clone(&under_way),
        budget_bytes,
        omitted_bytes: 0,
        omitted_events: 0,
        carried: Vec::new(),
    };
    (sender, Receiver { batches: receiver, spent: give, under_way })
}

impl Sender {
    /// Whether the view is so far behind that body bytes must be left out.
    #[must_use]
    pub fn crowded(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > self.budget_bytes / 2
    }

    /// An empty list of events, in the memory of one that the receiver is done with if there is one: the latest, which
    /// may still be in the processor's cache.
    #[must_use]
    pub fn list(&mut self) -> Vec<Event> {
        while let Ok(mut list) = self.spent.try_recv() {
            list.clear();
            if self.lists.len() < SPENT {
                self.lists.push(list);
            }
        }
        self.lists.pop().unwrap_or_default()
    }

    /// Counts body bytes that the server left out because the channel is [`Self::crowded`].
    pub const fn count_omitted(&mut self, bytes: u64) {
        self.omitted_bytes += bytes;
    }

    /// Sends a batch, without ever waiting.
    pub fn send(&mut self, mut batch: Batch) {
        let over = self.under_way.load(Ordering::Relaxed).saturating_sub(self.budget_bytes);
        if over > EVENTS_OVER {
            return self.drop_batch(batch);
        }
        if over > 0 {
            self.omitted_bytes += strip(&mut batch);
        }
        if self.omitted_bytes + self.omitted_events > 0 || !self.carried.is_empty() {
            self.announce_omissions(&mut batch);
        }
        let cost = cost(&batch);
        self.under_way.fetch_add(cost, Ordering::Relaxed);
        let sent = match faults::pass(Call::Send) {
            Ok(()) => self.batches.try_send((cost, batch)),
            Err(_) => Err(TrySendError::Full((cost, batch))),
        };
        match sent {
            Ok(()) => {}
            Err(TrySendError::Full((_, batch))) => {
                self.under_way.fetch_sub(cost, Ordering::Relaxed);
                self.drop_batch(batch);
            }
            // The receiver is gone.
            Err(TrySendError::Disconnected(_)) => {
                self.under_way.fetch_sub(cost, Ordering::Relaxed);
            }
        }
    }

    fn announce_omissions(&mut self, batch: &mut Batch) {
        let at = batch.events.first().map_or(Nanos::ZERO, |event| event.at);
        let kind = EventKind::Omitted {
            bytes: std::mem::take(&mut self.omitted_bytes),
            events: std::mem::take(&mut self.omitted_events),
        };
        let mut events = std::mem::take(&mut self.carried);
        events.push(Event { at, conn: None, exchange: None, kind });
        events.append(&mut batch.events);
        batch.events = events;
    }

    fn drop_batch(&mut self, batch: Batch) {
        for event in batch.events {
            match event.kind {
                EventKind::Opened(_)
                | EventKind::Closed(_)
                | EventKind::Listening(..)
                | EventKind::Stopped
                | EventKind::Epoch(_)
                    if self.carried.len() < CARRIED =>
                {
                    self.carried.push(event);
                }
                EventKind::Omitted { bytes, events } => {
                    self.omitted_bytes += bytes;
                    self.omitted_events += events;
                }
                EventKind::Bytes { payload: Payload::Kept(bytes), .. } => {
                    self.omitted_bytes += bytes.len() as u64;
                    self.omitted_events += 1;
                }
                _ => self.omitted_events += 1,
            }
        }
    }
}

/// Drops the bytes of every receive and send. Returns their number.
fn strip(batch: &mut Batch) -> u64 {
    let mut stripped = 0;
    for event in &mut batch.events {
        if let EventKind::Bytes { payload, .. } = &mut event.kind
            && payload.kept().is_some()
        {
            let count = payload.count();
            stripped += count;
            *payload = Payload::Dropped(count);
        }
    }
    stripped
}

fn cost(batch: &Batch) -> u64 {
    let bytes = |event: &Event| match &event.kind {
        EventKind::Bytes { payload: Payload::Kept(bytes), .. } => bytes.len() as u64,
        EventKind::Lineage(lineage) => lineage.heap_bytes() as u64,
        _ => 0,
    };
    batch.events.iter().map(|event| EVENT_BYTES + bytes(event)).sum()
}

impl Receiver {
    /// Gives the list of a batch back to the server, which fills it again, and with it the records in boxes, which the
    /// server frees. What one thread frees of the other one's memory costs both more than the list itself.
    pub fn give_back(&self, mut events: Vec<Event>) {
        events.retain(|event| matches!(event.kind, EventKind::AttemptEnded(_)));
        if (1..=SPENT_EVENTS).contains(&events.capacity()) {
            // There are enough of them, or the server is gone.
            let _ = self.spent.try_send(events);
        }
    }

    /// Waits for the next batch. `None`: the server is gone and everything was received.
    #[must_use]
    pub fn recv(&self) -> Option<Batch> {
        self.batches.recv().ok().map(|sent| self.received(sent))
    }

    /// Waits for the next batch, but no longer than `time`.
    #[must_use]
    pub fn recv_within(&self, time: Duration) -> Received {
        match self.batches.recv_timeout(time) {
            Ok(sent) => Received::Batch(self.received(sent)),
            Err(RecvTimeoutError::Timeout) => Received::Nothing,
            Err(RecvTimeoutError::Disconnected) => Received::End,
        }
    }

    /// The next batch, if there is one. `None`: no batch is waiting, or the server is gone.
    #[must_use]
    pub fn try_recv(&self) -> Option<Batch> {
        match self.batches.try_recv() {
            Ok(sent) => Some(self.received(sent)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
    }

    /// Bytes in transit, with what waits behind this receiver.
    #[must_use]
    pub fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Counts what waits behind this receiver.
    #[must_use]
    pub fn backlog(&self) -> Backlog {
        Backlog::new(Arc::clone(&self.under_way))
    }

    fn received(&self, (cost, batch): (u64, Batch)) -> Batch {
        self.under_way.fetch_sub(cost, Ordering::Relaxed);
        batch
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::base::stream::{ConnId, Direction};

    fn read(len: usize) -> Batch {
        let kind = EventKind::bytes(Direction::Received, 0, Bytes::from(vec![b'x'; len]));
        Batch { events: vec![Event { at: Nanos::new(7), conn: Some(ConnId::FIRST), exchange: None, kind }] }
    }

    /// The bytes of an event, or the number of dropped bytes.
    fn payload(event: &Event) -> &Payload {
        let EventKind::Bytes { payload, .. } = &event.kind else { panic!("{event:?}") };
        payload
    }

    #[test]
    fn bytes_arrive_as_they_were_sent_while_there_is_room() {
        let (mut sender, receiver) = channel(1 << 20);
        sender.send(read(10));
        let batch = receiver.recv().expect("sent");
        assert_eq!(batch.events.len(), 1);
        assert_eq!(payload(&batch.events[0]).kept().map(Bytes::len), Some(10));
        assert_eq!(receiver.under_way.load(Ordering::Relaxed), 0);
        assert!(!sender.crowded());
    }

    #[test]
    fn over_budget_bytes_are_left_out_and_the_omission_is_an_event() {
        let (mut sender, receiver) = channel(1000);
        sender.send(read(2000));
        assert!(sender.crowded());
        sender.send(read(300));
        assert!(payload(&receiver.recv().expect("sent").events[0]).kept().is_some());
        let batch = receiver.recv().expect("sent");
        assert!(matches!(batch.events[0].kind, EventKind::Omitted { bytes: 300, events: 0 }));
        assert_eq!(*payload(&batch.events[1]), Payload::Dropped(300));
        sender.send(read(4));
        let batch = receiver.recv().expect("sent");
        assert!(payload(&batch.events[0]).kept().is_some(), "there is room again");
    }

    #[test]
    fn a_full_channel_drops_batches_but_keeps_closings_and_counts() {
        let (mut sender, receiver) = channel(u64::MAX);
        for _ in 0..BATCHES {
            sender.send(read(1));
        }
        sender.send(read(5));
        let closed = EventKind::Closed(super::super::CloseReason::Client);
        sender.send(Batch {
            events: vec![Event {
                at: Nanos::new(9),
                conn: Some(ConnId::nth(3)),
                exchange: None,
                kind: closed,
            }],
        });
        for _ in 0..BATCHES {
            assert!(receiver.try_recv().is_some());
        }
        assert!(receiver.try_recv().is_none());
        sender.send(read(1));
        let batch = receiver.recv().expect("sent");
        assert_eq!(batch.events[0].conn, Some(ConnId::nth(3)));
        assert!(matches!(batch.events[0].kind, EventKind::Closed(_)));
        assert!(matches!(batch.events[1].kind, EventKind::Omitted { bytes: 5, events: 1 }));
        assert!(payload(&batch.events[2]).kept().is_some());
    }

    #[test]
    fn what_waits_behind_the_receiver_counts_as_in_transit() {
        let (mut sender, receiver) = channel(1000);
        let held = receiver.backlog().hold(600);
        assert!(sender.crowded());
        let more = receiver.backlog().hold(500);
        sender.send(read(300));
        let batch = receiver.recv().expect("sent");
        assert_eq!(*payload(&batch.events[1]), Payload::Dropped(300));
        let most = receiver.backlog().hold(EVENTS_OVER);
        sender.send(read(5));
        assert!(receiver.try_recv().is_none(), "not even events have room");
        drop((held, more, most));
        assert!(!sender.crowded());
        sender.send(read(1));
        let batch = receiver.recv().expect("sent");
        assert!(matches!(batch.events[0].kind, EventKind::Omitted { bytes: 5, events: 1 }));
        assert_eq!(receiver.under_way.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_list_that_comes_back_is_filled_again() {
        let (mut sender, receiver) = channel(1000);
        assert_eq!(sender.list().capacity(), 0);
        sender.send(read(1));
        let batch = receiver.recv().expect("sent");
        let place = batch.events.as_ptr();
        receiver.give_back(batch.events);
        let list = sender.list();
        assert!(list.is_empty() && list.as_ptr() == place);
        let lists = [list, Vec::with_capacity(7)];
        let latest = lists[1].as_ptr();
        for list in lists {
            receiver.give_back(list);
        }
        let lists = [sender.list(), sender.list()];
        assert!(lists[0].as_ptr() == latest && lists[1].as_ptr() == place, "the latest comes first");
        receiver.give_back(Vec::with_capacity(SPENT_EVENTS + 1));
        assert_eq!(sender.list().capacity(), 0, "a large one is freed");
        for _ in 0..SPENT + 9 {
            receiver.give_back(Vec::with_capacity(1));
        }
        assert_eq!((0..SPENT + 9).filter(|_| sender.list().capacity() > 0).count(), SPENT);
    }

    #[test]
    fn the_end_of_the_server_is_the_end_of_the_stream() {
        let (mut sender, receiver) = channel(1000);
        sender.send(read(1));
        drop(sender);
        assert!(receiver.recv().is_some());
        assert!(receiver.recv().is_none());
    }
}
