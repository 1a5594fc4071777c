//! What the window does about captures in files.

use std::{path::PathBuf, sync::Arc, time::Duration};

use eframe::egui;

use crate::{
    capture::{
        Capture,
        session::{Selection, Source},
    },
    trace::Severity,
    ui::{
        captures::{self, Captures, Opened, Saving},
        command::{CaptureCommand, Extent, Page, Topic},
        dialogs::Desktop,
        format,
        pages::TrafficPage,
    },
};

use super::{Answer, Window};

/// How often progress is shown anew.
const PROGRESS: Duration = Duration::from_millis(100);

impl Window {
    pub(super) fn carry_out_capture(&mut self, ctx: &egui::Context, command: CaptureCommand) {
        match command {
            CaptureCommand::ChooseFile => {
                self.ask(ctx, |desktop, done| desktop.choose_capture(done), Answer::Capture);
            }
            CaptureCommand::Open(path) => {
                let name = format::path(&path, self.view.home.as_deref());
                self.open(Source::File(path), name);
            }
            CaptureCommand::OpenUnfinished => {
                if !self.captures.unfinished.is_empty() {
                    let session = self.captures.unfinished.remove(0);
                    self.open(Source::Session(session), "The session that was cut off".to_owned());
                }
            }
            CaptureCommand::DiscardUnfinished => self.discard(),
            CaptureCommand::CancelOpening => {
                if let Some(opened) = &self.captures.opened {
                    opened.task.cancel();
                }
            }
            CaptureCommand::Close => {
                if let Some(opened) = self.captures.opened.take() {
                    opened.task.cancel();
                }
                self.other_capture();
            }
            CaptureCommand::ChooseSaving(extent) => {
                let ask = |desktop: &dyn Desktop, done| {
                    desktop.choose_saving(format!("byteglass.{}", captures::ENDINGS[0]), done);
                };
                self.ask(ctx, ask, move |chosen| Answer::Saving(chosen, extent));
            }
            CaptureCommand::Save { path, extent } => self.save(path, extent),
            CaptureCommand::CancelSaving => {
                if let Some(saving) = &self.captures.saving {
                    saving.task.cancel();
                }
            }
        }
    }

    pub(super) fn look_at_captures(&mut self, ctx: &egui::Context) {
        if let Some((severity, words)) = self.captures.saved(self.view.home.as_deref()) {
            self.note(Topic::Capture, severity, words);
        }
        self.view.bars = self.captures.bars();
        self.view.selected = self.traffic.selected().is_some();
        if self.captures.busy() {
            ctx.request_repaint_after(PROGRESS);
        }
    }

    fn open(&mut self, source: Source, name: String) {
        let waker = self.waker.clone();
        let budget_bytes = self.capture.read(|store| store.counts().budget_bytes);
        match Capture::open(source, budget_bytes, Arc::new(move || waker.wake())) {
            Ok((capture, task)) => {
                self.view.notices.remove(&Topic::Capture);
                self.captures.opened = Some(Opened { capture, task, name });
                self.other_capture();
                self.view.page = Page::Traffic;
            }
            Err(error) => {
                self.note(Topic::Capture, Severity::Error, format!("{name} cannot be opened: {error}."));
            }
        }
    }

    /// Another capture is shown from now on: nothing of the one before is selected or filtered.
    fn other_capture(&mut self) {
        self.traffic = TrafficPage::default();
        self.view.paused = false;
        self.capture_version = u64::MAX;
    }

    fn discard(&mut self) {
        if self.captures.unfinished.is_empty() {
            return;
        }
        let session = self.captures.unfinished.remove(0);
        // Gigabytes may have to go. What is left after a failure is offered again at the next start.
        let removed = std::thread::Builder::new().name("discard".to_owned()).spawn(move || session.discard());
        if let Err(error) = removed {
            self.note(Topic::Capture, Severity::Error, format!("The session cannot be removed: {error}."));
        }
    }

    fn save(&mut self, path: PathBuf, extent: Extent) {
        let selection = match (extent, self.traffic.selected()) {
            (Extent::All, _) => Selection::All,
            (Extent::Selected, Some(id)) => Selection::Exchanges(vec![id]),
            (Extent::Selected, None) => return,
        };
        let waker = self.waker.clone();
        let capture = shown(&self.captures, &self.capture);
        match capture.save(selection, &path, Arc::new(move || waker.wake())) {
            Ok(task) => self.captures.saving = Some(Saving { path, task }),
            Err(error) => self.note(Topic::Capture, Severity::Error, format!("Cannot save: {error}.")),
        }
    }
}

/// The capture that is looked at.
pub(super) fn shown<'a>(captures: &'a Captures, live: &'a Capture) -> &'a Capture {
    captures.opened.as_ref().map_or(live, |opened| &opened.capture)
}
