//! Opening files of the folder, and those that byteglass itself wrote, which are not served.

use std::io;

use cap_std::fs::{Metadata, OpenOptions};

use crate::base::{
    faults::{self, Call},
    own_files::{self, HEAD_BYTES},
};

use super::super::{OpenFile, Reach};

/// Whether the file is a capture, an export or the settings of this program. A capture of an earlier run is known by
/// its first bytes.
pub(super) fn is_own(file: &OpenFile, metadata: &Metadata, reach: Reach) -> io::Result<bool> {
    if is_of_this_run(metadata) {
        return Ok(true);
    }
    #[cfg(unix)]
    {
        if !metadata.is_file() || metadata.len() < HEAD_BYTES as u64 {
            return Ok(false);
        }
        let mut head = [0; HEAD_BYTES];
        let read = loop {
            match faults::pass(Call::FileRead).and_then(|()| file.read_at(&mut head, 0, reach)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        Ok(own_files::is_capture(&head[..read]))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, reach);
        Ok(false)
    }
}

/// Whether this run wrote the file.
pub(super) fn is_of_this_run(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt;
        let id = own_files::FileId { device: metadata.dev(), inode: metadata.ino() };
        own_files::is_own(id, metadata.created().ok().map(cap_std::time::SystemTime::into_std))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

/// Options for reading without blocking: if a FIFO has replaced the file since its metadata was read, opening
/// it returns at once.
pub(super) fn reading() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options
}
