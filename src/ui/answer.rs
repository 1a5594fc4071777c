//! Answers to the window's questions to the desktop, the disk and other threads.

use std::{io, path::PathBuf};

use crate::server::{OpenedSite, StartError};

use super::{captures::model::ToSave, dialogs::Chosen};

/// An answer to a question of the window.
pub(super) enum Answer {
    /// The folder to serve.
    Folder(Chosen),
    /// The capture to open.
    Capture(Chosen),
    /// Where to save the selection.
    Saving(Chosen, Box<ToSave>),
    /// The browser was asked to open an address.
    Browser(io::Result<()>),
    /// Whether a recent folder exists.
    Recent(PathBuf, bool),
    /// The site with this number was opened.
    Site(u64, Result<OpenedSite, StartError>),
}
