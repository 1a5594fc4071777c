//! Prints a capture that is in a file: ours, or one of packets that another program recorded.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use crate::{
    capture::{
        Store,
        export::har::Har,
        import::Import,
        session::{Item, Scan, is_own},
    },
    trace::{Batch, ExchangeId, What},
};

use super::{Options, View};

/// Memory for the exchanges that are written as HAR: those that are going on stay longest.
const STORE_BYTES: u64 = 512 * 1024 * 1024;

/// Prints what is in a file, event by event. A write error (a closed pipe) ends it quietly.
///
/// # Errors
/// In plain words: the file cannot be read, or only a part of it, which was printed.
pub fn read(path: &Path, options: Options, out: &mut dyn Write) -> Result<(), String> {
    let mut view = View::new(options);
    each(path, |batch| view.print(&batch, out)).and_then(|()| quietly(out.flush()))
}

/// Writes what is in a file as HAR 1.2.
///
/// # Errors
/// As for [`read`].
pub fn read_har(path: &Path, out: &mut dyn Write) -> Result<(), String> {
    let mut store = Store::new(STORE_BYTES);
    let mut begun: Vec<ExchangeId> = Vec::new();
    let mut gone = 0_u64;
    let mut har = match Har::begin(out) {
        Ok(har) => har,
        Err(error) => return quietly(Err(error)),
    };
    let mut add = |store: &Store, id: ExchangeId| {
        let Some(detail) = store.detail(id) else {
            gone += 1;
            return Ok(());
        };
        har.add(&detail, store.wall_clock(detail.exchange.began))
    };
    let read = each(path, |batch| {
        let new = batch.events.iter().filter(|event| matches!(event.what, What::Began { .. }));
        begun.extend(new.map(|event| event.exchange));
        store.apply(batch);
        let going_on = |id: ExchangeId| store.exchange(id).is_some_and(|one| !one.outcome.ended());
        let (still, over): (Vec<_>, Vec<_>) = begun.iter().copied().partition(|id| going_on(*id));
        begun = still;
        over.into_iter().try_for_each(|id| add(&store, id))
    });
    let rest = begun.into_iter().try_for_each(|id| add(&store, id));
    let mut comment = read.as_ref().err().cloned().unwrap_or_default();
    if gone > 0 {
        comment = format!("{comment} {gone} exchanges did not fit into memory and are not here.");
    }
    quietly(rest.and_then(|()| har.end(comment.trim())))?;
    read
}

/// Hands out what happened, batch by batch.
fn each(path: &Path, mut take: impl FnMut(Batch) -> io::Result<()>) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot read {}: {error}", path.display());
    let file = File::open(path).map_err(failed)?;
    if is_own(path).map_err(failed)? {
        let mut scan = Scan::new(file);
        loop {
            match scan.step() {
                Ok(Some(Item::Turn(turn))) => {
                    if let Err(error) = take(Batch { events: turn.events }) {
                        return quietly(Err(error));
                    }
                }
                Ok(Some(Item::Segment { .. })) => {}
                Ok(None) => return Ok(()),
                Err(stop) => return Err(format!("{}: {stop}", path.display())),
            }
        }
    }
    let mut import = Import::new(file);
    while let Some(batch) = import.step() {
        if let Err(error) = take(batch) {
            return quietly(Err(error));
        }
    }
    import.stop().map_or(Ok(()), |stop| Err(format!("{}: {stop}", path.display())))
}

/// Whoever reads the output may stop when they have seen enough.
fn quietly(written: io::Result<()>) -> Result<(), String> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("cannot write: {error}")),
        _ => Ok(()),
    }
}
