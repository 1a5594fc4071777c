//! Compares two captures that are in files.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use byteglass::{
    filter::Filter,
    terminal::{self, DiffOptions, Format},
};

use super::complain;

/// The exit code where it cannot be told whether two captures are the same.
const CANNOT_TELL: u8 = 2;

/// Prints what differs between two captures. The exit code is 0 if nothing does that counts, 1 if something does, and 2
/// if that cannot be told.
pub(crate) fn diff(files: [&PathBuf; 2], format: Format, all: bool, filter: Option<&Filter>) -> ExitCode {
    let which = terminal::Which { only: &[], filter };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let files: [&Path; 2] = files.map(|file| &**file);
    match terminal::diff(files, DiffOptions { which, format, all }, &mut out) {
        Ok((is_same, unread)) => {
            if let Some(unread) = unread {
                complain(unread);
            }
            match is_same {
                Some(true) => ExitCode::SUCCESS,
                Some(false) => ExitCode::FAILURE,
                None => ExitCode::from(CANNOT_TELL),
            }
        }
        Err(error) => {
            complain(error);
            ExitCode::from(CANNOT_TELL)
        }
    }
}
