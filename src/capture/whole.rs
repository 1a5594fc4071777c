//! Messages of any length, from disk to a file: of each, one read or write at a time is in memory.

use std::{
    collections::HashMap,
    io::{self, Write},
    ops::{ControlFlow, Range},
};

use crate::{
    base::{
        stream::{ConnId, Direction, ExchangeId, Nanos},
        task::Task,
    },
    export,
    store::Detail,
    trace::{Event, EventKind, Order, Payload},
};

use super::{
    details::DetailSource,
    selection::{self, Key},
};

/// Upper bound on the bytes that are read back of one message where all of it has to be in memory while it is written.
pub(super) const WHOLE_BYTES: u64 = 128 * 1024 * 1024;
/// Bytes of events that are written at once.
const STEP: u64 = 512 * 1024;

/// Writes the bytes of one message. Returns the number of bytes that are not on disk either.
///
/// # Errors
/// Writing to `out`, or reading from disk, failed.
pub(super) fn message(
    source: &mut DetailSource<'_>,
    detail: &Detail,
    direction: Direction,
    out: &mut dyn Write,
    task: Option<&Task>,
) -> io::Result<u64> {
    let whole = export::range(detail, direction);
    let (mut next, mut missing, mut written) = (whole.start, 0, Ok(()));
    let played = source.play(&[detail.exchange.id], &mut |event| {
        let EventKind::Bytes { stream, offset, payload } = &event.kind else {
            return ControlFlow::Continue(());
        };
        let part = (*offset).max(next)..(offset + payload.count()).min(whole.end);
        if event.conn != Some(detail.exchange.conn) || stream.direction != direction || part.is_empty() {
            return ControlFlow::Continue(());
        }
        missing += part.start - next;
        let index = |at: u64| usize::try_from(at - offset).unwrap_or(usize::MAX);
        match payload {
            Payload::Kept(bytes) => written = out.write_all(&bytes[index(part.start)..index(part.end)]),
            Payload::Dropped(_) | Payload::Unread(_) => missing += part.end - part.start,
        }
        next = part.end;
        task.inspect(|task| task.set_done(next - whole.start));
        go_on(written.is_ok() && next < whole.end && !task.is_some_and(Task::cancelled))
    });
    written?;
    played.map_err(io::Error::other)?;
    Ok(missing + (whole.end - next))
}

/// Puts the events of exchanges, of which `long` have bytes that only disk has. Returns the number of bytes of those
/// that are not on disk either.
///
/// # Errors
/// Putting, or reading from disk, failed.
pub(super) fn exchanges(
    source: &mut DetailSource<'_>,
    details: &[Detail],
    long: &[ExchangeId],
    put: &mut dyn FnMut(&[Event]) -> io::Result<()>,
    task: &Task,
) -> io::Result<u64> {
    let wanted: Vec<Wanted> =
        details.iter().filter(|detail| long.contains(&detail.exchange.id)).flat_map(wanted).collect();
    let mut rest = selection::keyed(details, long).into_iter().peekable();
    let mut merged = Merged { put, waiting: Vec::new(), bytes: 0, reached: HashMap::new() };
    let (mut missing, mut put_all) = (0, Ok(()));
    let played = source.play(long, &mut |event| {
        let Some(key) = wanted.iter().find_map(|wanted| wanted.key(&event)) else {
            return ControlFlow::Continue(());
        };
        while put_all.is_ok()
            && let Some((_, before)) = rest.next_if(|(before, _)| *before <= key)
        {
            put_all = merged.add(before);
        }
        if let EventKind::Bytes { payload: Payload::Dropped(len), .. } = &event.kind {
            missing += len;
        }
        if put_all.is_ok() {
            put_all = merged.add(event);
        }
        go_on(put_all.is_ok() && !task.cancelled())
    });
    put_all?;
    played.map_err(io::Error::other)?;
    rest.try_for_each(|(_, event)| merged.add(event))?;
    merged.flush()?;
    Ok(missing)
}

const fn go_on(goes_on: bool) -> ControlFlow<()> {
    if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// A stretch of a stream that is read from disk.
struct Wanted {
    conn: ConnId,
    direction: Direction,
    range: Range<u64>,
    /// When the leg began, if the stretch is a response on it. `None`: it is not.
    response_since: Option<Nanos>,
}

/// The messages of an exchange on all its legs.
fn wanted(detail: &Detail) -> Vec<Wanted> {
    let client = |direction| Wanted {
        conn: detail.exchange.conn,
        direction,
        range: export::range(detail, direction),
        response_since: None,
    };
    let mut all = Vec::from(Direction::ALL.map(client));
    for leg in detail.upstream.iter().map(|leg| &leg.leg) {
        let (conn, began) = (leg.conn, leg.began);
        let sent = Wanted { conn, direction: Direction::Sent, range: leg.sent.clone(), response_since: None };
        let received = leg.received.clone();
        all.extend([
            sent,
            Wanted { conn, direction: Direction::Received, range: received, response_since: Some(began) },
        ]);
    }
    all
}

impl Wanted {
    /// The place of an event among the others. `None`: it is no read or write of the stretch.
    fn key(&self, event: &Event) -> Option<Key> {
        let EventKind::Bytes { stream, offset, payload } = &event.kind else { return None };
        let overlaps = *offset < self.range.end && self.range.start < offset + payload.count();
        if event.conn != Some(self.conn) || stream.direction != self.direction || !overlaps {
            return None;
        }
        // What is received at the time at which a leg begins is its response.
        let is_response = self.response_since == Some(event.at);
        let order = match stream.direction {
            Direction::Received if !is_response => Order::Received,
            Direction::Received | Direction::Sent => Order::Sent,
        };
        Some(selection::key(event.at, order, None))
    }
}

/// Events in their order, with each read and write once.
struct Merged<'a> {
    put: &'a mut dyn FnMut(&[Event]) -> io::Result<()>,
    waiting: Vec<Event>,
    /// Bytes of the reads and writes that wait.
    bytes: u64,
    /// How far each stream got.
    reached: HashMap<(ConnId, Direction), u64>,
}

impl Merged<'_> {
    fn add(&mut self, event: Event) -> io::Result<()> {
        if let (Some(conn), EventKind::Bytes { stream, offset, payload }) = (event.conn, &event.kind) {
            let reached = self.reached.entry((conn, stream.direction)).or_default();
            let end = offset + payload.count();
            if *offset < *reached {
                return Ok(());
            }
            *reached = end;
            self.bytes += payload.count();
        }
        self.waiting.push(event);
        if self.bytes >= STEP { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bytes = 0;
        (self.put)(&std::mem::take(&mut self.waiting))
    }
}
