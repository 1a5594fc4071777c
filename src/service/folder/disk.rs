//! A folder on the disk, opened as a capability.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use cap_std::{
    ambient_authority,
    fs::{Dir, Metadata, OpenOptions},
};

use crate::{
    faults::{self, Call},
    http::Rule,
};

use super::{
    super::{Coding, FileBody, Sibling, Validators, text::visible},
    Content, Found, Look, Selected, What,
    listing::{Held, Opened},
    media_type::media_type,
    path::FolderPath,
};

/// A folder, opened as a capability: nothing outside it can be reached through it, by whatever path
/// or link, even while others rename and replace what is in it.
#[derive(Debug)]
pub struct Folder {
    pub(super) dir: Dir,
    /// Absolute.
    path: PathBuf,
    name: Arc<str>,
    /// What listings of it hold in memory.
    held: Held,
    #[cfg(unix)]
    pub(super) cache: super::cache::Cache,
}

impl Folder {
    /// Opens the folder.
    ///
    /// # Errors
    /// It is not there, may not be opened, or is not a folder.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        faults::pass(Call::Open)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        let name = visible(&path.to_string_lossy()).into();
        Ok(Self {
            dir,
            path,
            name,
            held: Held::default(),
            #[cfg(unix)]
            cache: super::cache::Cache::default(),
        })
    }

    /// Its absolute path, as far as it can be shown.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// Opens what stands under the path of the folder now: it may have been deleted and made anew,
    /// as a build does with its output. Whether there is a folder there.
    pub fn reopen(&mut self) -> bool {
        match Self::open(&self.path) {
            Ok(folder) => {
                *self = folder;
                true
            }
            Err(_) => false,
        }
    }

    /// Looks up a path and opens the file that it leads to.
    #[must_use]
    pub fn find(&self, path: &FolderPath<'_>, look: Look) -> Found {
        let shown = path.shown();
        let Some(relative) = path.relative() else { return Found::missing(&shown) };
        let root = relative.as_os_str().is_empty();
        let index = relative.join("index.html");
        if root {
            let found = self.file(&index, "index.html", look);
            return self.or_listing(found, Path::new("."), "", look);
        }
        // A look before the file is opened: opening alone can wake whoever waits at the other end
        // of a FIFO, or move a device.
        match self.look(&relative) {
            Err(error) => self.failed(&error, &shown),
            Ok(metadata) if metadata.is_dir() && path.slash => {
                let found = self.file(&index, &format!("{shown}index.html"), look);
                self.or_listing(found, &relative, &shown, look)
            }
            Ok(metadata) if metadata.is_dir() => Found {
                said: format!("folder {shown}, asked for without its slash").into(),
                what: What::AddSlash(path.with_slash()),
            },
            Ok(metadata) if metadata.is_file() && path.slash => Found::missing(&shown),
            Ok(metadata) => self.open_file(&relative, &shown, &metadata, look),
        }
    }

    /// What was found, or a listing of the folder at `relative` where nothing was.
    fn or_listing(&self, found: Found, relative: &Path, shown: &str, look: Look) -> Found {
        if !look.listing || !matches!(found.what, What::Refuse(Rule::NotFound, _)) {
            return found;
        }
        match self.dir.open_dir(relative) {
            Err(error) => self.failed(&error, shown),
            Ok(dir) => {
                let shown = format!("/{shown}");
                let opened = Opened { dir, shown: shown.clone(), held: self.held.clone() };
                Found { said: format!("folder {shown}, listed").into(), what: What::List(opened) }
            }
        }
    }

    /// The file at `relative`, if there is one.
    fn file(&self, relative: &Path, shown: &str, look: Look) -> Found {
        match self.look(relative) {
            Err(error) => self.failed(&error, shown),
            Ok(metadata) if metadata.is_dir() => Found::missing(shown),
            Ok(metadata) => self.open_file(relative, shown, &metadata, look),
        }
    }

    /// Opens what was a file when it was last looked at.
    fn open_file(&self, relative: &Path, shown: &str, before: &Metadata, look: Look) -> Found {
        if !before.is_file() {
            return Found::refused(Rule::NotAFile, "", shown);
        }
        match self.open_now(relative) {
            Err(error) => self.failed(&error, shown),
            Ok((_, metadata)) if !metadata.is_file() => Found::refused(Rule::NotAFile, "", shown),
            Ok((file, metadata)) => {
                let modified = modified(&metadata);
                let siblings = if look.siblings { self.siblings(relative, modified) } else { Vec::new() };
                let selected = Selected {
                    content: Content::Opened(Arc::new(file), metadata.len()),
                    media_type: media_type(relative),
                    validators: Validators::of_file(metadata.len(), modified),
                    siblings,
                };
                Found::file(shown, selected)
            }
        }
    }

    /// What was looked at before may be something else by now: the metadata is that of what was opened.
    fn open_now(&self, relative: &Path) -> io::Result<(std::fs::File, Metadata)> {
        faults::pass(Call::Open)?;
        let file = self.dir.open_with(relative, &options())?;
        faults::pass(Call::Stat)?;
        let metadata = file.metadata()?;
        Ok((file.into_std(), metadata))
    }

    /// The files beside the one at `relative` that hold it compressed: by the same rules as any file,
    /// and at least as new as it is, for an older one may hold something else.
    fn siblings(&self, relative: &Path, original: Option<SystemTime>) -> Vec<Sibling> {
        let sibling = |coding: Coding| {
            let mut name = relative.as_os_str().to_owned();
            name.push(coding.extension());
            let is_file = self.look(Path::new(&name)).is_ok_and(|metadata| metadata.is_file());
            let (file, metadata) = is_file.then(|| self.open_now(Path::new(&name)))?.ok()?;
            let modified = modified(&metadata);
            (metadata.is_file() && modified >= original).then(|| Sibling {
                coding,
                body: FileBody { file: Arc::new(file), start: 0, len: metadata.len() },
                validators: Validators::of_file(metadata.len(), modified),
            })
        };
        Coding::ALL.into_iter().filter_map(sibling).collect()
    }

    fn look(&self, relative: &Path) -> io::Result<Metadata> {
        faults::pass(Call::Stat).and_then(|()| self.dir.metadata(relative))
    }

    fn failed(&self, error: &io::Error, shown: &str) -> Found {
        use io::ErrorKind;
        match error.kind() {
            ErrorKind::NotFound if self.is_gone() => {
                Found::refused(Rule::FolderGone, &format!("It was {}.", self.name), shown)
            }
            // A path through a file, a name longer than the file system takes, links in a circle:
            // each can only mean that there is no such file.
            ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput => Found::missing(shown),
            _ if is_loop(error) => Found::missing(shown),
            // The capability's own refusal has no code of the operating system. Only a link can
            // cause it, for the path itself has no dot segments any more.
            ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                Found::refused(Rule::LinkLeaves, "", shown)
            }
            ErrorKind::PermissionDenied => Found::refused(Rule::FileDenied, "", shown),
            _ if is_no_device(error) => Found::refused(Rule::NotAFile, "", shown),
            _ => {
                let detail = format!("The operating system says: {error}.");
                Found::refused(Rule::FileFailed, &detail, shown)
            }
        }
    }

    /// Whether the folder itself was deleted: no name leads to it any more.
    fn is_gone(&self) -> bool {
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt;
            let stat = faults::pass(Call::Stat).and_then(|()| self.dir.dir_metadata());
            stat.is_ok_and(|metadata| metadata.nlink() == 0)
        }
        #[cfg(not(unix))]
        {
            self.dir.dir_metadata().is_err()
        }
    }
}

fn modified(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok().map(cap_std::time::SystemTime::into_std)
}

/// For reading, and without waiting for anyone: should a FIFO have taken the file's place since it
/// was looked at, opening it returns at once.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options
}

/// Links in a circle, or more of them than the operating system follows.
#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// A socket, or a device that nothing drives.
#[cfg(unix)]
fn is_no_device(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENODEV | libc::EOPNOTSUPP))
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}

#[cfg(not(unix))]
fn is_no_device(_: &io::Error) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::{
        ffi::OsStr,
        fs,
        os::unix::{ffi::OsStrExt, fs::symlink},
        process::Command,
    };

    use super::*;

    /// A folder with a bit of everything, and one beside it that is not served.
    fn fixture() -> (tempfile::TempDir, Folder) {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        fs::create_dir_all(root.join("dir/sub")).unwrap();
        fs::create_dir_all(root.join("bare")).unwrap();
        fs::create_dir_all(root.join("odd/index.html")).unwrap();
        fs::create_dir_all(root.join(".well-known")).unwrap();
        fs::create_dir(temp.path().join("out")).unwrap();
        for (name, content) in [
            ("root/a.txt", "abcdefghijklmnopqrstuvwxyz"),
            ("root/dir/index.html", "<p>dir"),
            ("root/.well-known/acme", "x"),
            ("root/.hidden", "x"),
            ("root/a+b.txt", "x"),
            ("root/with space.txt", "x"),
            ("out/passwd", "root:x:0:0"),
        ] {
            fs::write(temp.path().join(name), content).unwrap();
        }
        fs::write(root.join(OsStr::from_bytes(b"\xff.txt")), "x").unwrap();
        symlink("a.txt", root.join("link-in")).unwrap();
        symlink("dir", root.join("dirlink-in")).unwrap();
        symlink("../a.txt", root.join("dir/link-up")).unwrap();
        symlink("../out/passwd", root.join("link-out")).unwrap();
        symlink(temp.path().join("out/passwd"), root.join("link-absolute")).unwrap();
        symlink("../out", root.join("dirlink-out")).unwrap();
        symlink("loop-b", root.join("loop-a")).unwrap();
        symlink("loop-a", root.join("loop-b")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        fifo(&root.join("fifo"));
        let folder = Folder::open(&root).unwrap();
        (temp, folder)
    }

    fn fifo(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    fn find(folder: &Folder, path: &str) -> Found {
        folder.find(&FolderPath::of(path).unwrap(), Look::default())
    }

    fn refused(found: &Found) -> Option<Rule> {
        match found.what {
            What::Refuse(rule, _) => Some(rule),
            _ => None,
        }
    }

    #[test]
    fn files_are_found() {
        let (_temp, folder) = fixture();
        for (path, said) in [
            ("/a.txt", "file a.txt, 26 bytes"),
            ("/%61.txt", "file a.txt, 26 bytes"),
            ("/dir/../a.txt", "file a.txt, 26 bytes"),
            ("/a+b.txt", "file a+b.txt, 1 byte"),
            ("/with%20space.txt", "file with space.txt, 1 byte"),
            ("/%ff.txt", "file \u{fffd}.txt, 1 byte"),
            ("/dir/", "file dir/index.html, 6 bytes"),
            ("/.well-known/acme", "file .well-known/acme, 1 byte"),
            ("/link-in", "file link-in, 26 bytes"),
            ("/dirlink-in/link-up", "file dirlink-in/link-up, 26 bytes"),
        ] {
            let found = find(&folder, path);
            assert_eq!(found.said, said, "{path}");
            assert!(matches!(found.what, What::Serve(_)), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_missing() {
        let (_temp, folder) = fixture();
        let long = "a".repeat(300);
        let longer = "d/".repeat(4000);
        for path in [
            "/",
            "/nope",
            "/a.txt/",
            "/a.txt/b",
            "/bare/",
            "/dir/sub/",
            "/dangling",
            "/loop-a",
            "/odd/",
            "/A.TXT",
            "/%c0%ae%c0%ae/etc",
            &format!("/{long}"),
            &format!("/{longer}"),
        ] {
            assert_eq!(refused(&find(&folder, path)), Some(Rule::NotFound), "{path}");
        }
        assert_eq!(find(&folder, "/").said, "no file index.html");
        assert_eq!(find(&folder, "/bare/").said, "no file bare/index.html");
    }

    #[test]
    fn a_folder_without_its_slash_is_somewhere_else() {
        let (_temp, folder) = fixture();
        for (path, place) in [("/dir", "/dir/"), ("/dir/sub", "/dir/sub/"), ("/x/../%64ir", "/dir/")] {
            match find(&folder, path).what {
                What::AddSlash(location) => assert_eq!(location, place, "{path}"),
                other => panic!("{path}: {other:?}"),
            }
        }
    }

    #[test]
    fn no_link_leads_out() {
        let (_temp, folder) = fixture();
        for path in ["/link-out", "/link-absolute", "/dirlink-out", "/dirlink-out/passwd", "/dirlink-out/"] {
            assert_eq!(refused(&find(&folder, path)), Some(Rule::LinkLeaves), "{path}");
        }
    }

    #[test]
    fn what_is_no_regular_file_is_refused_without_waiting() {
        let (temp, folder) = fixture();
        let _socket = std::os::unix::net::UnixListener::bind(temp.path().join("root/socket")).unwrap();
        for path in ["/fifo", "/socket"] {
            assert_eq!(refused(&find(&folder, path)), Some(Rule::NotAFile), "{path}");
        }
        assert_eq!(refused(&find(&folder, "/fifo/")), Some(Rule::NotAFile));
    }

    /// Between the look and the opening, another takes the file's place.
    #[test]
    fn a_file_that_turns_into_something_else_is_refused_without_waiting() {
        let (temp, folder) = fixture();
        let before = folder.dir.metadata("a.txt").unwrap();
        let path = temp.path().join("root/a.txt");
        fs::remove_file(&path).unwrap();
        fifo(&path);
        let open = || folder.open_file(Path::new("a.txt"), "a.txt", &before, Look::default());
        assert_eq!(refused(&open()), Some(Rule::NotAFile));
        fs::remove_file(&path).unwrap();
        symlink("../out/passwd", &path).unwrap();
        assert_eq!(refused(&open()), Some(Rule::LinkLeaves));
        fs::remove_file(&path).unwrap();
        assert_eq!(refused(&open()), Some(Rule::NotFound));
        fs::create_dir(&path).unwrap();
        assert_eq!(refused(&open()), Some(Rule::NotAFile));
    }

    #[test]
    fn the_reasons_of_the_operating_system_are_told_apart() {
        let (_temp, folder) = fixture();
        for (code, rule) in [
            (libc::EACCES, Rule::FileDenied),
            (libc::ENOENT, Rule::NotFound),
            (libc::ENOTDIR, Rule::NotFound),
            (libc::ENAMETOOLONG, Rule::NotFound),
            (libc::ELOOP, Rule::NotFound),
            (libc::ENXIO, Rule::NotAFile),
            (libc::EIO, Rule::FileFailed),
            (libc::EMFILE, Rule::FileFailed),
        ] {
            let found = folder.failed(&io::Error::from_raw_os_error(code), "x");
            assert_eq!(refused(&found), Some(rule), "{code}");
        }
    }

    #[test]
    fn a_file_that_may_not_be_read_is_denied() {
        use std::os::unix::fs::PermissionsExt;
        let (temp, folder) = fixture();
        let path = temp.path().join("root/a.txt");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        let expected = match fs::File::open(&path) {
            Err(_) => Some(Rule::FileDenied),
            // A privileged user may read everything.
            Ok(_) => None,
        };
        assert_eq!(refused(&find(&folder, "/a.txt")), expected);
    }

    #[test]
    fn a_deleted_folder_is_gone_until_it_is_made_anew() {
        let (temp, mut folder) = fixture();
        let root = temp.path().join("root");
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(refused(&find(&folder, "/a.txt")), Some(Rule::FolderGone));
        assert!(!folder.reopen());
        fs::create_dir(&root).unwrap();
        fs::write(root.join("a.txt"), "new").unwrap();
        assert_eq!(refused(&find(&folder, "/a.txt")), Some(Rule::FolderGone), "it still has the old one");
        assert!(folder.reopen());
        assert_eq!(find(&folder, "/a.txt").said, "file a.txt, 3 bytes");
    }

    #[test]
    fn a_renamed_folder_is_served_on() {
        let (temp, folder) = fixture();
        fs::rename(temp.path().join("root"), temp.path().join("other")).unwrap();
        assert_eq!(find(&folder, "/a.txt").said, "file a.txt, 26 bytes");
        assert_eq!(refused(&find(&folder, "/nope")), Some(Rule::NotFound));
    }

    #[test]
    fn only_a_folder_can_be_opened() {
        let (temp, folder) = fixture();
        assert!(folder.name().ends_with("/root"), "{}", folder.name());
        let kind = |name| Folder::open(temp.path().join(name)).unwrap_err().kind();
        assert_eq!(kind("root/a.txt"), io::ErrorKind::NotADirectory);
        assert_eq!(kind("root/fifo"), io::ErrorKind::NotADirectory);
        assert_eq!(kind("nope"), io::ErrorKind::NotFound);
    }
}
