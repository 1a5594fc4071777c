//! From the running server to the window.

use std::{cell::RefCell, path::Path, rc::Rc, sync::Arc, time::SystemTime};

use byteglass::{
    capture::{Capture, open::unfinished},
    session::{Recording, usual_root},
    ui::{self, Waker, WindowInputs, run::WindowError},
};

use super::running::Running;

/// Memory budget of the live capture.
const CAPTURE_BYTES: u64 = 256 << 20;

/// The reason why running the window ended early.
pub(crate) enum RunError {
    /// There is no window; what is running goes on.
    NotOpened(WindowError, Box<Running>),
    /// The window was there, or almost, and failed.
    Failed(WindowError),
}

/// Opens the window and runs until it is closed. To be called on the main thread.
///
/// # Errors
/// The window cannot be opened, and what was running is given back; or it failed later.
pub(crate) fn run(running: Running) -> Result<(), RunError> {
    let remembered = running.settings.settings();
    let (size, maximized) = (remembered.window, remembered.maximized);
    // Taken out once a window is there.
    let running = Rc::new(RefCell::new(Some(running)));
    let taken = Rc::clone(&running);
    let recorded: Rc<RefCell<Option<Capture>>> = Rc::default();
    let recording = Rc::clone(&recorded);
    let opened = ui::run::open(size, maximized, move || {
        let running = taken.borrow_mut().take().ok_or(WindowError::OpenedTwice)?;
        let inputs = inputs(running)?;
        *recording.borrow_mut() = Some(inputs.capture.clone());
        Ok(inputs)
    });
    // The window is closed, and the server with it.
    if let Some(capture) = recorded.take() {
        capture.finish();
    }
    match (opened, running.take()) {
        (Ok(()), _) => Ok(()),
        (Err(error), Some(running)) => Err(RunError::NotOpened(error, Box::new(running))),
        (Err(error), None) => Err(RunError::Failed(error)),
    }
}

/// Starts what a window needs besides the server.
fn inputs(running: Running) -> Result<WindowInputs, WindowError> {
    let Running { server, events, recording, settings, warnings, stopped } = running;
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
    let capture_file = recording.as_ref().and_then(Recording::copy_path).map(Path::to_owned);
    let capture = match recording {
        Some(recording) => Capture::record_to(recording, events, CAPTURE_BYTES, wake),
        None => Capture::record(events, CAPTURE_BYTES, wake),
    };
    let capture = capture.map_err(WindowError::Recorder)?;
    let unfinished = usual_root().map(|root| unfinished(&root, SystemTime::now())).unwrap_or_default();
    Ok(WindowInputs { server, capture, settings, waker, unfinished, warnings, capture_file })
}
