//! Captures besides the live one: a file that was opened, a session that was cut off, a file that is being
//! written. The bars that say so stand below the top bar.

use std::path::{Path, PathBuf};

use eframe::egui::{Button, Frame, Label, Panel, ProgressBar, RichText, Ui, vec2};

use crate::{
    base::{
        stream::ExchangeId,
        task::{Task, TaskState},
    },
    capture::{Capture, open::Unfinished, save::FileFormat},
    export::FORMATS,
    trace::Severity,
    words::text,
};

use super::{
    command::{CaptureCommand, Command, Extent},
    format, icons,
    theme::{self, captures, space},
    view::View,
    widgets::{
        button::{self, Look},
        notice,
    },
};

/// The endings of the files that are opened.
pub const ENDINGS: [&str; 2] = ["pcapng", "pcap"];

/// What there is besides the live capture.
#[derive(Default)]
pub struct Captures {
    /// The capture that is shown instead of the live one. `None`: the live one is shown.
    pub opened: Option<Opened>,
    /// What is being written.
    pub saving: Option<Saving>,
    /// Sessions that were cut off, the latest first.
    pub unfinished: Vec<Unfinished>,
}

/// A capture that was opened, read-only.
pub struct Opened {
    /// It, as far as it is read.
    pub capture: Capture,
    /// How far that is.
    pub task: Task,
    /// What it is called: its path, or which session it is.
    pub name: String,
}

/// A file that is being written.
pub struct Saving {
    /// Where.
    pub path: PathBuf,
    /// How far it is.
    pub task: Task,
}

/// A bar: what it says and what can be done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// How much it matters.
    pub severity: Severity,
    /// What it says.
    pub words: String,
    /// How much is done, from 0 to 1. `None`: nothing is going on.
    pub progress: Option<f32>,
    /// Its buttons, from the left.
    pub buttons: Vec<(&'static str, CaptureCommand)>,
}

impl Captures {
    /// Whether something goes on in the background.
    #[must_use]
    pub fn busy(&self) -> bool {
        let tasks =
            [self.opened.as_ref().map(|opened| &opened.task), self.saving.as_ref().map(|it| &it.task)];
        tasks.into_iter().flatten().any(|task| task.state() == TaskState::Running)
    }

    /// Takes away the file that is written, if that is over, and says how it ended.
    pub fn saved(&mut self, home: Option<&Path>) -> Option<(Severity, String)> {
        let Saving { path, task } = self.saving.as_ref()?;
        let name = format::path(path, home);
        let said = match task.state() {
            TaskState::Running => return None,
            TaskState::Done(None) => (Severity::Info, format!("Saved to {name}.")),
            TaskState::Done(Some(but)) => (Severity::Warning, format!("Saved to {name}; {but}.")),
            TaskState::Cancelled => (Severity::Info, format!("{name} was not saved.")),
            TaskState::Failed(why) => (Severity::Error, format!("{name} was not saved: {why}.")),
        };
        self.saving = None;
        Some(said)
    }

    /// The bars, from the top.
    #[must_use]
    pub fn bars(&self) -> Vec<Bar> {
        let session = self.unfinished.first().filter(|_| self.opened.is_none()).map(unfinished_bar);
        let opened = self.opened.as_ref().map(opened_bar);
        let saving = self.saving.as_ref().map(|saving| Bar {
            severity: Severity::Info,
            words: format!("Saving to {}", saving.path.display()),
            progress: Some(share(&saving.task)),
            buttons: vec![("Cancel saving", CaptureCommand::CancelSaving)],
        });
        [session, opened, saving].into_iter().flatten().collect()
    }
}

/// What a file is called if nobody says otherwise.
#[must_use]
pub fn file_name(extent: Extent, format: FileFormat) -> String {
    let end = format!("{}.{}", format.suffix(), format.extension());
    match extent {
        Extent::All => format!("byteglass{end}"),
        Extent::Passing => format!("byteglass-filtered{end}"),
        Extent::One(id) => format!("exchange-{id}{end}"),
    }
}

/// The part of a menu that saves an exchange in any format.
pub fn exports_ui(ui: &mut Ui, id: ExchangeId, commands: &mut Vec<Command>) {
    for format in FORMATS.iter().copied() {
        if ui.add(Button::new(format!("{}…", format.title())).frame_when_inactive(false)).clicked() {
            let save = CaptureCommand::Save(Extent::One(id), FileFormat::Export(format));
            commands.push(Command::Capture(save));
            ui.close();
        }
    }
}

fn unfinished_bar(session: &Unfinished) -> Bar {
    let written =
        session.written.map(|at| format!(" of {}", httpdate::fmt_http_date(at))).unwrap_or_default();
    let size = text::size(session.bytes);
    Bar {
        severity: Severity::Info,
        words: format!("The session{written} was cut off. Its capture is still there: {size}."),
        progress: None,
        buttons: vec![
            ("Open session", CaptureCommand::OpenUnfinished),
            ("Discard session", CaptureCommand::DiscardUnfinished),
        ],
    }
}

fn opened_bar(opened: &Opened) -> Bar {
    let Opened { task, name, .. } = opened;
    let close = ("Back to the live capture", CaptureCommand::Close);
    let bar = |severity, words, progress, buttons| Bar { severity, words, progress, buttons };
    match task.state() {
        TaskState::Running => {
            let buttons = vec![("Cancel opening", CaptureCommand::CancelOpening), close];
            bar(Severity::Info, format!("Opening {name}"), Some(share(task)), buttons)
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

/// From 0 to 1.
fn share(task: &Task) -> f32 {
    let (done, total) = task.progress();
    #[allow(clippy::cast_precision_loss, reason = "a part of a bar")]
    if total == 0 { 0.0 } else { done as f32 / total as f32 }
}

/// Shows the bars.
pub fn bars_ui(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    if view.bars.is_empty() {
        return;
    }
    let palette = theme::palette(ui);
    let margin = theme::margin(space::WIDE, space::TIGHT);
    let frame = Frame::new().fill(palette.panel).inner_margin(margin);
    Panel::top("captures").resizable(false).frame(frame).show(ui, |ui| {
        for bar in &view.bars {
            bar_ui(ui, bar, commands);
        }
    });
}

fn bar_ui(ui: &mut Ui, bar: &Bar, commands: &mut Vec<Command>) {
    let colour = theme::palette(ui).text;
    notice::framed(ui, bar.severity, icons::FILE, |ui| {
        for (name, command) in bar.buttons.iter().rev() {
            if button::button(ui, "", name, Look::Full).clicked() {
                commands.push(Command::Capture(command.clone()));
            }
        }
        let words = Label::new(RichText::new(&bar.words).color(colour)).truncate();
        let show = |ui: &mut Ui| match bar.progress {
            None => {
                ui.add(words);
            }
            Some(progress) => {
                let room = (ui.available_width() - captures::PROGRESS).max(captures::PROGRESS);
                ui.allocate_ui(vec2(room, ui.available_height()), |ui| ui.add(words));
                ui.add(ProgressBar::new(progress).show_percentage());
            }
        };
        ((), show)
    });
}
