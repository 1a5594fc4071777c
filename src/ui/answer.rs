//! Answers to what the window asked of the desktop, of the disk and of other threads.

use std::{io, path::PathBuf};

use crate::server::{OpenedSite, StartError};

use super::{captures::model::ToSave, dialogs::Chosen};

/// An answer to something that the window asked.
pub(super) enum Answer {
    /// The folder to serve.
    Folder(Chosen),
    /// The capture to open.
    Capture(Chosen),
    /// Where to save something.
    Saving(Chosen, Box<ToSave>),
    /// The browser was asked to open an address.
    Browser(io::Result<()>),
    /// Whether a recent folder exists.
    Recent(PathBuf, bool),
    /// The site with this number was opened.
    Site(u64, Result<OpenedSite, StartError>),
}
