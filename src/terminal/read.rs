//! Prints a capture file: a session file, or a packet capture of another program.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    path::Path,
};

use crate::{
    base::stream::{ExchangeId, Leg},
    capture::{
        open::{is_own, open_file},
        selection,
    },
    explain::Facts,
    export::{self, Export, Omitted},
    filter::{Filter, Verdict},
    pcap::Import,
    search::Examined,
    session::{self, Item, Marks, Scan},
    store::{Detail, Exchange, Store},
    trace::{Batch, EventKind},
};

use super::{Options, ReadError, View};

/// Memory for exchanges that are exported. Unfinished ones are evicted last.
const STORE_BYTES: u64 = 512 * 1024 * 1024;
/// Maximum number of bytes of a message that is exported.
const MESSAGE_BYTES: u64 = STORE_BYTES / 8;
/// Finished exchanges wait for an earlier one that is unfinished: at most this number of exchanges, with at
/// most this number of bytes.
const WAITING_MAX: (usize, u64) = (1_000, STORE_BYTES / 4);

/// The exchanges of a file that are printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which<'a> {
    /// The exchanges of these numbers. Empty: all.
    pub only: &'a [ExchangeId],
    /// The filter that they must pass. `None`: all pass.
    pub filter: Option<&'a Filter>,
}

impl Which<'_> {
    fn is_all(&self) -> bool {
        self.only.is_empty() && self.filter.is_none_or(Filter::is_empty)
    }

    fn passes(&self, detail: &Detail) -> bool {
        self.filter.is_none_or(|filter| {
            filter.is_empty() || Examined::new(detail).judge(filter).verdict == Verdict::Passes
        })
    }
}

/// Prints a file event by event; of some exchanges, just the events of these. A closed pipe ends the
/// printing without an error. Returns a sentence on packets that could not be read. `None`: all could.
///
/// # Errors
/// The file cannot be read, or only in part (that part was printed), or does not contain a requested
/// exchange.
pub fn read(
    path: &Path,
    which: Which<'_>,
    options: Options,
    out: &mut dyn Write,
) -> Result<Option<String>, ReadError> {
    let mut view = View::new(options);
    if which.is_all() {
        let file = open_file(path).map_err(|error| ReadError::File(path.to_owned(), error))?;
        let unread = for_each_batch(path, file, |batch| view.print(&batch, out))?;
        return ignore_broken_pipe(out.flush()).map(|()| unread);
    }
    let mut clock_printed = false;
    let summary = for_each_exchange(path, which, |store, detail| {
        let mut events = if clock_printed { Vec::new() } else { selection::clock(store) };
        clock_printed = true;
        events.extend(selection::events(std::slice::from_ref(detail)));
        view.print(&Batch { events }, out)
    })?;
    ignore_broken_pipe(out.flush())?;
    let unread = summary.unread.clone();
    summary.check(path, which.only).map(|()| unread)
}

/// Writes exchanges of a file in another format. Returns a sentence on what was
/// omitted or could not be read. `None`: nothing.
///
/// # Errors
/// As for [`read`]; or nothing could be written in this format.
pub fn read_as(
    path: &Path,
    which: Which<'_>,
    format: &'static dyn export::Format,
    out: &mut dyn Write,
) -> Result<Option<String>, ReadError> {
    let mut export = match Export::begin(format, out) {
        Ok(export) => export,
        Err(error) => return ignore_broken_pipe(Err(error)).map(|()| None),
    };
    let summary = for_each_exchange(path, which, |store, detail| {
        let started = store.wall_clock(detail.exchange.began);
        export.add(&Facts::new(detail.clone()), started)
    })?;
    let skipped = Omitted { too_large: summary.too_large, ..Omitted::default() };
    let unread = summary.unread.clone();
    let stop = summary.stop.as_ref().map(ToString::to_string);
    let comment: Vec<String> = [stop, unread.clone(), skipped.words()].into_iter().flatten().collect();
    let ended = match export.end(&comment.join("; ")) {
        Ok(ended) => ended,
        Err(error) => return ignore_broken_pipe(Err(error)).map(|()| None),
    };
    let cut = summary.cut_bytes > 0 && ended.omitted.bytes > 0;
    let omitted =
        Omitted { too_large: summary.too_large, cut_at: cut.then_some(MESSAGE_BYTES), ..ended.omitted };
    summary.check(path, which.only)?;
    match (ended.written, omitted.words()) {
        (0, Some(_)) => Err(ReadError::NothingWritten(omitted)),
        (_, sentence) => {
            let said: Vec<String> = [sentence, unread].into_iter().flatten().collect();
            Ok((!said.is_empty()).then(|| said.join("; ")))
        }
    }
}

/// Result of reading the exchanges of a file.
#[derive(Debug, Default)]
pub(super) struct ReadSummary {
    /// The largest exchange number in the file. `None`: the file has no exchanges.
    last: Option<ExchangeId>,
    /// The requested exchanges that were found.
    found: Vec<ExchangeId>,
    /// Number of exchanges that did not fit into memory.
    pub(super) too_large: u64,
    /// Number of bytes of long messages that did not fit into memory.
    cut_bytes: u64,
    /// What of the file could not be read, in a sentence. `None`: nothing.
    pub(super) unread: Option<String>,
    /// Why the file was not read to its end. `None`: it was.
    stop: Option<ReadError>,
    /// Whether the reader of the output has closed it.
    output_closed: bool,
}

impl ReadSummary {
    /// Fails unless the file was read to its end and contains the requested exchanges.
    pub(super) fn check(self, path: &Path, only: &[ExchangeId]) -> Result<(), ReadError> {
        if let Some(stop) = self.stop {
            return Err(stop);
        }
        match only.iter().find(|id| !self.output_closed && !self.found.contains(id)) {
            Some(asked) => {
                Err(ReadError::NoExchange { path: path.to_owned(), asked: *asked, last: self.last })
            }
            None => Ok(()),
        }
    }
}

/// Calls `take` for each exchange that is wanted, in the order in which they began, except that
/// a long one may be overtaken.
pub(super) fn for_each_exchange(
    path: &Path,
    which: Which<'_>,
    mut take: impl FnMut(&Store, &Detail) -> io::Result<()>,
) -> Result<ReadSummary, ReadError> {
    let only = which.only;
    let (file, user) = open(path)?;
    let mut store = Store::with_share(STORE_BYTES, MESSAGE_BYTES);
    let mut waiting = Waiting::default();
    let mut summary = ReadSummary::default();
    let mut hand_out = |store: &Store, id: ExchangeId, summary: &mut ReadSummary| {
        if user.deleted.contains(&id) {
            return Ok(());
        }
        let Some(mut detail) = store.detail(id) else {
            summary.too_large += 1;
            return Ok(());
        };
        detail.exchange.mark = user.marks.get(&id).cloned();
        if !only.is_empty() {
            summary.found.push(id);
        }
        if !which.passes(&detail) {
            return Ok(());
        }
        let taken = take(store, &detail);
        summary.output_closed |= taken.is_err();
        taken
    };
    let read = for_each_batch(path, file, |batch| {
        for event in &batch.events {
            match event.kind {
                EventKind::MessageStarted { leg: Leg::Client, .. } => {
                    summary.last = summary.last.max(event.exchange);
                    waiting.begun.extend(event.exchange.filter(|id| only.is_empty() || only.contains(id)));
                }
                EventKind::Bytes { ref payload, .. } => waiting.bytes += payload.count(),
                _ => {}
            }
        }
        store.apply(batch);
        waiting.take_due(&store).into_iter().try_for_each(|id| hand_out(&store, id, &mut summary))
    });
    ignore_broken_pipe(waiting.begun.into_iter().try_for_each(|id| hand_out(&store, id, &mut summary)))?;
    match read {
        Ok(unread) => summary.unread = unread,
        Err(stop) => summary.stop = Some(stop),
    }
    summary.cut_bytes = store.counts().not_in_memory_bytes;
    Ok(summary)
}

/// The exchanges that are not handed out yet, in the order in which they began.
#[derive(Debug, Default)]
struct Waiting {
    begun: VecDeque<ExchangeId>,
    /// Number of bytes that may be waiting: those that arrived since all of them were looked at, and at most half of
    /// the limit of those that were found then.
    bytes: u64,
    /// Number of them that is not worth another look.
    looked_at: usize,
}

impl Waiting {
    /// Takes the exchanges that are due to be handed out.
    fn take_due(&mut self, store: &Store) -> Vec<ExchangeId> {
        let going_on = |id: &ExchangeId| store.exchange(*id).is_some_and(|one| !one.outcome.ended());
        let first = self.begun.iter().position(going_on).unwrap_or(self.begun.len());
        let mut due: Vec<ExchangeId> = self.begun.drain(..first).collect();
        // Looking at all of them is worth it when there are many more, so that a file of pipelined requests takes
        // time in proportion to its length.
        if self.begun.len() <= self.looked_at.max(WAITING_MAX.0) && self.bytes <= WAITING_MAX.1 {
            return due;
        }
        let bytes = |one: &Exchange| one.request.end - one.request.start + one.response_bytes();
        let ended = self.begun.iter().filter(|id| !going_on(id)).filter_map(|id| store.exchange(*id));
        let sums = ended.fold((0, 0), |sums, one| (sums.0 + 1, sums.1 + bytes(one)));
        if sums.0 > WAITING_MAX.0 || sums.1 > WAITING_MAX.1 {
            let over = self.begun.iter().copied().filter(|id| !going_on(id));
            due.extend(over);
            self.begun.retain(going_on);
        }
        (self.bytes, self.looked_at) = (sums.1.min(WAITING_MAX.1 / 2), self.begun.len() * 2);
        due
    }
}

/// Opens a capture. What the user made of its exchanges may stand far behind them.
fn open(path: &Path) -> Result<(File, Marks), ReadError> {
    let failed = |error: io::Error| ReadError::File(path.to_owned(), error);
    let mut file = open_file(path).map_err(failed)?;
    let marks =
        if is_own(&mut file).map_err(failed)? { session::marks(&mut file) } else { Ok(Marks::default()) };
    Ok((file, marks.map_err(failed)?))
}

/// Calls `take` for each batch of events in the file. Returns a sentence on packets that could not be read. `None`: all
/// could.
fn for_each_batch(
    path: &Path,
    mut file: File,
    mut take: impl FnMut(Batch) -> io::Result<()>,
) -> Result<Option<String>, ReadError> {
    let failed = |error: io::Error| ReadError::File(path.to_owned(), error);
    if is_own(&mut file).map_err(failed)? {
        let mut scan = Scan::new(file);
        loop {
            match scan.step() {
                Ok(Some(Item::Batch(stored))) => {
                    if let Err(error) = take(stored.batch) {
                        return ignore_broken_pipe(Err(error)).map(|()| None);
                    }
                }
                Ok(Some(Item::Segment { .. })) => {}
                Ok(None) => return Ok(None),
                Err(stop) => return Err(ReadError::Session(path.to_owned(), stop)),
            }
        }
    }
    let mut import = Import::new(file);
    while let Some(batch) = import.step() {
        if let Err(error) = take(batch) {
            return ignore_broken_pipe(Err(error)).map(|()| None);
        }
    }
    let unread = import.unread();
    if let Some(nothing) = import.nothing() {
        return Err(ReadError::Nothing(path.to_owned(), nothing));
    }
    import.into_stop().map_or(Ok(unread), |stop| Err(ReadError::Packets(path.to_owned(), stop)))
}

/// Turns a closed pipe into success: the reader of the output may stop at any time.
pub(super) fn ignore_broken_pipe(written: io::Result<()>) -> Result<(), ReadError> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(ReadError::Output(error)),
        _ => Ok(()),
    }
}
