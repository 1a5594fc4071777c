//! Open files of the folder, and where their bytes may be read from.
//!
//! A disk may sleep, and a network may hang. So there are two ways to look up and to read a file ([`Reach`]): what is
//! in the system's cache is read on the event loop; everything else is read by threads, which may wait.

use std::{fs::File, io, sync::LazyLock};

use crossbeam_channel::Sender;

/// How far a lookup or a read may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// To what the system's cache holds. Whatever is not there is [`io::ErrorKind::WouldBlock`].
    Cache,
    /// To the disk or the network, which may take any time.
    #[default]
    Disk,
}

/// Where a file's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// In memory (tmpfs): no read waits.
    Memory,
    /// On a disk of this machine: what is in the system's cache can be told from what is not, and closing does not
    /// wait.
    Local,
    /// Elsewhere, or on a file system that is not known: any call may wait, closing included.
    Other,
}

/// A file that is open for reading.
#[derive(Debug)]
pub struct OpenFile {
    /// `None`: being dropped.
    file: Option<File>,
    medium: Medium,
    /// Device and inode: the same number for the same file. 0: not known.
    identity: u64,
}

impl OpenFile {
    /// A file with its medium, and a number that is the same for the same file.
    #[must_use]
    pub const fn new(file: File, medium: Medium, identity: u64) -> Self {
        Self { file: Some(file), medium, identity }
    }

    /// The number of the file: the same for the same file.
    #[must_use]
    pub const fn identity(&self) -> u64 {
        self.identity
    }

    /// The open file.
    ///
    /// # Panics
    /// Never: the file is there until it is dropped.
    #[must_use]
    pub fn file(&self) -> &File {
        self.file.as_ref().unwrap_or_else(|| unreachable!("the file is being dropped"))
    }

    /// Reads at an offset, without moving the file position, which others share.
    ///
    /// # Errors
    /// An error of the operating system; `WouldBlock` if `reach` does not go far enough.
    pub fn read_at(&self, into: &mut [u8], offset: u64, reach: Reach) -> io::Result<usize> {
        let file = self.file();
        match (reach, self.medium) {
            (Reach::Cache, Medium::Local) => read_cached(file, into, offset),
            (Reach::Cache, Medium::Other) => Err(io::ErrorKind::WouldBlock.into()),
            (Reach::Disk, _) | (_, Medium::Memory) => read(file, into, offset),
        }
    }
}

/// A file of a local disk, of which no number is known.
impl From<File> for OpenFile {
    fn from(file: File) -> Self {
        Self::new(file, Medium::Local, 0)
    }
}

impl Drop for OpenFile {
    /// Closes the file. Some network file systems wait for the other end, so their files are closed by a thread.
    fn drop(&mut self) {
        if self.medium == Medium::Other
            && let (Some(file), Some(closer)) = (self.file.take(), &*CLOSER)
        {
            let _ = closer.send(file);
        }
    }
}

/// The thread that closes files where closing may wait. `None`: it could not be started.
static CLOSER: LazyLock<Option<Sender<File>>> = LazyLock::new(|| {
    let (sender, files) = crossbeam_channel::unbounded();
    let closer = std::thread::Builder::new().name("closer".to_owned());
    closer.spawn(move || files.iter().for_each(drop::<File>)).ok().map(|_| sender)
});

#[cfg(unix)]
fn read(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

/// Reads what is in the system's cache.
#[cfg(target_os = "linux")]
fn read_cached(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    use crate::base::faults::{self, Call};
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    if faults::pass(Call::Cache).is_err() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let into = &mut [io::IoSliceMut::new(into)];
    match preadv2(file, into, offset, ReadWriteFlags::NOWAIT) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Err(io::ErrorKind::WouldBlock.into()),
        read => Ok(read?),
    }
}

/// Only Linux tells what is in its cache.
#[cfg(not(target_os = "linux"))]
fn read_cached(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(io::ErrorKind::WouldBlock.into())
}

impl Medium {
    /// The medium of the file system that a file or a folder is on. May wait for that file system.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn of(file: impl rustix::fd::AsFd) -> Self {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the numbers have 32 bits"
        )]
        match rustix::fs::fstatfs(file).map(|stat| stat.f_type as u32) {
            Ok(magic) if IN_MEMORY.contains(&magic) => Self::Memory,
            Ok(magic) if ON_DISKS.contains(&magic) => Self::Local,
            _ => Self::Other,
        }
    }

    /// The medium of the file system that a file or a folder is on.
    #[cfg(not(target_os = "linux"))]
    #[must_use]
    pub fn of<T>(_: T) -> Self {
        Self::Local
    }
}

/// The numbers of tmpfs and ramfs in statfs(2).
#[cfg(target_os = "linux")]
const IN_MEMORY: [u32; 2] = [0x0102_1994, 0x8584_58f6];

/// The numbers in statfs(2) of file systems on disks of this machine: ext2 to ext4, XFS, Btrfs, F2FS, bcachefs, ZFS,
/// JFS, NILFS, exFAT, FAT, NTFS, ISO 9660, `SquashFS`, EROFS; and overlayfs, whose layers are on such disks in all
/// containers that we know.
#[cfg(target_os = "linux")]
const ON_DISKS: [u32; 15] = [
    0xef53,
    0x5846_5342,
    0x9123_683e,
    0xf2f5_2010,
    0xca45_1a4e,
    0x2fc1_2fc1,
    0x3153_464a,
    0x3434,
    0x2011_bab0,
    0x4d44,
    0x7366_746e,
    0x9660,
    0x7371_7368,
    0xe0f5_e1e2,
    0x794c_7630,
];

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use std::io::Write as _;

    #[test]
    fn the_cache_is_told_from_the_disk() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abcdef").unwrap();
        let other = OpenFile::new(file.try_clone().unwrap(), Medium::Other, 0);
        let medium = Medium::of(&file);
        let file = OpenFile::new(file, medium, 0);
        let mut into = [0; 3];
        // What was just written is in the cache.
        assert_eq!((file.read_at(&mut into, 1, Reach::Cache).unwrap(), &into), (3, b"bcd"));
        assert_eq!(file.read_at(&mut into, 6, Reach::Cache).unwrap(), 0);
        let read = other.read_at(&mut into, 0, Reach::Cache);
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!((other.read_at(&mut into, 0, Reach::Disk).unwrap(), &into), (3, b"abc"));
    }

    #[test]
    fn media_are_told_by_their_numbers() {
        let medium = |path| Medium::of(File::open(path).unwrap());
        assert_eq!(medium("/proc/self/stat"), Medium::Other);
        assert_eq!(medium("/dev/shm"), Medium::Memory);
    }
}
