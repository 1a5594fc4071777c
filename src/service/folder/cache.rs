//! Small files that were read before, each checked against the disk on every request.
//!
//! What is in memory is served only while the path leads to the very same state of the very same file:
//! same device, inode, length, time of the last change to its content, and time of the last change to
//! anything about it (which a program cannot set back). The check takes the way of the path again:
//!
//! - For a name in the folder itself, the system is asked about that name in the open folder, without
//!   following a link. There is nothing in between that could lead elsewhere.
//! - For every other path it is asked the way it is when a file is opened: within the capability. A
//!   folder on the way that was renamed, replaced or made a link, inside or out of the folder, or
//!   something mounted over it, is met as it is now, and what then leads elsewhere is not served.
//!
//! A file of which anything changed goes the usual way, as if it had never been read.
//!
//! Time stamps come in steps, of some milliseconds or on a few file systems of two seconds: a file that
//! changes twice within one step looks the same after both. So only what has not changed for longer
//! than a step is remembered (git calls the others "racily clean"). What changes a file without a new
//! time stamp is not seen: a program that goes on writing through a memory map whose pages were dirty
//! already. Entity tags, here and elsewhere, have the same limit.

use std::{
    collections::HashMap,
    io,
    path::{Component, Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use cap_std::fs::{Dir, MetadataExt};

use crate::base::{
    faults::{self, Call},
    shared_text::SharedText,
};

use super::{
    super::{FileBody, Validators},
    Content, Found, Resolution, Selected,
    path::FolderPath,
};

/// Larger files are read while they are sent.
const FILE_BYTES: u64 = 256 * 1024;
/// What all files that are remembered may have together.
const TOTAL_BYTES: u64 = 16 * 1024 * 1024;
/// How many files are remembered at most.
const MOST_FILES: usize = 4096;
/// Longer paths are not remembered.
const PATH_BYTES: usize = 1024;
/// The coarsest steps of time stamps: a file that changed within this time may change again without a
/// new one.
const TIMESTAMP_GRANULARITY: Duration = Duration::from_secs(2);

/// The files, by the path as it arrived: percent-encoded, without the query.
#[derive(Debug, Default)]
pub(super) struct Cache {
    files: HashMap<Box<str>, Remembered>,
    total_bytes: u64,
}

#[derive(Debug)]
struct Remembered {
    /// Where it is, from the folder.
    relative: PathBuf,
    /// The file is a direct child of the served folder, so one `statat` without following links is
    /// enough to revalidate it.
    is_top_level: bool,
    state: State,
    said: SharedText,
    content: Bytes,
    media_type: SharedText,
    validators: Validators,
}

/// What changes whenever a path leads to something else, or to the same file with another content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    device: u64,
    inode: u64,
    len: u64,
    /// Seconds since 1970 and nanoseconds.
    modified: (i64, i64),
    /// The same, of the last change to anything about it.
    changed: (i64, i64),
}

impl Cache {
    /// The file that `path` leads to, if it is remembered and still what it was.
    pub(super) fn recall(&mut self, path: &str, dir: &Dir) -> Option<Found> {
        let file = self.files.get(path)?;
        if file.state_now(dir).ok() != Some(file.state) {
            self.forget(path);
            return None;
        }
        let selected = Selected {
            content: Content::Held(file.content.clone()),
            media_type: file.media_type.clone(),
            validators: file.validators.clone(),
            siblings: Vec::new(),
        };
        Some(Found { said: file.said.clone(), what: Resolution::Serve(selected), trouble: None })
    }

    /// Remembers the file that `path` led to, if it is small and has settled. `now`: the wall clock.
    pub(super) fn remember(&mut self, path: &str, found: &Found, dir: &Dir, now: SystemTime) {
        let Resolution::Serve(selected) = &found.what else { return };
        let Content::Opened(file, len) = &selected.content else { return };
        if *len > FILE_BYTES || path.len() > PATH_BYTES {
            return;
        }
        let Some(relative) = relative(path) else { return };
        let is_top_level = matches!(
            (relative.components().count(), relative.components().next()),
            (1, Some(Component::Normal(_)))
        );
        let Ok(state) = State::of_opened(file) else { return };
        if !state.has_settled(now) {
            return;
        }
        let Ok(content) = (FileBody { file: file.clone(), start: 0, len: *len }).read_all() else { return };
        let mut remembered = Remembered {
            relative,
            is_top_level,
            state,
            said: found.said.clone(),
            content,
            media_type: selected.media_type.clone(),
            validators: selected.validators.clone(),
        };
        // It may have changed while it was read, and the path may lead elsewhere by now.
        if remembered.state_now(dir).ok() != Some(state) {
            // A link: it is asked about the longer way.
            remembered.is_top_level = false;
            if remembered.state_now(dir).ok() != Some(state) {
                return;
            }
        }
        self.forget(path);
        if self.total_bytes + len > TOTAL_BYTES || self.files.len() >= MOST_FILES {
            *self = Self::default();
        }
        self.total_bytes += len;
        self.files.insert(path.into(), remembered);
    }

    fn forget(&mut self, path: &str) {
        if let Some(file) = self.files.remove(path) {
            self.total_bytes -= file.state.len;
        }
    }
}

impl Remembered {
    fn state_now(&self, dir: &Dir) -> io::Result<State> {
        faults::pass(Call::Stat)?;
        if self.is_top_level {
            return State::of_name(dir, &self.relative);
        }
        let metadata = dir.metadata(&self.relative)?;
        Ok(State {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

impl State {
    fn of_opened(file: &std::fs::File) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        faults::pass(Call::Stat)?;
        let metadata = file.metadata()?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Of what bears this name in the folder itself; of a link, not of what it leads to.
    fn of_name(dir: &Dir, name: &Path) -> io::Result<Self> {
        let stat = rustix::fs::statat(dir, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(Self::of_stat(&stat))
    }

    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_possible_wrap,
        clippy::cast_lossless,
        reason = "the types differ from system to system; nothing is lost where they are compared"
    )]
    fn of_stat(stat: &rustix::fs::Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            len: u64::try_from(stat.st_size).unwrap_or(u64::MAX),
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }

    /// Whether nothing has changed for longer than a step of the time stamps. One in the future never
    /// has.
    fn has_settled(&self, now: SystemTime) -> bool {
        let (secs, nanos) = self.modified.max(self.changed);
        let Some(since) = u64::try_from(secs).ok().zip(u32::try_from(nanos).ok()) else { return false };
        let latest = UNIX_EPOCH + Duration::new(since.0, since.1);
        now.duration_since(latest).is_ok_and(|age| age > TIMESTAMP_GRANULARITY)
    }
}

/// The file that is served under `path`, from the folder: a folder's is its `index.html`.
fn relative(path: &str) -> Option<PathBuf> {
    let path = FolderPath::of(path).ok()?;
    let relative = path.relative()?;
    let folder = path.slash || relative.as_os_str().is_empty();
    Some(if folder { relative.join("index.html") } else { relative })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::{fs, os::unix::fs::symlink};

    use super::{
        super::{Folder, Look, Site},
        *,
    };
    use crate::trace::Refusal;

    const PATHS: [&str; 6] = ["/a.txt", "/%61.txt", "/", "/dir/deep.txt", "/link.txt", "/dirlink/deep.txt"];

    /// A folder whose files have settled, as far as the clock of the tests says.
    struct Fixture {
        temp: tempfile::TempDir,
        site: Site,
    }

    impl Fixture {
        fn new() -> Self {
            let temp = tempfile::tempdir().unwrap();
            let root = temp.path().join("root");
            fs::create_dir_all(root.join("dir")).unwrap();
            fs::create_dir(root.join("other")).unwrap();
            for (name, text) in [
                ("a.txt", "text"),
                ("index.html", "page"),
                ("dir/deep.txt", "deep"),
                ("other/deep.txt", "peed"),
            ] {
                fs::write(root.join(name), text).unwrap();
            }
            symlink("a.txt", root.join("link.txt")).unwrap();
            symlink("dir", root.join("dirlink")).unwrap();
            let site = Site::Folder(Folder::open(&root).unwrap());
            Self { temp, site }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.temp.path().join("root").join(name)
        }

        /// As a request does it, `age` after the files were made.
        fn request(&mut self, path: &str, age: Duration) -> (bool, Found) {
            let look = Look::default();
            if let Some(found) = self.site.recall(path, look) {
                return (true, found);
            }
            let found = self.site.find(path, look);
            self.site.remember(path, &found, SystemTime::now() + age);
            (false, found)
        }

        /// The content, and whether it came out of memory.
        fn content(&mut self, path: &str) -> (bool, String) {
            let (held, found) = self.request(path, 2 * TIMESTAMP_GRANULARITY);
            (held, content(&found))
        }
    }

    fn content(found: &Found) -> String {
        let bytes = match &found.what {
            Resolution::Serve(Selected { content: Content::Held(bytes), .. }) => bytes.clone(),
            Resolution::Serve(Selected { content: Content::Opened(file, len), .. }) => {
                FileBody { file: file.clone(), start: 0, len: *len }.read_all().unwrap()
            }
            other => panic!("{other:?}"),
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn what_is_remembered_is_what_would_be_found() {
        let mut fixture = Fixture::new();
        for path in PATHS {
            let (held, first) = fixture.request(path, 2 * TIMESTAMP_GRANULARITY);
            assert!(!held, "{path}");
            let (held, second) = fixture.request(path, 2 * TIMESTAMP_GRANULARITY);
            assert!(held, "{path}");
            assert_eq!(first.said, second.said, "{path}");
            assert_eq!(content(&first), content(&second), "{path}");
            let (Resolution::Serve(first), Resolution::Serve(second)) = (first.what, second.what) else {
                panic!("{path}")
            };
            assert_eq!(first.media_type, second.media_type, "{path}");
            assert_eq!(first.validators, second.validators, "{path}");
        }
    }

    #[test]
    fn what_has_just_changed_is_not_remembered() {
        let mut fixture = Fixture::new();
        for path in PATHS {
            for _ in 0..2 {
                assert!(!fixture.request(path, Duration::ZERO).0, "{path}");
            }
        }
    }

    #[test]
    fn siblings_are_looked_for_each_time() {
        let mut fixture = Fixture::new();
        fixture.content("/a.txt");
        assert!(fixture.site.recall("/a.txt", Look { siblings: true, ..Look::default() }).is_none());
    }

    /// The length stays the same in each of these.
    #[test]
    fn a_file_that_changed_is_read_anew() {
        let mut fixture = Fixture::new();
        let expect = |fixture: &mut Fixture, text: &str, how: &str| {
            for path in ["/a.txt", "/link.txt"] {
                assert_eq!(fixture.content(path), (false, text.to_owned()), "{path} {how}");
                assert_eq!(fixture.content(path), (true, text.to_owned()), "{path} {how}");
            }
        };
        expect(&mut fixture, "text", "as it was made");
        fs::write(fixture.path("a.txt"), "next").unwrap();
        expect(&mut fixture, "next", "written");
        fs::write(fixture.path("new"), "anew").unwrap();
        fs::rename(fixture.path("new"), fixture.path("a.txt")).unwrap();
        expect(&mut fixture, "anew", "replaced");
        let before = fs::metadata(fixture.path("a.txt")).unwrap().modified().unwrap();
        fs::write(fixture.path("a.txt"), "back").unwrap();
        fs::File::options().write(true).open(fixture.path("a.txt")).unwrap().set_modified(before).unwrap();
        expect(&mut fixture, "back", "written, with the time of before");
        fs::remove_file(fixture.path("a.txt")).unwrap();
        let (held, found) = fixture.request("/a.txt", 2 * TIMESTAMP_GRANULARITY);
        assert!(!held && matches!(found.what, Resolution::Refuse(Refusal::NotFound, _)), "removed");
    }

    #[test]
    fn a_link_that_changed_leads_to_its_new_place() {
        let mut fixture = Fixture::new();
        for path in ["/dirlink/deep.txt", "/link.txt"] {
            fixture.content(path);
            assert!(fixture.content(path).0, "{path}");
        }
        fs::remove_file(fixture.path("dirlink")).unwrap();
        symlink("other", fixture.path("dirlink")).unwrap();
        assert_eq!(fixture.content("/dirlink/deep.txt"), (false, "peed".to_owned()));
        fs::remove_file(fixture.path("link.txt")).unwrap();
        symlink("index.html", fixture.path("link.txt")).unwrap();
        assert_eq!(fixture.content("/link.txt"), (false, "page".to_owned()));
    }

    #[test]
    fn a_folder_on_the_way_that_was_exchanged_is_met_as_it_is() {
        let mut fixture = Fixture::new();
        fixture.content("/dir/deep.txt");
        assert!(fixture.content("/dir/deep.txt").0);
        fs::rename(fixture.path("dir"), fixture.path("old")).unwrap();
        fs::rename(fixture.path("other"), fixture.path("dir")).unwrap();
        assert_eq!(fixture.content("/dir/deep.txt"), (false, "peed".to_owned()));
    }

    /// The file is the very same, but no longer in the folder: only the way to it tells.
    #[test]
    fn what_was_moved_out_is_not_served_through_a_link_to_it() {
        let mut fixture = Fixture::new();
        for path in ["/dir/deep.txt", "/a.txt"] {
            fixture.content(path);
            assert!(fixture.content(path).0, "{path}");
        }
        let outside = fixture.temp.path().join("outside");
        fs::rename(fixture.path("dir"), &outside).unwrap();
        symlink(&outside, fixture.path("dir")).unwrap();
        fs::rename(fixture.path("a.txt"), outside.join("a.txt")).unwrap();
        symlink(outside.join("a.txt"), fixture.path("a.txt")).unwrap();
        for path in ["/dir/deep.txt", "/a.txt"] {
            let (held, found) = fixture.request(path, 2 * TIMESTAMP_GRANULARITY);
            assert!(!held, "{path}");
            assert!(matches!(found.what, Resolution::Refuse(Refusal::LinkLeaves, _)), "{path}: {found:?}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut fixture = Fixture::new();
        let large = usize::try_from(FILE_BYTES).unwrap();
        fs::write(fixture.path("large"), vec![b'x'; large]).unwrap();
        fs::write(fixture.path("larger"), vec![b'x'; large + 1]).unwrap();
        for expected in [false, true] {
            assert_eq!(fixture.content("/large").0, expected);
            assert!(!fixture.content("/larger").0);
        }
        // Different paths to the same file.
        let most = TOTAL_BYTES / FILE_BYTES;
        for index in 0..most + 10 {
            fixture.content(&format!("/dir{}/../large", "x".repeat(usize::try_from(index).unwrap())));
            let Site::Folder(folder) = &fixture.site else { unreachable!("it is one") };
            let cache = &folder.cache;
            assert!(cache.total_bytes <= TOTAL_BYTES);
            assert_eq!(cache.total_bytes, cache.files.values().map(|file| file.state.len).sum::<u64>());
        }
    }
}
