//! Files read block by block, and files that nobody else can read.

use std::{
    collections::hash_map::RandomState,
    fs::{self, File, OpenOptions},
    hash::BuildHasher,
    io::{self, ErrorKind, Read},
    path::Path,
};

use super::own_files;

/// Appends what the next read of `file` gives to `buffer`, `most` bytes at the most. Returns how many; 0: the file
/// is at its end.
///
/// # Errors
/// Reading failed. The buffer is unchanged.
pub fn append(file: &mut impl Read, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
    let before = buffer.len();
    buffer.resize(before + most, 0);
    let read = loop {
        match file.read(&mut buffer[before..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    buffer.truncate(before + read.as_ref().map_or(0, |read| *read));
    read
}

/// Makes an empty file that only this user can read, in place of any that was there: what is written may hold
/// passwords. A link is replaced and not followed. A device or a pipe is opened as it is. The file is one of this
/// program's own from then on, which are not served.
///
/// # Errors
/// The file could not be made.
pub fn private_file(path: &Path) -> io::Result<File> {
    let file = made_private(path)?;
    own_files::add(&file);
    Ok(file)
}

fn made_private(path: &Path) -> io::Result<File> {
    match new_private_file(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        other => return other,
    }
    let known = fs::symlink_metadata(path)?;
    let leads_to_file =
        known.is_file() || (known.is_symlink() && fs::metadata(path).map_or(true, |to| to.is_file()));
    if !leads_to_file {
        return OpenOptions::new().write(true).open(path);
    }
    // Made under a name that nobody can guess, and renamed: whoever has the old file open does not read the new one.
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{:016x}", RandomState::new().hash_one(std::process::id())));
    let file = new_private_file(Path::new(&beside))?;
    fs::rename(&beside, path).inspect_err(|_| drop(fs::remove_file(&beside)))?;
    Ok(file)
}

fn new_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::{
        io::Write,
        os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    };

    use super::*;

    #[test]
    fn a_file_that_was_there_is_replaced_with_a_private_one() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("capture");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let before = File::open(&path).unwrap();
        private_file(&path).unwrap().write_all(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(io::read_to_string(before).unwrap(), "old");
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_replaced_and_a_device_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let (target, link) = (temp.path().join("target"), temp.path().join("link"));
        fs::write(&target, "kept").unwrap();
        symlink(&target, &link).unwrap();
        private_file(&link).unwrap().write_all(b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"kept");
        assert!(!fs::symlink_metadata(&link).unwrap().is_symlink());
        let to_device = temp.path().join("null");
        symlink("/dev/null", &to_device).unwrap();
        private_file(&to_device).unwrap();
        assert!(fs::symlink_metadata(&to_device).unwrap().is_symlink());
    }
}
