//! A capture of packets into a store, on a thread of its own.

use std::{
    fs::{self, File},
    io,
    path::Path,
    sync::Arc,
    thread,
};

use crate::capture::{
    packets::Fault,
    store::Store,
    task::{Task, TaskState},
    turnstile::Turnstile,
};

use super::Import;

/// Begins to read a file into a store that holds `budget_bytes`. Of a longer capture the latest exchanges
/// stay, and the store counts those that left.
pub fn open(
    path: &Path,
    budget_bytes: u64,
    wake: Arc<dyn Fn() + Send + Sync>,
) -> io::Result<(Arc<Turnstile<Store>>, Task)> {
    let file = File::open(path)?;
    let task = Task::default();
    task.set_total(fs::metadata(path)?.len());
    let store = Arc::new(Turnstile::new(Store::new(budget_bytes)));
    let (filled, done) = (Arc::clone(&store), task.clone());
    thread::Builder::new().name("import".to_owned()).spawn(move || {
        let state = read(file, &filled, &done, &wake);
        done.finish(state);
        wake();
    })?;
    Ok((store, task))
}

fn read(file: File, store: &Turnstile<Store>, task: &Task, wake: &Arc<dyn Fn() + Send + Sync>) -> TaskState {
    let mut import = Import::new(file);
    while let Some(batch) = import.step() {
        if !batch.events.is_empty() {
            store.lock().apply(batch);
            wake();
        }
        task.set_done(import.offset());
        if task.cancelled() {
            return TaskState::Cancelled;
        }
    }
    match (import.stop(), import.summary().exchanges) {
        (Some(stop), 0) => TaskState::Failed(stop.to_string().into()),
        (Some(stop), _) if stop.fault == Fault::NoCapture => TaskState::Failed(stop.to_string().into()),
        (Some(stop), _) => TaskState::Done(Some(stop.to_string().into())),
        (None, 0) => TaskState::Done(Some("there is no HTTP/1 in this capture".into())),
        (None, _) => TaskState::Done(None),
    }
}
