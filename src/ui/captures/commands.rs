//! Carries out commands about captures in files.

use std::{
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use crate::{
    capture::{
        Capture, give_back,
        open::{Source, Unfinished},
        save::Selection,
    },
    trace::Severity,
    ui::{
        answer::Answer,
        captures::model::{Opened, Saving, ToSave, age_words, file_name, shown},
        command::{CaptureCommand, PageId, SaveScope, Topic},
        dialogs::Desktop,
        format,
        pages::News,
        window::Window,
    },
};

/// Interval between updates of the progress.
const PROGRESS: Duration = Duration::from_millis(100);

impl Window {
    pub(in crate::ui) fn carry_out_capture(&mut self, ctx: &egui::Context, command: CaptureCommand) {
        match command {
            CaptureCommand::ChooseFile => {
                self.ask(ctx, |desktop, done| desktop.choose_capture(done), Answer::Capture);
            }
            CaptureCommand::Open(path) => {
                let name = format::path(&path, self.view.home.as_deref());
                self.open(Source::File(path), name);
            }
            CaptureCommand::OpenUnfinished => {
                if let Some(session) = self.captures.take_unfinished() {
                    self.open(Source::Session(session), "The recovered session".to_owned());
                }
            }
            CaptureCommand::DiscardUnfinished => {
                let session = self.captures.take_unfinished();
                self.discard(session.into_iter().collect());
            }
            CaptureCommand::OpenEarlier(index) => {
                if let Some(session) = self.captures.take_earlier(index) {
                    let name = format!("The session of {}", age_words(&session, SystemTime::now()));
                    self.open(Source::Session(session), name);
                }
            }
            CaptureCommand::DiscardEarlier => {
                let (ended, left) = std::mem::take(&mut self.captures.unfinished)
                    .into_iter()
                    .partition(|session| session.ended);
                self.captures.unfinished = left;
                self.discard(ended);
            }
            CaptureCommand::CancelOpening => {
                if let Some(opened) = &self.captures.opened {
                    opened.task.cancel();
                }
            }
            CaptureCommand::Close => {
                let opened = self.captures.opened.take();
                self.let_go(opened);
                self.other_capture();
            }
            CaptureCommand::Save(extent, format) => {
                let ask = |desktop: &dyn Desktop, done| {
                    desktop.choose_saving(file_name(extent, format), format, done);
                };
                // The selected capture and exchanges can change before the dialog ends.
                let capture = shown(&self.captures, &self.capture).clone();
                let selection = match extent {
                    SaveScope::All => Selection::All,
                    SaveScope::Passing => Selection::Exchanges(self.pages.passing()),
                    SaveScope::Chosen => Selection::Exchanges(self.pages.chosen()),
                    SaveScope::One(id) => Selection::Exchanges(vec![id]),
                };
                let what = Box::new(ToSave { capture, selection, format });
                self.ask(ctx, ask, move |chosen| Answer::Saving(chosen, what));
            }
            CaptureCommand::CancelSaving => {
                if let Some(saving) = &self.captures.saving {
                    saving.task.cancel();
                }
            }
        }
    }

    pub(in crate::ui) fn refresh_captures(&mut self, ctx: &egui::Context) {
        if let Some((severity, words)) = self.captures.saved(self.view.home.as_deref()) {
            self.note(Topic::Capture, severity, words);
        }
        self.view.bars = self.captures.bars();
        self.view.earlier = self.captures.earlier(SystemTime::now());
        if self.captures.busy() {
            ctx.request_repaint_after(PROGRESS);
        }
    }

    fn open(&mut self, source: Source, name: String) {
        let waker = self.waker.clone();
        let budget_bytes = self.capture.read(|store| store.counts().budget_bytes);
        match Capture::open(source, budget_bytes, Arc::new(move || waker.wake())) {
            Ok((capture, task)) => {
                self.view.notices.remove(Topic::Capture);
                let before = self.captures.opened.replace(Opened { capture, task, name });
                self.let_go(before);
                self.other_capture();
                self.view.page = PageId::Traffic;
            }
            Err(error) => {
                self.note(Topic::Capture, Severity::Error, format!("{name} cannot be opened: {error}."));
            }
        }
    }

    /// Resets selection and filter, because another capture is shown now.
    fn other_capture(&mut self) {
        self.pages.broadcast(&News::OtherCapture);
        self.view.notices.remove(Topic::Deleted);
        self.view.paused = false;
    }

    fn discard(&mut self, sessions: Vec<Unfinished>) {
        if sessions.is_empty() {
            return;
        }
        // Deleting gigabytes can take a while. Files left after a failure are offered again at the next
        // start.
        let removed = thread::Builder::new().name("discard".to_owned()).spawn(move || {
            for session in sessions {
                let _ = session.discard();
            }
        });
        if let Err(error) = removed {
            self.note(Topic::Capture, Severity::Error, format!("The session cannot be removed: {error}."));
        }
    }

    /// Stops reading a capture that is no longer shown, and frees it.
    fn let_go(&mut self, opened: Option<Opened>) {
        let Some(opened) = opened else { return };
        opened.task.cancel();
        // Freeing millions of records takes a while. If no thread can be started, they are freed here.
        if let Err(error) = thread::Builder::new().name("close".to_owned()).spawn(move || give_back(opened)) {
            self.note(Topic::Capture, Severity::Warning, format!("A thread cannot be started: {error}."));
        }
    }

    pub(in crate::ui) fn save(&mut self, mut path: PathBuf, what: ToSave) {
        let ToSave { capture, selection, format } = what;
        if path.extension().is_none() {
            path.set_extension(format.extension());
        }
        let waker = self.waker.clone();
        match capture.save(selection, format, &path, Arc::new(move || waker.wake())) {
            Ok(task) => self.captures.saving = Some(Saving { path, task }),
            Err(error) => self.note(Topic::Capture, Severity::Error, format!("Cannot save: {error}.")),
        }
    }
}
