//! Prints a capture that is in a file: ours, or one of packets that another program recorded.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use crate::{
    base::stream::{ExchangeId, Leg},
    capture::{open::is_own, selection},
    explain::Facts,
    export::{self, Export, Omitted},
    pcap::Import,
    session::{Item, Scan},
    store::{Detail, Exchange, Store},
    trace::{Batch, EventKind},
};

use super::{Options, ReadError, View};

/// Memory for the exchanges that are written in other forms: those that are going on stay longest.
const STORE_BYTES: u64 = 512 * 1024 * 1024;
/// Of one message at most so many bytes are written in other forms.
const MESSAGE_BYTES: u64 = STORE_BYTES / 8;
/// Exchanges that are over wait for one that began earlier and is not, up to so many, and so many bytes.
const WAITING: (usize, u64) = (1_000, STORE_BYTES / 4);

/// Prints what is in a file, event by event; with `only`, what belongs to these exchanges. A write error (a
/// closed pipe) ends it quietly.
///
/// # Errors
/// The file cannot be read, or only a part of it, which was printed; or an exchange is not in it.
pub fn read(
    path: &Path,
    only: &[ExchangeId],
    options: Options,
    out: &mut dyn Write,
) -> Result<(), ReadError> {
    let mut view = View::new(options);
    if only.is_empty() {
        return each(path, |batch| view.print(&batch, out)).and_then(|()| quietly(out.flush()));
    }
    let mut told = false;
    let found = exchanges(path, only, |store, detail| {
        let mut events = if told { Vec::new() } else { selection::clock(store) };
        told = true;
        events.extend(selection::events(std::slice::from_ref(detail)));
        view.print(&Batch { events }, out)
    })?;
    quietly(out.flush())?;
    found.all_read(path, only)
}

/// Writes what is in a file in another format; with `only`, these exchanges. The answer says what is not
/// written though it was asked for: `None`, if all is.
///
/// # Errors
/// As for [`read`]; or nothing could be written in that form.
pub fn read_as(
    path: &Path,
    only: &[ExchangeId],
    format: &'static dyn export::Format,
    out: &mut dyn Write,
) -> Result<Option<String>, ReadError> {
    let mut export = match Export::begin(format, out) {
        Ok(export) => export,
        Err(error) => return quietly(Err(error)).map(|()| None),
    };
    let found = exchanges(path, only, |store, detail| {
        let started = store.wall_clock(detail.exchange.began);
        export.add(&Facts::new(detail.clone()), started)
    })?;
    let skipped = Omitted { too_large: found.gone, ..Omitted::default() };
    let comment: Vec<String> =
        [found.stop.as_ref().map(ToString::to_string), skipped.words()].into_iter().flatten().collect();
    let ended = match export.end(&comment.join("; ")) {
        Ok(ended) => ended,
        Err(error) => return quietly(Err(error)).map(|()| None),
    };
    let cut = found.cut_bytes > 0 && ended.omitted.bytes > 0;
    let omitted = Omitted { too_large: found.gone, cut_at: cut.then_some(MESSAGE_BYTES), ..ended.omitted };
    found.all_read(path, only)?;
    match (ended.written, omitted.words()) {
        (0, Some(_)) => Err(ReadError::NothingWritten(omitted)),
        (_, said) => Ok(said),
    }
}

/// What was found in a file.
#[derive(Debug, Default)]
struct Found {
    /// The numbers of its exchanges go up to here.
    last: Option<ExchangeId>,
    /// Exchanges that were asked for and found.
    handed: Vec<ExchangeId>,
    /// Exchanges that did not fit into memory.
    gone: u64,
    /// Bytes of long messages that did not either.
    cut_bytes: u64,
    /// Why it was not read to its end.
    stop: Option<ReadError>,
    /// Whoever reads the output has seen enough.
    closed: bool,
}

impl Found {
    /// Whether the file was read to its end and has what was asked for.
    fn all_read(self, path: &Path, only: &[ExchangeId]) -> Result<(), ReadError> {
        if let Some(stop) = self.stop {
            return Err(stop);
        }
        match only.iter().find(|id| !self.closed && !self.handed.contains(id)) {
            Some(asked) => {
                Err(ReadError::NoExchange { path: path.to_owned(), asked: *asked, last: self.last })
            }
            None => Ok(()),
        }
    }
}

/// Hands out the exchanges (with `only`: these) in the order in which they began; but one that goes on for long
/// is overtaken.
fn exchanges(
    path: &Path,
    only: &[ExchangeId],
    mut take: impl FnMut(&Store, &Detail) -> io::Result<()>,
) -> Result<Found, ReadError> {
    let mut store = Store::with_share(STORE_BYTES, MESSAGE_BYTES);
    let mut begun: Vec<ExchangeId> = Vec::new();
    let mut found = Found::default();
    // What was left out before it came into the file.
    let mut omitted_bytes = 0;
    let mut hand_out = |store: &Store, id: ExchangeId, found: &mut Found| {
        let Some(detail) = store.detail(id) else {
            found.gone += 1;
            return Ok(());
        };
        if !only.is_empty() {
            found.handed.push(id);
        }
        let taken = take(store, &detail);
        found.closed |= taken.is_err();
        taken
    };
    let read = each(path, |batch| {
        for event in &batch.events {
            match event.kind {
                EventKind::MessageStarted { leg: Leg::Client, .. } => {
                    found.last = found.last.max(event.exchange);
                    begun.extend(event.exchange.filter(|id| only.is_empty() || only.contains(id)));
                }
                EventKind::Omitted { bytes, .. } => omitted_bytes += bytes,
                _ => {}
            }
        }
        store.apply(batch);
        due(&mut begun, &store).into_iter().try_for_each(|id| hand_out(&store, id, &mut found))
    });
    quietly(begun.into_iter().try_for_each(|id| hand_out(&store, id, &mut found)))?;
    found.stop = read.err();
    found.cut_bytes = store.counts().omitted_bytes.saturating_sub(omitted_bytes);
    Ok(found)
}

/// Takes out what is to be handed out now.
fn due(begun: &mut Vec<ExchangeId>, store: &Store) -> Vec<ExchangeId> {
    let going_on = |id: &ExchangeId| store.exchange(*id).is_some_and(|one| !one.outcome.ended());
    let first = begun.iter().position(going_on).unwrap_or(begun.len());
    let mut due: Vec<ExchangeId> = begun.drain(..first).collect();
    let bytes = |one: &Exchange| one.request.end - one.request.start + one.response_bytes();
    let waiting = begun.iter().filter(|id| !going_on(id)).filter_map(|id| store.exchange(*id));
    let sums = waiting.fold((0, 0), |sums, one| (sums.0 + 1, sums.1 + bytes(one)));
    if sums.0 > WAITING.0 || sums.1 > WAITING.1 {
        let (still, over): (Vec<_>, Vec<_>) = begun.iter().copied().partition(going_on);
        due.extend(over);
        *begun = still;
    }
    due
}

/// Hands out what happened, batch by batch.
fn each(path: &Path, mut take: impl FnMut(Batch) -> io::Result<()>) -> Result<(), ReadError> {
    let failed = |error: io::Error| ReadError::File(path.to_owned(), error);
    let file = File::open(path).map_err(failed)?;
    if is_own(path).map_err(failed)? {
        let mut scan = Scan::new(file);
        loop {
            match scan.step() {
                Ok(Some(Item::Batch(stored))) => {
                    if let Err(error) = take(stored.batch) {
                        return quietly(Err(error));
                    }
                }
                Ok(Some(Item::Segment { .. })) => {}
                Ok(None) => return Ok(()),
                Err(stop) => return Err(ReadError::Session(path.to_owned(), stop)),
            }
        }
    }
    let mut import = Import::new(file);
    while let Some(batch) = import.step() {
        if let Err(error) = take(batch) {
            return quietly(Err(error));
        }
    }
    import.into_stop().map_or(Ok(()), |stop| Err(ReadError::Packets(path.to_owned(), stop)))
}

/// Whoever reads the output may stop when they have seen enough.
fn quietly(written: io::Result<()>) -> Result<(), ReadError> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(ReadError::Output(error)),
        _ => Ok(()),
    }
}
