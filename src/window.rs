//! From the running server to the window.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use byteglass::{
    capture::{Capture, open::unfinished},
    session,
    ui::{self, Parts, Waker},
};

use super::{Run, cli::Options, complain, in_terminal, spawn};

pub(crate) use byteglass::ui::display::check;

/// What the capture of the window may hold.
const CAPTURE_BYTES: u64 = 256_000_000;

/// Runs the window; where the display turns out to be unusable, the terminal.
pub(crate) fn run(options: &Options, run: Run) -> Result<(), String> {
    let waker = Waker::default();
    let closer = waker.clone();
    let size = run.store.settings().window;
    // Taken out once a window is there.
    let run = Rc::new(RefCell::new(Some(run)));
    let taken = Rc::clone(&run);
    let recorded: Rc<RefCell<Option<Capture>>> = Rc::default();
    let recording = Rc::clone(&recorded);
    let opened = ui::run(size, move || {
        let Some(run) = taken.borrow_mut().take() else { return Err("opened twice".to_owned()) };
        let stopped = run.stopped;
        spawn("stopper", move || {
            if stopped.recv().is_ok() && !closer.close() {
                std::process::exit(0);
            }
        })?;
        let wake = waker.clone();
        let wake = Arc::new(move || wake.wake());
        let capture = match run.recording {
            Some(recording) => Capture::record_to(recording, run.events, CAPTURE_BYTES, wake),
            None => Capture::record(run.events, CAPTURE_BYTES, wake),
        };
        let capture = capture.map_err(|error| format!("cannot start the recorder: {error}"))?;
        *recording.borrow_mut() = Some(capture.clone());
        let unfinished = session::usual_root().map(|root| unfinished(&root)).unwrap_or_default();
        let (server, store, warnings) = (run.server, run.store, run.warnings);
        Ok(Parts { server, capture, store, waker, unfinished, warnings })
    });
    // The window is closed, and the server with it.
    if let Some(capture) = recorded.take() {
        capture.finish();
    }
    match (opened, run.take()) {
        (Err(problem), Some(run)) => {
            complain(format!("cannot open a window ({problem}); the trace goes to this terminal"));
            in_terminal(options, run)
        }
        (opened, _) => opened,
    }
}
