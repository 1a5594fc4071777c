//! Answers to the window's questions to the desktop, the disk and other threads.

use std::{io, path::PathBuf};

use crate::{
    capture::request::NotWhole,
    server::{OpenedSite, StartError},
};

use super::{again::model::Question, captures::model::ToSave, dialogs::Chosen};

/// An answer to a question of the window.
pub(super) enum Answer {
    /// The folder to serve.
    Folder(Chosen),
    /// The capture to open.
    Capture(Chosen),
    /// Where to save the selection.
    Saving(Chosen, Box<ToSave>),
    /// The request with this number was found, or why it was not.
    Request(u64, Result<Box<Question>, NotWhole>),
    /// The browser was asked to open an address.
    Browser(io::Result<()>),
    /// Whether a recent folder exists.
    Recent(PathBuf, bool),
    /// The site with this number was opened.
    Site(u64, Result<OpenedSite, StartError>),
}
