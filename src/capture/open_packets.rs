//! A capture of packets into a store.

use std::{fs::File, io, path::Path, sync::Arc};

use crate::{
    base::{
        fair_mutex::FairMutex,
        task::{Task, TaskState},
    },
    pcap::file::Fault,
    store::Store,
};

use crate::pcap::Import;

/// Reads a file into a store. Of a capture that is longer than what the store holds the latest exchanges stay,
/// and the store counts those that left.
pub fn read(
    path: &Path,
    store: &FairMutex<Store>,
    task: &Task,
    wake: &Arc<dyn Fn() + Send + Sync>,
) -> io::Result<TaskState> {
    let file = File::open(path)?;
    task.set_total(file.metadata()?.len());
    let mut import = Import::new(file);
    while let Some(batch) = import.step() {
        if !batch.events.is_empty() {
            store.lock().apply(batch);
            wake();
        }
        task.set_done(import.offset());
        if task.cancelled() {
            return Ok(TaskState::Cancelled);
        }
    }
    Ok(match (import.stop(), import.summary().exchanges) {
        (Some(stop), 0) => TaskState::Failed(stop.to_string().into()),
        (Some(stop), _) if stop.fault == Fault::NoCapture => TaskState::Failed(stop.to_string().into()),
        (Some(stop), _) => TaskState::Done(Some(stop.to_string().into())),
        (None, 0) => TaskState::Done(Some("there is no HTTP/1 in this capture".into())),
        (None, _) => TaskState::Done(None),
    })
}
