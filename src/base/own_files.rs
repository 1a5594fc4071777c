//! The files that this program writes: captures, sessions, exports and settings. They hold what passed, passwords
//! included, so the folder server never serves them, whichever path or link leads there.

use std::{collections::HashMap, fs::File, time::SystemTime};

use parking_lot::RwLock;

use super::pcapng::SECTION_HEADER;

/// What names the captures of this program: the application in their section header.
pub const APPLICATION: &str = "byteglass ";
/// The bytes at the beginning of a file in which a section header names its application.
pub const HEAD_BYTES: usize = 64;

/// A file on its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// Number of the device.
    pub device: u64,
    /// Number of the file on the device.
    pub inode: u64,
}

/// The files of this run, and when each was made. `None`: the file system does not say. The number of a file that
/// was removed is given to another one, which was made later.
static OWN: RwLock<Option<HashMap<FileId, Option<SystemTime>>>> = RwLock::new(None);

/// Adds an open file to the files of this program. Without numbers of files (not on Unix) nothing happens.
pub fn add(file: &File) {
    #[cfg(unix)]
    if let Ok(metadata) = file.metadata() {
        use std::os::unix::fs::MetadataExt;
        let id = FileId { device: metadata.dev(), inode: metadata.ino() };
        if metadata.is_file() {
            OWN.write().get_or_insert_default().insert(id, metadata.created().ok());
        }
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// Whether this run of the program wrote the file. `created`: when it was made; `None`: unknown.
#[must_use]
pub fn is_own(id: FileId, created: Option<SystemTime>) -> bool {
    let own = OWN.read();
    let Some(known) = own.as_ref().and_then(|own| own.get(&id)) else { return false };
    !matches!((known, created), (Some(known), Some(created)) if *known != created)
}

/// Whether a file that begins with `head` is a capture that byteglass wrote, in this run or an earlier one.
#[must_use]
pub fn is_capture(head: &[u8]) -> bool {
    let head = &head[..head.len().min(HEAD_BYTES)];
    head.starts_with(&SECTION_HEADER.to_le_bytes())
        && head.windows(APPLICATION.len()).any(|part| part == APPLICATION.as_bytes())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::{os::unix::fs::MetadataExt, time::Duration};

    use super::*;

    #[test]
    fn a_later_file_with_the_same_number_is_another_one() {
        let file = tempfile::tempfile().unwrap();
        let metadata = file.metadata().unwrap();
        let id = FileId { device: metadata.dev(), inode: metadata.ino() };
        assert!(!is_own(id, None));
        add(&file);
        assert!(is_own(id, metadata.created().ok()) && is_own(id, None));
        if let Ok(created) = metadata.created() {
            assert!(!is_own(id, Some(created + Duration::from_secs(1))));
        }
        assert!(!is_own(FileId { inode: id.inode + 1, ..id }, None));
    }
}
