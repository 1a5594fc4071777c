//! What the system says about files, and how they are opened.

use std::{io, time::SystemTime};

use bytes::Bytes;
use cap_std::fs::Metadata;

use crate::base::faults::{self, Call};

use super::super::super::{OpenFile, Reach, Validators};

/// A file that says it has no more than this, and takes no room on the disk, may say so falsely.
const MADE_BYTES_MAX: u64 = 64 * 1024;
/// Upper bound on the content of a file that the system makes while it is read, in bytes.
const MADE_READ_MAX: usize = 1024 * 1024;

pub(super) fn modified(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok().map(cap_std::time::SystemTime::into_std)
}

#[cfg(unix)]
pub(super) fn validators(metadata: &Metadata) -> Validators {
    use cap_std::fs::MetadataExt;
    let state = [metadata.ino(), metadata.ctime().cast_unsigned(), metadata.ctime_nsec().cast_unsigned()];
    Validators::of_file(metadata.len(), modified(metadata), &state)
}

#[cfg(not(unix))]
pub(super) fn validators(metadata: &Metadata) -> Validators {
    Validators::of_file(metadata.len(), modified(metadata), &[])
}

/// The content of a file that the system makes while it is read, as in /proc and /sys: such a file takes no room on
/// the disk, and its length is not true. `None`: it is an ordinary file.
///
/// # Errors
/// `WouldBlock`: `reach` does not go far enough.
#[cfg(unix)]
pub(super) fn made(metadata: &Metadata, file: &OpenFile, reach: Reach) -> io::Result<Option<Bytes>> {
    use cap_std::fs::MetadataExt;
    if metadata.blocks() > 0 || metadata.len() > MADE_BYTES_MAX {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut block = [0; 16 * 1024];
    while bytes.len() < MADE_READ_MAX {
        match faults::pass(Call::FileRead).and_then(|()| file.read_at(&mut block, bytes.len() as u64, reach))
        {
            Ok(0) => break,
            Ok(len) => bytes.extend_from_slice(&block[..len]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
            Err(_) => return Ok(None),
        }
    }
    Ok((bytes.len() as u64 != metadata.len()).then(|| bytes.into()))
}

#[cfg(not(unix))]
pub(super) fn made(_: &Metadata, _: &OpenFile, _: Reach) -> io::Result<Option<Bytes>> {
    Ok(None)
}

/// Whether the error comes from a socket, or from a device without a driver.
#[cfg(unix)]
pub(super) fn is_no_device(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENODEV | libc::EOPNOTSUPP))
}

#[cfg(not(unix))]
pub(super) fn is_no_device(_: &io::Error) -> bool {
    false
}
