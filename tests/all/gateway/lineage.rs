//! Lineage over real traffic: each byte that a gateway sends on has one origin, and what was copied is what arrived.
//! All tests of the gateway are held to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    thread::JoinHandle,
};

use byteglass::{
    base::stream::{ConnId, Direction, Leg, StreamId},
    http::forward::Origin,
    server::{Handle, Settings},
    trace::{self, Event, EventKind, Lineage, Payload, Stage},
};

/// A gateway whose lineage is checked when it is dropped.
pub(super) struct Watched {
    handle: Option<Handle>,
    events: Option<JoinHandle<Vec<Event>>>,
}

impl Watched {
    pub(super) fn start(settings: Settings) -> Self {
        let (sender, receiver) = trace::channel(1 << 30);
        let events = std::thread::spawn(move || {
            std::iter::from_fn(|| receiver.recv()).flat_map(|batch| batch.events).collect()
        });
        Self { handle: Some(Handle::start(settings, Some(sender)).unwrap()), events: Some(events) }
    }

    /// Ends the gateway, checks the lineage of all that it sent, and returns what happened.
    pub(super) fn events(mut self) -> Vec<Event> {
        self.handle = None;
        let events = self.events.take().unwrap().join().unwrap();
        check(&events);
        events
    }

    /// Ends the gateway, checks the lineage of all that it sent, and sums it up.
    pub(super) fn sums(mut self) -> Sums {
        self.handle = None;
        check(&self.events.take().unwrap().join().unwrap())
    }
}

impl Deref for Watched {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        self.handle.as_ref().unwrap()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.handle = None;
        let events = self.events.take().map(|events| events.join().unwrap());
        if let Some(events) = events.filter(|_| !std::thread::panicking()) {
            check(&events);
        }
    }
}

/// What was checked.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Bytes sent to backends, and how many of them were copied.
    pub(super) requests: [u64; 2],
    /// Bytes of responses sent to clients that come from backends, and how many of them were copied.
    pub(super) responses: [u64; 2],
}

/// A connection as the trace has it.
#[derive(Default)]
struct Connection {
    received: Vec<u8>,
    sent: Vec<u8>,
    is_upstream: bool,
    /// End of the lineage so far.
    told: u64,
    /// Ranges of what was sent that have no lineage.
    untold: Vec<(u64, u64)>,
}

/// Asserts that each byte that was sent on has one origin, and that copied ranges are equal.
fn check(events: &[Event]) -> Sums {
    let mut connections: BTreeMap<ConnId, Connection> = BTreeMap::new();
    for event in events {
        let Some(conn) = event.conn else { continue };
        let connection = connections.entry(conn).or_default();
        if let EventKind::Bytes { stream: StreamId { direction, .. }, offset, payload } = &event.kind {
            let Payload::Kept(bytes) = payload else { panic!("bytes were left out") };
            let stream = match direction {
                Direction::Received => &mut connection.received,
                Direction::Sent => &mut connection.sent,
            };
            assert_eq!(*offset, stream.len() as u64);
            stream.extend_from_slice(bytes);
        }
    }
    let (mut sums, mut sources) = (Sums::default(), BTreeMap::new());
    for event in events {
        let (Some(conn), Some(exchange)) = (event.conn, event.exchange) else { continue };
        match &event.kind {
            EventKind::MessageStarted { leg: Leg::Upstream, offset, .. } => {
                let connection = connections.get_mut(&conn).unwrap();
                connection.is_upstream = true;
                assert_eq!(connection.told, *offset, "the leg begins where the one before ends");
                sources.entry(exchange).or_insert_with(Vec::new).push(conn);
            }
            EventKind::MessageStarted { leg: Leg::Client, .. } => {
                sources.entry(exchange).or_insert_with(Vec::new).insert(0, conn);
            }
            EventKind::Lineage(lineage) => {
                tell(&mut connections, &sources[&exchange], conn, lineage, &mut sums);
            }
            _ => {}
        }
    }
    let own = own_answers(events);
    for (conn, connection) in &mut connections {
        let end = connection.sent.len() as u64;
        connection.untold.push((connection.told, end));
        for (start, end) in &connection.untold {
            let mut next = *start;
            for (from, to) in own.get(conn).into_iter().flatten() {
                next = if (*from..=*to).contains(&next) { *to } else { next };
            }
            assert!(next >= *end, "{conn:?}: bytes {next} to {end} have no origin");
        }
    }
    sums
}

/// Checks the pieces of one event. `legs`: the connections of the exchange, the client's first.
fn tell(
    connections: &mut BTreeMap<ConnId, Connection>,
    legs: &[ConnId],
    conn: ConnId,
    lineage: &Lineage,
    sums: &mut Sums,
) {
    let to_backend = legs[0] != conn;
    let source_conn = if to_backend { legs[0] } else { *legs.last().unwrap() };
    assert_ne!(source_conn, conn);
    let source = std::mem::take(&mut connections.get_mut(&source_conn).unwrap().received);
    let connection = connections.get_mut(&conn).unwrap();
    assert!(lineage.start >= connection.told, "a byte has two origins");
    connection.untold.push((connection.told, lineage.start));
    connection.told = lineage.end();
    for (start, piece) in lineage.placed() {
        // The connection may have ended before all was written.
        let end = (start + piece.len).min(connection.sent.len() as u64);
        let Some(len) = end.checked_sub(start) else { break };
        let sums = if to_backend { &mut sums.requests } else { &mut sums.responses };
        sums[0] += len;
        if let Origin::Copied(from) = piece.origin {
            sums[1] += len;
            let part = |bytes: &[u8], at: u64| {
                let at = usize::try_from(at).unwrap();
                bytes[at..at + usize::try_from(len).unwrap()].to_vec()
            };
            assert!(part(&connection.sent, start) == part(&source, from), "{conn:?} at {start}: {piece:?}");
        }
    }
    connections.get_mut(&source_conn).unwrap().received = source;
}

/// The ranges of answers that come from no backend, by connection, in order.
fn own_answers(events: &[Event]) -> BTreeMap<ConnId, Vec<(u64, u64)>> {
    let mut sent_on = BTreeSet::new();
    let mut own: BTreeMap<ConnId, Vec<(u64, u64)>> = BTreeMap::new();
    let mut begun = BTreeMap::new();
    for event in events {
        let (Some(conn), Some(exchange)) = (event.conn, event.exchange) else { continue };
        match &event.kind {
            EventKind::MessageStarted { leg: Leg::Upstream, .. } => {
                sent_on.insert(exchange);
            }
            EventKind::Stage(Stage::ResponseHead { refusal, start, .. })
                if refusal.is_some() || !sent_on.contains(&exchange) =>
            {
                begun.insert(exchange, own.entry(conn).or_default().len());
                own.entry(conn).or_default().push((*start, u64::MAX));
            }
            EventKind::Stage(Stage::ResponseSent { end, .. }) => {
                if let Some(index) = begun.remove(&exchange) {
                    own.entry(conn).or_default()[index].1 = *end;
                }
            }
            _ => {}
        }
    }
    own
}
