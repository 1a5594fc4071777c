//! The folder of a session: a file for each segment, and a file that is locked while the session is recorded.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::base::files::private_file;

/// Name of the file that is locked while the session is recorded.
const LOCK: &str = "lock";
/// Name of the file that marks a session that ended in order.
const ENDED: &str = "ended";
/// The beginning of the name of a session's folder.
const PREFIX: &str = "session-";
/// The end of the name of a segment's file.
const ENDING: &str = ".pcapng";
/// At most this many names are tried for a new folder.
const TRIES: u32 = 10_000;

/// The folder of a session that is being recorded, locked until the value is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes a folder in `root` that only this user can enter, and locks it.
    ///
    /// # Errors
    /// The folder could not be made or locked.
    pub(crate) fn make(root: &Path) -> io::Result<Self> {
        private_folder(root, true)?;
        for number in 0..TRIES {
            let path = root.join(format!("{PREFIX}{}-{number}", std::process::id()));
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

    /// The path of a segment's file.
    pub(crate) fn segment(&self, number: u32) -> PathBuf {
        self.path.join(format!("{number:08}{ENDING}"))
    }

    /// Marks the session as ended in order.
    ///
    /// # Errors
    /// The mark cannot be made.
    pub(crate) fn mark_ended(&self) -> io::Result<()> {
        private_file(&self.path.join(ENDED)).map(drop)
    }

    /// The path of the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The folder with this user's sessions. `None`: the user has no home folder.
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

/// Whether the session in this folder ended in order.
#[must_use]
pub fn has_ended(folder: &Path) -> bool {
    folder.join(ENDED).exists()
}

/// Locks the folder of a session that nobody is recording. `None`: it is being recorded or open elsewhere, or holds no
/// session.
#[must_use]
pub fn abandoned(folder: &Path) -> Option<File> {
    // Sessions are removed and written over, so only a folder of our name that belongs to whom
    // the folder of all sessions belongs to is one.
    let name = folder.file_name()?.to_str()?;
    let metadata = fs::symlink_metadata(folder).ok()?;
    let root = fs::symlink_metadata(folder.parent()?).ok()?;
    if !name.starts_with(PREFIX) || !metadata.is_dir() || !is_same_owner(&metadata, &root) {
        return None;
    }
    let lock = File::open(folder.join(LOCK)).ok()?;
    lock.try_lock().ok().map(|()| lock)
}

/// Whether two folders belong to the same user.
#[cfg(unix)]
fn is_same_owner(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.uid() == other.uid()
}

/// Whether two folders belong to the same user. Not known on this system; the folder of the sessions is the user's.
#[cfg(not(unix))]
const fn is_same_owner(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

fn private_folder(path: &Path, parents: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(parents);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::testing::ScratchFolder;

    /// A folder of this name in `root` as a session leaves one.
    fn session(root: &Path, name: &str) -> PathBuf {
        let path = root.join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join(LOCK), "").unwrap();
        path
    }

    #[test]
    fn only_folders_of_sessions_of_this_user_are_taken_up_or_removed() {
        let root = ScratchFolder::new();
        let own = session(root.path(), "session-1-0");
        assert!(abandoned(&own).is_some());
        assert!(abandoned(&session(root.path(), "holiday")).is_none(), "another name");
        let unlocked = root.path().join("session-2-0");
        fs::create_dir(&unlocked).unwrap();
        assert!(abandoned(&unlocked).is_none(), "no session was begun in it");
        let being_recorded = Folder::make(root.path()).unwrap();
        assert!(abandoned(being_recorded.path()).is_none());
        #[cfg(unix)]
        {
            let link = root.path().join("session-3-0");
            std::os::unix::fs::symlink(&own, &link).unwrap();
            assert!(abandoned(&link).is_none(), "a link leads elsewhere");
            let others = session(root.path(), "session-4-0");
            // Only root can give a folder away.
            if std::os::unix::fs::chown(&others, Some(65_534), None).is_ok() {
                assert!(abandoned(&others).is_none(), "it belongs to somebody else");
            }
        }
    }
}
