//! A capture, or some exchanges of it, to a file.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use crate::{
    base::{
        files::private_file,
        stream::{Direction, ExchangeId},
        task::{Task, TaskState, Unit},
    },
    export::{self, Export, Omitted},
    session::Writer,
    store::{Detail, MESSAGE_SHARE_BYTES, Store},
    trace::Event,
};

use super::{
    Capture, Wake,
    details::{DetailSource, by_connection, found_or_omitted, lacks},
    selection,
    whole::{self, WHOLE_BYTES},
};

/// Bytes that are copied at once.
const STEP: usize = 1024 * 1024;

/// The part of a capture that is to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everything, on disk or in memory.
    All,
    /// These exchanges. What of them is only on disk is read from there.
    Exchanges(Vec<ExchangeId>),
}

/// The format of a file of captured exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// pcapng with everything that was recorded, which can be opened again.
    Capture,
    /// A format of other programs, or for reading.
    Export(&'static dyn export::Format),
}

impl FileFormat {
    /// The name in menus and dialogs.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Capture => "Captures",
            Self::Export(format) => format.title(),
        }
    }

    /// The title of the dialog that asks for a path. It says whether the file will hold secrets.
    #[must_use]
    pub fn dialog_title(self) -> &'static str {
        match self {
            Self::Capture => "Save the capture, with all passwords and cookies that passed",
            Self::Export(format) if format.replaces_secrets() => {
                "Export without passwords, cookies and tokens"
            }
            Self::Export(_) => "Export with all passwords and cookies that passed",
        }
    }

    /// The extension of such files, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Capture => "pcapng",
            Self::Export(format) => format.extension(),
        }
    }

    /// The part of the file name before the extension's dot that tells formats with the same extension apart.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Capture => "",
            Self::Export(format) => format.suffix(),
        }
    }
}

/// Starts to save to `path` on a thread of its own. The file appears there when it is complete.
pub(super) fn save(
    capture: Capture,
    selection: Selection,
    format: FileFormat,
    path: &Path,
    wake: Wake,
) -> io::Result<Task> {
    let task = Task::default();
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let saving = Saving { task: task.clone(), format, part: PathBuf::from(part), path: path.to_owned() };
    thread::Builder::new().name("save".to_owned()).spawn(move || {
        let state = saving.run(&capture, selection);
        saving.task.finish(state);
        wake();
    })?;
    Ok(task)
}

struct Saving {
    task: Task,
    format: FileFormat,
    /// The path of the file while it is being written.
    part: PathBuf,
    path: PathBuf,
}

impl Saving {
    fn run(&self, capture: &Capture, selection: Selection) -> TaskState {
        let saved = match self.write(capture, selection) {
            Ok(_) if self.task.cancelled() => Ok(TaskState::Cancelled),
            Ok(omitted) => fs::rename(&self.part, &self.path)
                .map(|()| TaskState::Done(omitted.words().map(Arc::from)))
                .map_err(SaveError::Io),
            Err(error) => Err(error),
        };
        let state = match saved {
            Ok(state) => state,
            Err(SaveError::NothingWritten(omitted)) => {
                TaskState::Failed(omitted.words().unwrap_or_default().into())
            }
            Err(SaveError::Io(error)) => {
                TaskState::Failed(format!("cannot write {}: {error}", self.path.display()).into())
            }
        };
        if !matches!(state, TaskState::Done(_)) {
            // A part of a file is of no use. If it cannot be removed, the next attempt writes over it.
            let _ = fs::remove_file(&self.part);
        }
        state
    }

    /// Writes everything, unless the task is cancelled. Returns what was asked for and is not in the file.
    fn write(&self, capture: &Capture, selection: Selection) -> Result<Omitted, SaveError> {
        let mut out = private_file(&self.part)?;
        let all = || capture.store.lock().summaries().map(|summary| summary.id).collect();
        let omitted = match (self.format, selection) {
            // The files still have what was deleted.
            (FileFormat::Capture, Selection::All) if capture.read(Store::has_deleted) => {
                self.exchanges(&mut out, capture, all())?
            }
            (FileFormat::Capture, Selection::All) => match session_files(capture)? {
                Some(files) => {
                    self.copy(&mut out, files)?;
                    capture.append_marks(&mut out)?;
                    Omitted::default()
                }
                None => self.exchanges(&mut out, capture, all())?,
            },
            (FileFormat::Capture, Selection::Exchanges(ids)) => self.exchanges(&mut out, capture, ids)?,
            (FileFormat::Export(format), Selection::All) => self.export(format, &mut out, capture, all())?,
            (FileFormat::Export(format), Selection::Exchanges(ids)) => {
                self.export(format, &mut out, capture, ids)?
            }
        };
        out.sync_all()?;
        Ok(omitted)
    }

    /// Writes exchanges in another format, in the order in which they began.
    fn export(
        &self,
        format: &'static dyn export::Format,
        out: &mut File,
        capture: &Capture,
        mut ids: Vec<ExchangeId>,
    ) -> Result<Omitted, SaveError> {
        let mut source = DetailSource::new(capture);
        let mut export = Export::begin(format, BufWriter::with_capacity(STEP, out))?;
        self.task.set_total(ids.len() as u64, Unit::Exchanges);
        ids.sort_unstable();
        let (mut omitted, mut too_long) = (Omitted::default(), 0);
        for (done, id) in ids.iter().enumerate() {
            if self.task.cancelled() {
                return Ok(omitted);
            }
            let most_bytes = if format.raw().is_some() { MESSAGE_SHARE_BYTES } else { WHOLE_BYTES };
            let found = found_or_omitted(source.detail(*id, most_bytes), &mut omitted);
            match (found, format.raw()) {
                (Some(detail), Some(direction))
                    if export::missing(&detail, direction) > 0 && source.may_have_more(&detail) =>
                {
                    let alone = (ids.len() == 1).then_some(&self.task);
                    let range = export::range(&detail, direction);
                    alone.inspect(|task| task.set_total(range.end - range.start, Unit::Bytes));
                    export.add_bytes(|out| whole::message(&mut source, &detail, direction, out, alone))?;
                }
                (Some(detail), _) => {
                    too_long += too_long_for(format, &detail);
                    let started = capture.store.lock().wall_clock(detail.exchange.began);
                    export.add_detail(detail, started)?;
                }
                (None, _) => {}
            }
            if ids.len() > 1 {
                self.task.set_done(done as u64 + 1);
            }
        }
        let comment = omitted.words().unwrap_or_default();
        let ended = export.end(&comment)?;
        let omitted = Omitted {
            gone: omitted.gone,
            unreadable: omitted.unreadable,
            cut_at: (too_long > 0).then_some(WHOLE_BYTES),
            bytes: ended.omitted.bytes.saturating_sub(too_long),
            ..ended.omitted
        };
        if ended.written == 0 && !omitted.is_empty() {
            return Err(SaveError::NothingWritten(omitted));
        }
        Ok(omitted)
    }

    /// Copies files, each up to a length.
    fn copy(&self, out: &mut File, files: Vec<(File, u64)>) -> io::Result<()> {
        self.task.set_total(files.iter().map(|(_, len)| len).sum(), Unit::Bytes);
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

    /// Writes exchanges in the session format, connection by connection.
    fn exchanges(&self, out: &mut File, capture: &Capture, ids: Vec<ExchangeId>) -> io::Result<Omitted> {
        let mut source = DetailSource::new(capture);
        let mut writer = Writer::new(1);
        self.task.set_total(ids.len() as u64, Unit::Exchanges);
        let mut omitted = Omitted::default();
        // By connection, so that each connection is opened once in the file.
        let groups = by_connection(&capture.store.lock(), ids);
        let mut done = 0;
        let events = selection::clock(&capture.store.lock());
        put(&mut writer, out, &events)?;
        for (_, ids) in groups {
            if self.task.cancelled() {
                return Ok(omitted);
            }
            let found = ids.iter().map(|id| source.detail(*id, MESSAGE_SHARE_BYTES));
            let details: Vec<Detail> =
                found.filter_map(|found| found_or_omitted(found, &mut omitted)).collect();
            let (long, short): (Vec<&Detail>, Vec<&Detail>) =
                details.iter().partition(|detail| source.may_have_more(detail));
            omitted.bytes += short.into_iter().map(lacks).sum::<u64>();
            if long.is_empty() {
                put(&mut writer, out, &selection::events(&details))?;
            } else {
                let long: Vec<ExchangeId> = long.iter().map(|detail| detail.exchange.id).collect();
                let mut put = |events: &[Event]| put(&mut writer, out, events);
                omitted.bytes += whole::exchanges(&mut source, &details, &long, &mut put, &self.task)?;
            }
            done += ids.len() as u64;
            self.task.set_done(done);
        }
        writer.pending().write_to(out)?;
        Ok(omitted)
    }
}

/// Number of bytes of an exchange that a format, which has it in memory as a whole, leaves out.
fn too_long_for(format: &dyn export::Format, detail: &Detail) -> u64 {
    let is_long = |direction: &&Direction| {
        let range = export::range(detail, **direction);
        range.end - range.start > WHOLE_BYTES
    };
    let long = format.messages().iter().filter(is_long);
    long.map(|direction| export::missing(detail, *direction)).sum()
}

/// Why there is no file.
enum SaveError {
    /// The file cannot be written, or a file of the session cannot be read.
    Io(io::Error),
    /// Nothing of what was asked for can be in the file; this is what was left out.
    NothingWritten(Omitted),
}

impl From<io::Error> for SaveError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Writes events behind what `writer` has pending.
pub(super) fn put(writer: &mut Writer, out: &mut File, events: &[Event]) -> io::Result<()> {
    let mut done = 0;
    while done < events.len() {
        done += writer.append(&events[done..]).events;
        writer.pending().write_to(out)?;
        writer.mark_written();
    }
    Ok(())
}

/// The opened files of the session, each with the number of its bytes that are written. `None`: they do not have the
/// whole capture.
fn session_files(capture: &Capture) -> io::Result<Option<Vec<(File, u64)>>> {
    let Some(recording) = &capture.recording else {
        // An opened capture is its files, unless another program wrote them.
        let opened =
            capture.archive.as_ref().map(|archive| archive.files()).filter(|files| !files.is_empty());
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
    let Some(opened) = recording.lock().open_files() else { return Ok(None) };
    opened.wait().map(Some)
}
