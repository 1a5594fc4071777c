//! Captures besides the live one, and the text of their bars. Independent of egui.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    base::task::{Task, TaskState},
    capture::{
        Capture,
        open::Unfinished,
        save::{FileFormat, Selection},
    },
    trace::Severity,
    words,
};

use crate::ui::{
    command::{CaptureCommand, SaveScope},
    format,
};

/// The extensions of files that can be opened.
pub const ENDINGS: [&str; 2] = ["pcapng", "pcap"];

/// The captures besides the live one.
#[derive(Default)]
pub struct Captures {
    /// The capture that is shown instead of the live one. `None`: the live one is shown.
    pub opened: Option<Opened>,
    /// The file that is being written. `None`: no file.
    pub saving: Option<Saving>,
    /// Earlier sessions, the latest first: those that were not shut down cleanly, and those that ended in order.
    pub unfinished: Vec<Unfinished>,
}

/// A capture that was opened, read-only.
pub struct Opened {
    /// The opened capture; it grows while the file is being read.
    pub capture: Capture,
    /// The task that reads the file.
    pub task: Task,
    /// The path of the file, or a name for the session.
    pub name: String,
}

/// A file that is being written.
pub struct Saving {
    /// The file.
    pub path: PathBuf,
    /// The task that writes the file.
    pub task: Task,
}

/// A bar below the top bar: a sentence, and buttons.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureBar {
    /// Severity of the sentence.
    pub severity: Severity,
    /// The sentence.
    pub words: String,
    /// Progress from 0 to 1. `None`: nothing is in progress.
    pub progress: Option<f32>,
    /// The buttons, from the left.
    pub buttons: Vec<(&'static str, CaptureCommand)>,
}

impl Captures {
    /// Whether a file is being read or written.
    #[must_use]
    pub fn busy(&self) -> bool {
        let tasks =
            [self.opened.as_ref().map(|opened| &opened.task), self.saving.as_ref().map(|it| &it.task)];
        tasks.into_iter().flatten().any(|task| task.state() == TaskState::Running)
    }

    /// Forgets the file that was being written once the task has ended, and returns a notice with the result.
    pub fn saved(&mut self, home: Option<&Path>) -> Option<(Severity, String)> {
        let Saving { path, task } = self.saving.as_ref()?;
        let name = format::path(path, home);
        let said = match task.state() {
            TaskState::Running => return None,
            TaskState::Done(None) => (Severity::Info, format!("Saved to {name}.")),
            TaskState::Done(Some(but)) => (Severity::Warning, format!("Saved to {name}; {but}.")),
            TaskState::Cancelled => (Severity::Info, "Saving was cancelled.".to_owned()),
            TaskState::Failed(why) => (Severity::Error, format!("{name} was not saved: {why}.")),
        };
        self.saving = None;
        Some(said)
    }

    /// Takes the latest session that was not shut down cleanly.
    pub fn take_unfinished(&mut self) -> Option<Unfinished> {
        let index = self.unfinished.iter().position(|session| !session.ended)?;
        Some(self.unfinished.remove(index))
    }

    /// Takes a session that ended in order, by its number in [`Self::earlier`].
    pub fn take_earlier(&mut self, number: usize) -> Option<Unfinished> {
        let ended = self.unfinished.iter().enumerate().filter(|(_, session)| session.ended);
        let (index, _) = ended.into_iter().nth(number)?;
        Some(self.unfinished.remove(index))
    }

    /// The sessions that ended in order, in words, the latest first.
    #[must_use]
    pub fn earlier(&self, now: SystemTime) -> Vec<String> {
        let ended = self.unfinished.iter().filter(|session| session.ended);
        ended.map(|session| format!("{}, {}", age_words(session, now), words::size(session.bytes))).collect()
    }

    /// The bars, from the top.
    #[must_use]
    pub fn bars(&self) -> Vec<CaptureBar> {
        let session = self
            .unfinished
            .iter()
            .find(|session| !session.ended && self.opened.is_none())
            .map(unfinished_bar);
        let opened = self.opened.as_ref().map(opened_bar);
        let saving = self.saving.as_ref().map(|saving| CaptureBar {
            severity: Severity::Info,
            words: format!("Saving to {}", saving.path.display()),
            progress: Some(saving.task.progress().share()),
            buttons: vec![("Cancel saving", CaptureCommand::CancelSaving)],
        });
        [session, opened, saving].into_iter().flatten().collect()
    }
}

/// The suggested file name.
#[must_use]
pub fn file_name(extent: SaveScope, format: FileFormat) -> String {
    let end = format!("{}.{}", format.suffix(), format.extension());
    match extent {
        SaveScope::All => format!("byteglass{end}"),
        SaveScope::Passing => format!("byteglass-filtered{end}"),
        SaveScope::Chosen => format!("byteglass-selected{end}"),
        SaveScope::One(id) => format!("exchange-{id}{end}"),
    }
}

/// How long ago a session ended: `2 hours ago`.
pub(super) fn age_words(session: &Unfinished, now: SystemTime) -> String {
    let age = session.written.and_then(|written| now.duration_since(written).ok()).unwrap_or_default();
    let minutes = age.as_secs() / 60;
    match minutes {
        0 => "a moment ago".to_owned(),
        1..60 => format!("{} ago", words::plural(minutes, "minute")),
        60..1440 => format!("{} ago", words::plural(minutes / 60, "hour")),
        _ => format!("{} ago", words::plural(minutes / 1440, "day")),
    }
}

fn unfinished_bar(session: &Unfinished) -> CaptureBar {
    let size = words::size(session.bytes);
    CaptureBar {
        severity: Severity::Info,
        words: format!(
            "byteglass did not shut down cleanly. The capture from that session ({size}) can be recovered."
        ),
        progress: None,
        buttons: vec![
            ("Open", CaptureCommand::OpenUnfinished),
            ("Delete", CaptureCommand::DiscardUnfinished),
        ],
    }
}

fn opened_bar(opened: &Opened) -> CaptureBar {
    let Opened { task, name, .. } = opened;
    let close = ("Back to the live capture", CaptureCommand::Close);
    let bar = |severity, words, progress, buttons| CaptureBar { severity, words, progress, buttons };
    match task.state() {
        TaskState::Running => {
            let buttons = vec![("Cancel opening", CaptureCommand::CancelOpening), close];
            bar(Severity::Info, format!("Opening {name}"), Some(task.progress().share()), buttons)
        }
        TaskState::Done(None) => bar(Severity::Info, format!("{name}, read-only"), None, vec![close]),
        TaskState::Done(Some(but)) => {
            bar(Severity::Warning, format!("{name}, read-only: {but}."), None, vec![close])
        }
        TaskState::Cancelled => {
            bar(Severity::Warning, format!("{name}, read-only, read in part"), None, vec![close])
        }
        TaskState::Failed(why) => {
            bar(Severity::Error, format!("{name} cannot be read: {why}."), None, vec![close])
        }
    }
}

/// A selection to be saved, complete except for the path.
pub(in crate::ui) struct ToSave {
    /// The capture to save from.
    pub capture: Capture,
    /// The part of the capture to save.
    pub selection: Selection,
    /// The format of the file.
    pub format: FileFormat,
}

/// The capture that is shown: the opened one, or the live one.
pub(in crate::ui) fn shown<'a>(captures: &'a Captures, live: &'a Capture) -> &'a Capture {
    captures.opened.as_ref().map_or(live, |opened| &opened.capture)
}
