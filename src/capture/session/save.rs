//! A capture, or some exchanges of it, to a file.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use parking_lot::Mutex;

use crate::{
    capture::{
        store::Store,
        task::{Task, TaskState},
        turnstile::Turnstile,
    },
    trace::ExchangeId,
};

use super::{
    archive::Archive,
    folder::private_file,
    recording::Recording,
    selection::{self, Picked},
    writer::Writer,
};

/// Bytes that are copied at once.
const STEP: usize = 1024 * 1024;

/// What is to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everything that is kept, on disk or in memory.
    All,
    /// These exchanges. Of messages that are longer than what is kept of one in memory, the rest is left out.
    Exchanges(Vec<ExchangeId>),
}

/// Where the bytes of a capture are.
#[derive(Clone)]
pub(in crate::capture) struct Origin {
    pub store: Arc<Turnstile<Store>>,
    pub recording: Option<Arc<Mutex<Recording>>>,
    pub archive: Option<Arc<Archive>>,
}

/// Begins to save to `path`, on a thread of its own. The file appears when it is complete.
pub(in crate::capture) fn save(
    origin: Origin,
    selection: Selection,
    path: &Path,
    wake: Arc<dyn Fn() + Send + Sync>,
) -> io::Result<Task> {
    let task = Task::default();
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let saving = Saving { task: task.clone(), part: PathBuf::from(part), path: path.to_owned() };
    thread::Builder::new().name("save".to_owned()).spawn(move || {
        let state = saving.run(&origin, selection);
        saving.task.finish(state);
        wake();
    })?;
    Ok(task)
}

struct Saving {
    task: Task,
    /// What is written, until it is complete.
    part: PathBuf,
    path: PathBuf,
}

impl Saving {
    fn run(&self, origin: &Origin, selection: Selection) -> TaskState {
        let said = match self.write(origin, selection) {
            Ok(said) if !self.task.cancelled() => said,
            Ok(_) => {
                // Nothing depends on it.
                let _ = fs::remove_file(&self.part);
                return TaskState::Cancelled;
            }
            Err(error) => {
                let _ = fs::remove_file(&self.part);
                return TaskState::Failed(format!("cannot write {}: {error}", self.path.display()).into());
            }
        };
        match fs::rename(&self.part, &self.path) {
            Ok(()) => TaskState::Done(said),
            Err(error) => TaskState::Failed(format!("cannot write {}: {error}", self.path.display()).into()),
        }
    }

    fn write(&self, origin: &Origin, selection: Selection) -> io::Result<Option<Arc<str>>> {
        let mut out = private_file(&self.part)?;
        let said = match selection {
            Selection::All => {
                if let Some(files) = session_files(origin)? {
                    self.copy(&mut out, files)?;
                    None
                } else {
                    let all: Vec<ExchangeId> =
                        origin.store.lock().summaries().map(|summary| summary.id).collect();
                    self.exchanges(&mut out, origin, all)?
                }
            }
            Selection::Exchanges(ids) => self.exchanges(&mut out, origin, ids)?,
        };
        out.sync_all()?;
        Ok(said)
    }

    /// Copies files, each up to a length.
    fn copy(&self, out: &mut File, files: Vec<(File, u64)>) -> io::Result<()> {
        self.task.set_total(files.iter().map(|(_, len)| len).sum());
        let mut block = vec![0; STEP];
        let mut done = 0;
        for (mut file, len) in files {
            let mut left = len;
            while left > 0 && !self.task.cancelled() {
                let step = block.len().min(usize::try_from(left).unwrap_or(STEP));
                file.read_exact(&mut block[..step])?;
                out.write_all(&block[..step])?;
                left -= step as u64;
                done += step as u64;
                self.task.set_done(done);
            }
        }
        Ok(())
    }

    /// Writes exchanges one by one, as they are in memory or were.
    fn exchanges(
        &self,
        out: &mut File,
        origin: &Origin,
        ids: Vec<ExchangeId>,
    ) -> io::Result<Option<Arc<str>>> {
        let mut picked = Picked::new(origin);
        let mut writer = Writer::new(1);
        self.task.set_total(ids.len() as u64);
        let mut missing = 0_u64;
        // By connection, so that each of them is opened once.
        let groups = selection::by_connection(&origin.store.lock(), ids);
        let mut done = 0;
        let events = selection::clock(&origin.store.lock());
        put(&mut writer, out, &events)?;
        for (_, ids) in groups {
            if self.task.cancelled() {
                return Ok(None);
            }
            let details: Vec<_> = ids.iter().filter_map(|id| picked.detail(*id)).collect();
            missing += (ids.len() - details.len()) as u64;
            put(&mut writer, out, &selection::events(&details))?;
            done += ids.len() as u64;
            self.task.set_done(done);
        }
        out.write_all(writer.made())?;
        Ok((missing > 0)
            .then(|| format!("{missing} of the exchanges have left and are not in the file").into()))
    }
}

fn put(writer: &mut Writer, out: &mut File, events: &[crate::trace::Event]) -> io::Result<()> {
    let mut done = 0;
    while done < events.len() {
        done += writer.turn(&events[done..]).events;
        out.write_all(writer.made())?;
        writer.taken();
    }
    Ok(())
}

/// The files of the session, opened, each with the bytes that are written. `None`: not everything is there.
fn session_files(origin: &Origin) -> io::Result<Option<Vec<(File, u64)>>> {
    let Some(recording) = &origin.recording else {
        // It was opened: then its files are what it is.
        let opened = origin.archive.as_ref().map(|archive| archive.files());
        let files = opened.map(|files| {
            files
                .into_iter()
                .map(|path| {
                    let file = File::open(path)?;
                    let len = file.metadata()?.len();
                    Ok((file, len))
                })
                .collect()
        });
        return files.transpose();
    };
    // Under the lock, so that no segment leaves before it is open.
    let mut recording = recording.lock();
    if !recording.placed() {
        return Ok(None);
    }
    recording.flush();
    let files: io::Result<Vec<_>> =
        recording.written().into_iter().map(|(path, len)| Ok((File::open(path)?, len))).collect();
    files.map(Some)
}
