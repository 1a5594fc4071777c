//! What the system's cache knows of names, without waiting for a disk.
//!
//! `openat2` with `RESOLVE_CACHED` (Linux 5.12) resolves a path only as far as the cache goes. It stays within the folder
//! and on its file system, so that nothing that may hang is asked for anything: what is mounted in the folder is left to
//! the threads that may wait, as is every name that the cache does not know. Other systems have no such call: there all
//! of it is left to the threads, but the check of a file that is remembered.

use std::{fs::File, io, path::Path};

use cap_std::fs::{Dir, Metadata};

/// Whether symbolic links on the way are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    /// A path with a link is not looked up here: what a link leads to may have to be hidden.
    Refused,
    /// Links within the folder are followed.
    Followed,
}

/// The metadata of what `relative` leads to in a folder of a local disk.
///
/// # Errors
/// `WouldBlock`, whatever the reason: somebody who may wait has to find out.
pub(super) fn look(dir: &Dir, relative: &Path, links: Links) -> io::Result<Metadata> {
    system::look(dir, relative, links).map_err(would_wait)
}

/// Opens a place: what `relative` leads to, not to be read. The path has no link.
///
/// # Errors
/// As [`look`].
pub(super) fn place(dir: &Dir, relative: &Path) -> io::Result<File> {
    system::place(dir, relative).map_err(would_wait)
}

/// Opens the place of a folder at an absolute path without a link.
///
/// # Errors
/// As [`look`].
pub(super) fn folder_at(path: &Path) -> io::Result<File> {
    system::folder_at(path).map_err(would_wait)
}

/// Opens what `relative` leads to for reading. The path has no link.
///
/// # Errors
/// As [`look`].
pub(super) fn open_file(dir: &Dir, relative: &Path) -> io::Result<File> {
    system::open_file(dir, relative).map_err(would_wait)
}

/// Device and inode of the folder at an absolute path.
///
/// # Errors
/// As [`look`].
pub(super) fn identity_at(path: &Path) -> io::Result<(u64, u64)> {
    system::identity_at(path).map_err(would_wait)
}

fn would_wait(_: io::Error) -> io::Error {
    io::ErrorKind::WouldBlock.into()
}

#[cfg(target_os = "linux")]
mod system {
    use std::{fs::File, io, path::Path};

    use cap_std::fs::{Dir, Metadata};
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, StatxFlags, makedev, openat2, statx};

    use super::Links;
    use crate::base::faults::{self, Call};

    pub(super) fn look(dir: &Dir, relative: &Path, links: Links) -> io::Result<Metadata> {
        Metadata::from_file(&open(dir, relative, links, OFlags::PATH)?)
    }

    pub(super) fn open_file(dir: &Dir, relative: &Path) -> io::Result<File> {
        // If a FIFO has replaced the file since it was looked at, opening it returns at once.
        open(dir, relative, Links::Refused, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)
    }

    pub(super) fn place(dir: &Dir, relative: &Path) -> io::Result<File> {
        open(dir, relative, Links::Refused, OFlags::PATH)
    }

    pub(super) fn folder_at(path: &Path) -> io::Result<File> {
        faults::pass(Call::Cache)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::CACHED | ResolveFlags::NO_SYMLINKS;
        Ok(openat2(CWD, path, flags, Mode::empty(), resolve)?.into())
    }

    fn open(dir: &Dir, relative: &Path, links: Links, flags: OFlags) -> io::Result<File> {
        faults::pass(Call::Cache)?;
        let mut resolve = ResolveFlags::CACHED
            | ResolveFlags::BENEATH
            | ResolveFlags::NO_XDEV
            | ResolveFlags::NO_MAGICLINKS;
        if links == Links::Refused {
            resolve |= ResolveFlags::NO_SYMLINKS;
        }
        let relative = if relative.as_os_str().is_empty() { Path::new(".") } else { relative };
        Ok(openat2(dir, relative, flags | OFlags::CLOEXEC, Mode::empty(), resolve)?.into())
    }

    pub(super) fn identity_at(path: &Path) -> io::Result<(u64, u64)> {
        faults::pass(Call::Cache)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED)?;
        // Whatever is mounted there now is not asked for anything.
        let how = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
        let stat = statx(&folder, c"", how, StatxFlags::INO)?;
        Ok((makedev(stat.stx_dev_major, stat.stx_dev_minor), stat.stx_ino))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::{fs::File, io, path::Path};

    use cap_std::fs::{Dir, Metadata};

    use super::Links;

    /// A file that is remembered was asked for a while ago, so that the cache mostly knows it.
    pub(super) fn look(dir: &Dir, relative: &Path, links: Links) -> io::Result<Metadata> {
        match links {
            Links::Refused => Err(io::ErrorKind::Unsupported.into()),
            Links::Followed => dir.metadata(relative),
        }
    }

    pub(super) fn place(_: &Dir, _: &Path) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn folder_at(_: &Path) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn open_file(_: &Dir, _: &Path) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(unix)]
    pub(super) fn identity_at(path: &Path) -> io::Result<(u64, u64)> {
        use std::os::unix::fs::MetadataExt as _;
        let now = std::fs::metadata(path)?;
        Ok((now.dev(), now.ino()))
    }

    #[cfg(not(unix))]
    pub(super) fn identity_at(_: &Path) -> io::Result<(u64, u64)> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
