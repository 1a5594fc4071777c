//! From the running server to the window.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use crossbeam_channel::Receiver;

use byteglass::{
    capture::{Capture, open::unfinished},
    config::SettingsFile,
    server::Handle,
    session::{Recording, usual_root},
    trace,
    ui::{self, Waker, WindowInputs, run::WindowError},
};

/// Memory budget of the live capture.
const CAPTURE_BYTES: u64 = 256_000_000;

/// What runs before there is a window.
pub(crate) struct Started {
    /// The server.
    pub(crate) server: Handle,
    /// The server's trace.
    pub(crate) events: trace::Receiver,
    /// Takes what is captured. `None`: the capture is kept in memory only.
    pub(crate) recording: Option<Recording>,
    /// What is remembered.
    pub(crate) settings: SettingsFile,
    /// What went wrong so far, each in a sentence.
    pub(crate) warnings: Vec<String>,
    /// Gets a message when Ctrl-C is pressed.
    pub(crate) stopped: Receiver<()>,
}

/// How running the window ended before its time.
pub(crate) enum RunError {
    /// There is no window; what was started goes on.
    NotOpened(WindowError, Box<Started>),
    /// The window was there, or almost, and failed.
    Failed(WindowError),
}

/// Opens the window and runs until it is closed. To be called on the main thread.
///
/// # Errors
/// The window cannot be opened, and everything that was started is given back; or it failed later.
pub(crate) fn run(started: Started) -> Result<(), RunError> {
    let size = started.settings.settings().window;
    // Taken out once a window is there.
    let started = Rc::new(RefCell::new(Some(started)));
    let taken = Rc::clone(&started);
    let recorded: Rc<RefCell<Option<Capture>>> = Rc::default();
    let recording = Rc::clone(&recorded);
    let opened = ui::run::open(size, move || {
        let started = taken.borrow_mut().take().ok_or(WindowError::OpenedTwice)?;
        let inputs = inputs(started)?;
        *recording.borrow_mut() = Some(inputs.capture.clone());
        Ok(inputs)
    });
    // The window is closed, and the server with it.
    if let Some(capture) = recorded.take() {
        capture.finish();
    }
    match (opened, started.take()) {
        (Ok(()), _) => Ok(()),
        (Err(error), Some(started)) => Err(RunError::NotOpened(error, Box::new(started))),
        (Err(error), None) => Err(RunError::Failed(error)),
    }
}

/// Starts what a window needs besides the server.
fn inputs(started: Started) -> Result<WindowInputs, WindowError> {
    let Started { server, events, recording, settings, warnings, stopped } = started;
    let waker = Waker::default();
    let closer = waker.clone();
    let stop = move || {
        if stopped.recv().is_ok() && !closer.close() {
            std::process::exit(0);
        }
    };
    std::thread::Builder::new().name("stopper".to_owned()).spawn(stop).map_err(WindowError::Thread)?;
    let wake = waker.clone();
    let wake = Arc::new(move || wake.wake());
    let capture = match recording {
        Some(recording) => Capture::record_to(recording, events, CAPTURE_BYTES, wake),
        None => Capture::record(events, CAPTURE_BYTES, wake),
    };
    let capture = capture.map_err(WindowError::Recorder)?;
    let unfinished = usual_root().map(|root| unfinished(&root)).unwrap_or_default();
    Ok(WindowInputs { server, capture, settings, waker, unfinished, warnings })
}
