//! A desktop without dialogs: it answers what a test told it to answer, and notes what it was asked for.

use std::{cell::RefCell, io, path::PathBuf, rc::Rc};

use crate::{
    capture::save::FileFormat,
    ui::dialogs::{Chosen, Desktop, Done},
};

/// The requests to the desktop, and its answers. A dialog without an answer stays open.
#[derive(Debug, Default)]
pub struct Asked {
    /// The answer of the dialog for a folder.
    pub folder: Option<Chosen>,
    /// The answer of the dialog for a capture to open.
    pub capture: Option<Chosen>,
    /// The answer of the dialog for a file to save to.
    pub saving: Option<Chosen>,
    /// The names that files to save to were proposed with.
    pub names: Vec<String>,
    /// The folders in which the dialog for a folder began.
    pub starts: Vec<Option<PathBuf>>,
    /// The addresses that the browser was asked to open.
    pub urls: Vec<String>,
    /// Why the browser does not open. `None`: it opens.
    pub browser: Option<io::ErrorKind>,
}

/// The desktop; its clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct FakeDesktop(pub Rc<RefCell<Asked>>);

impl Desktop for FakeDesktop {
    fn choose_folder(&self, start: Option<PathBuf>, done: Done<Chosen>) {
        let mut asked = self.0.borrow_mut();
        asked.starts.push(start);
        asked.folder.clone().map(done);
    }

    fn choose_capture(&self, done: Done<Chosen>) {
        self.0.borrow().capture.clone().map(done);
    }

    fn choose_saving(&self, name: String, format: FileFormat, done: Done<Chosen>) {
        assert_eq!(name.rsplit_once('.').map(|(_, ending)| ending), Some(format.extension()));
        let mut asked = self.0.borrow_mut();
        asked.names.push(name);
        asked.saving.clone().map(done);
    }

    fn open_url(&self, url: String, done: Done<io::Result<()>>) {
        let mut asked = self.0.borrow_mut();
        asked.urls.push(url);
        done(asked.browser.map_or(Ok(()), |kind| Err(kind.into())));
    }
}
