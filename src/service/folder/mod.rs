//! What is served where no route matches: a folder of the user's, or the welcome site.

use std::{io, path::Path};

/// What is served where no route matches.
#[derive(Debug)]
pub enum Site {
    /// The site that is part of the program.
    Welcome,
    /// A folder.
    Folder(Folder),
}

/// A folder, opened as a capability: nothing outside it can be reached through it.
#[derive(Debug)]
pub struct Folder {}

impl Folder {
    /// Opens the folder.
    ///
    /// # Errors
    /// It is not there, may not be opened, or is not a folder.
    pub fn open(_path: impl AsRef<Path>) -> io::Result<Self> {
        unimplemented!()
    }
}
