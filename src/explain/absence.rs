//! Bytes that are not shown, in words: whether they can be had, and why not.

use crate::{store::Absence, words::plural_is};

/// A sentence on so many bytes.
#[must_use]
pub fn words(bytes: u64, absence: Absence) -> String {
    let why = match absence {
        Absence::OnDisk => "only on disk: memory had no room for them. An export to a file has them.",
        Absence::NoRoom => "lost: memory had no room for them, and they are not on disk.",
        Absence::NotRecorded => "lost: they came faster than they could be recorded.",
        Absence::NotInFile => "missing: the file that was opened does not have them.",
    };
    format!("{} {why}", plural_is(bytes, "byte"))
}
