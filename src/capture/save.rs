//! A capture, or some exchanges of it, to a file.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use parking_lot::Mutex;

use crate::{
    base::stream::ExchangeId,
    base::{
        fair_mutex::FairMutex,
        task::{Task, TaskState},
    },
    export::{Export, Form},
    store::Store,
    words::text::plural,
};

use super::selection::{self, Picked};
use crate::session::{
    disk::{archive::Archive, folder::private_file, recording::Recording},
    format::writer::Writer,
};

/// Bytes that are copied at once.
const STEP: usize = 1024 * 1024;

/// What is to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everything that is kept, on disk or in memory.
    All,
    /// These exchanges. Of messages longer than 128 MB the rest is left out, which is said.
    Exchanges(Vec<ExchangeId>),
}

/// The form of a file of captured exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// pcapng with all that was recorded: it can be opened again.
    Capture,
    /// For other programs, and for people.
    Export(Form),
}

impl FileForm {
    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Capture => "Captures",
            Self::Export(form) => form.title(),
        }
    }

    /// How the names of such files end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Capture => "pcapng",
            Self::Export(form) => form.ending(),
        }
    }
}

/// Where the bytes of a capture are.
#[derive(Clone)]
pub(crate) struct Origin {
    pub store: Arc<FairMutex<Store>>,
    pub recording: Option<Arc<Mutex<Recording>>>,
    pub archive: Option<Arc<Archive>>,
}

/// Begins to save to `path`, on a thread of its own. The file appears when it is complete.
pub(in crate::capture) fn save(
    origin: Origin,
    selection: Selection,
    form: FileForm,
    path: &Path,
    wake: Arc<dyn Fn() + Send + Sync>,
) -> io::Result<Task> {
    let task = Task::default();
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let saving = Saving { task: task.clone(), form, part: PathBuf::from(part), path: path.to_owned() };
    thread::Builder::new().name("save".to_owned()).spawn(move || {
        let state = saving.run(&origin, selection);
        saving.task.finish(state);
        wake();
    })?;
    Ok(task)
}

struct Saving {
    task: Task,
    form: FileForm,
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
            Err(Failed::Nothing(why)) => {
                let _ = fs::remove_file(&self.part);
                return TaskState::Failed(why);
            }
            Err(Failed::Io(error)) => {
                let _ = fs::remove_file(&self.part);
                return TaskState::Failed(format!("cannot write {}: {error}", self.path.display()).into());
            }
        };
        match fs::rename(&self.part, &self.path) {
            Ok(()) => TaskState::Done(said),
            Err(error) => TaskState::Failed(format!("cannot write {}: {error}", self.path.display()).into()),
        }
    }

    /// Writes everything. The answer says what is not in the file though it was asked for.
    fn write(&self, origin: &Origin, selection: Selection) -> Result<Option<Arc<str>>, Failed> {
        let mut out = private_file(&self.part)?;
        let all = || origin.store.lock().summaries().map(|summary| summary.id).collect();
        let said = match (self.form, selection) {
            (FileForm::Capture, Selection::All) => match session_files(origin)? {
                Some(files) => {
                    self.copy(&mut out, files)?;
                    None
                }
                None => self.exchanges(&mut out, origin, all())?,
            },
            (FileForm::Capture, Selection::Exchanges(ids)) => self.exchanges(&mut out, origin, ids)?,
            (FileForm::Export(form), Selection::All) => self.export(form, &mut out, origin, all())?,
            (FileForm::Export(form), Selection::Exchanges(ids)) => {
                self.export(form, &mut out, origin, ids)?
            }
        };
        out.sync_all()?;
        Ok(said)
    }

    /// Writes exchanges in another form, in the order in which they began.
    fn export(
        &self,
        form: Form,
        out: &mut File,
        origin: &Origin,
        mut ids: Vec<ExchangeId>,
    ) -> Result<Option<Arc<str>>, Failed> {
        let mut picked = Picked::new(origin);
        let mut export = Export::begin(form, BufWriter::with_capacity(STEP, out))?;
        self.task.set_total(ids.len() as u64);
        ids.sort_unstable();
        let mut gone = 0_u64;
        for (done, id) in ids.iter().enumerate() {
            if self.task.cancelled() {
                return Ok(None);
            }
            match picked.detail(*id) {
                Some(detail) => {
                    let started = origin.store.lock().wall_clock(detail.exchange.began);
                    export.add(&detail, started)?;
                }
                None => gone += 1,
            }
            self.task.set_done(done as u64 + 1);
        }
        let gone = have_left(gone);
        let ended = export.end(&gone.as_ref().map(|gone| format!("{gone}.")).unwrap_or_default())?;
        let said = [gone, ended.said].into_iter().flatten().reduce(|one, other| format!("{one}; {other}"));
        match (ended.written, said) {
            (0, Some(why)) => Err(Failed::Nothing(why.into())),
            (_, said) => Ok(said.map(Arc::from)),
        }
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
        Ok(have_left(missing).map(Arc::from))
    }
}

/// Why there is no file.
enum Failed {
    /// It cannot be written.
    Io(io::Error),
    /// Nothing of what was asked for can be in it: why, in plain words.
    Nothing(Arc<str>),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Says that so many exchanges are no longer there. `None`: all are.
fn have_left(exchanges: u64) -> Option<String> {
    let (count, have) = (plural(exchanges, "exchange"), if exchanges == 1 { "has" } else { "have" });
    (exchanges > 0).then(|| format!("{count} {have} left the capture and so the file"))
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
        // It was opened: then its files are what it is, unless another program wrote them.
        let opened = origin.archive.as_ref().map(|archive| archive.files()).filter(|files| !files.is_empty());
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
