//! Tasks of the desktop and its disks for the window, each on a thread of its own, so that none holds up a
//! frame.

use std::{
    io,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    capture::save::FileFormat,
    server::{OpenedSite, SiteChoice, StartError},
};

use super::captures::model::ENDINGS;

/// The result of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// A folder or a file was chosen.
    Path(PathBuf),
    /// The dialog was cancelled.
    Cancelled,
    /// No dialog could be shown.
    Unavailable,
}

/// Called once with the result, from any thread.
pub type Done<T> = Box<dyn FnOnce(T) + Send>;

/// The desktop's services for the window.
pub trait Desktop {
    /// Asks for a folder, beginning at `start` if that exists.
    fn choose_folder(&self, start: Option<PathBuf>, done: Done<Chosen>);
    /// Asks for a capture to open.
    fn choose_capture(&self, done: Done<Chosen>);
    /// Asks where to save a file in this format; `name` is the suggested file name.
    fn choose_saving(&self, name: String, format: FileFormat, done: Done<Chosen>);
    /// Opens an address in the browser.
    fn open_url(&self, url: String, done: Done<io::Result<()>>);

    /// Asks whether a folder exists. A network mount may take long to answer, or never answer.
    fn folder_exists(&self, folder: PathBuf, done: Done<bool>) {
        spawn("recent", move || done(folder.is_dir()));
    }

    /// Opens a site, which may take long too.
    fn open_site(&self, site: SiteChoice, done: Done<Result<OpenedSite, StartError>>) {
        spawn("folder", move || done(OpenedSite::open(site)));
    }
}

/// The desktop that the program runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

/// A dialog that ends without an answer sooner than this was never visible: nobody cancels that fast.
const DIALOG_VISIBLE_AFTER: Duration = Duration::from_millis(150);

/// A program that opens no browser says so within this time.
const FAILS_WITHIN: Duration = Duration::from_secs(3);
/// Time between two looks at it.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl Desktop for System {
    fn choose_folder(&self, start: Option<PathBuf>, done: Done<Chosen>) {
        ask(done, move || {
            let mut dialog = rfd::FileDialog::new().set_title("Choose a folder to serve");
            if let Some(start) = start.filter(|start| start.is_dir()) {
                dialog = dialog.set_directory(start);
            }
            dialog.pick_folder()
        });
    }

    fn choose_capture(&self, done: Done<Chosen>) {
        ask(done, || {
            let dialog = rfd::FileDialog::new().set_title("Open a capture");
            dialog.add_filter("Captures", &ENDINGS).add_filter("All files", &["*"]).pick_file()
        });
    }

    fn choose_saving(&self, name: String, format: FileFormat, done: Done<Chosen>) {
        ask(done, move || {
            let dialog = rfd::FileDialog::new().set_title(format.dialog_title()).set_file_name(name);
            dialog.add_filter(format.title(), &[format.extension()]).save_file()
        });
    }

    fn open_url(&self, url: String, done: Done<io::Result<()>>) {
        spawn("browser", move || open_in_browser(&url, done));
    }
}

/// Opens an address in the browser.
fn open_in_browser(url: &str, done: Done<io::Result<()>>) {
    if cfg!(all(unix, not(target_os = "macos"))) {
        let mut command = Command::new("xdg-open");
        command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Where there is no xdg-open, the library knows other ways.
        if let Ok(child) = command.spawn() {
            return wait_for(child, done);
        }
    }
    done(webbrowser::open(url));
}

/// Answers once a program has ended or has run for a while, and takes its end, so that no dead process is left behind.
fn wait_for(mut child: Child, done: Done<io::Result<()>>) {
    let begun = Instant::now();
    while begun.elapsed() < FAILS_WITHIN {
        match child.try_wait() {
            Ok(None) => thread::sleep(LOOK_EVERY),
            Ok(Some(status)) if status.success() => return done(Ok(())),
            Ok(Some(status)) => return done(Err(io::Error::other(format!("xdg-open ended with {status}")))),
            Err(error) => return done(Err(error)),
        }
    }
    done(Ok(()));
    // xdg-open may be the browser itself.
    let _ = child.wait();
}

/// Shows a dialog on a thread of its own.
fn ask(done: Done<Chosen>, dialog: impl FnOnce() -> Option<PathBuf> + Send + 'static) {
    spawn("dialog", move || {
        let asked = Instant::now();
        done(match dialog() {
            Some(path) => Chosen::Path(path),
            None if asked.elapsed() < DIALOG_VISIBLE_AFTER => Chosen::Unavailable,
            None => Chosen::Cancelled,
        });
    });
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) {
    // If no thread can be started, the request is lost: `done` is never called.
    if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(body) {
        eprintln!("byteglass: {name}: {error}");
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    fn run(command: &str) -> io::Result<()> {
        let (answer, answered) = std::sync::mpsc::channel();
        let child = Command::new("sh").args(["-c", command]).spawn().unwrap();
        wait_for(child, Box::new(move |result| answer.send(result).unwrap()));
        answered.recv().unwrap()
    }

    #[test]
    fn a_program_that_opens_nothing_is_told_and_its_end_is_taken() {
        assert!(run("exit 0").is_ok());
        assert!(run("exit 3").is_err_and(|error| error.to_string().contains("xdg-open ended with")));
    }
}
