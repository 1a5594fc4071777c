//! The folder of a session: a file for each segment, and a lock while it is recorded.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// The file that is locked as long as the session is recorded.
const LOCK: &str = "lock";
/// How the name of a segment's file ends.
const ENDING: &str = ".pcapng";
/// Names that are tried for a folder.
const TRIES: u32 = 10_000;

/// The folder of a session that is being recorded. It is locked until this is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes a folder in `root`, for this user only.
    ///
    /// # Errors
    /// It could not be made or locked.
    pub(crate) fn make(root: &Path) -> io::Result<Self> {
        private_folder(root, true)?;
        for number in 0..TRIES {
            let path = root.join(format!("session-{}-{number}", std::process::id()));
            match private_folder(&path, false) {
                Ok(()) => {
                    let lock = private_file(&path.join(LOCK))?;
                    lock.try_lock().map_err(io::Error::from)?;
                    return Ok(Self { path, _lock: lock });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Where the file of a segment stands.
    pub(crate) fn segment(&self, number: u32) -> PathBuf {
        self.path.join(format!("{number:08}{ENDING}"))
    }

    /// Where it stands.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The folder in which this user's sessions are. `None`: there is no home.
#[must_use]
pub fn usual_root() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "byteglass")?;
    Some(folders.state_dir().unwrap_or_else(|| folders.cache_dir()).join("sessions"))
}

/// The files of the segments in a session's folder, in order.
///
/// # Errors
/// The folder could not be read.
pub fn segments(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_str().is_some_and(|name| name.ends_with(ENDING)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The lock of a session that nobody records any more. `None`: it is being recorded, or is no session.
#[must_use]
pub fn abandoned(folder: &Path) -> Option<File> {
    let lock = File::open(folder.join(LOCK)).ok()?;
    lock.try_lock().ok().map(|()| lock)
}

/// Makes a file that only this user can read. What was there is gone.
///
/// # Errors
/// It could not be made.
pub fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn private_folder(path: &Path, parents: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(parents);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
