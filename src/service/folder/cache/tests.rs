#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use std::{fs, os::unix::fs::symlink};

use super::{
    super::{Fallbacks, Folder, LookupOptions, Site},
    *,
};
use crate::trace::Refusal;

#[cfg(target_os = "linux")]
mod watched;

const PATHS: [&str; 6] = ["/a.txt", "/%61.txt", "/", "/dir/deep.txt", "/link.txt", "/dirlink/deep.txt"];

/// A folder whose files have settled, according to the clock of the tests.
struct Fixture {
    temp: tempfile::TempDir,
    site: Site,
    look: u64,
    watch: Option<Watch>,
    /// The wall clock, if it stands still.
    stopped: Option<SystemTime>,
}

impl Fixture {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        fs::create_dir_all(root.join("dir")).unwrap();
        fs::create_dir(root.join("other")).unwrap();
        for (name, text) in
            [("a.txt", "text"), ("index.html", "page"), ("dir/deep.txt", "deep"), ("other/deep.txt", "peed")]
        {
            fs::write(root.join(name), text).unwrap();
        }
        symlink("a.txt", root.join("link.txt")).unwrap();
        symlink("dir", root.join("dirlink")).unwrap();
        let site = Site::Folder(Folder::open(&root).unwrap());
        Self { temp, site, look: 0, watch: None, stopped: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join("root").join(name)
    }

    /// Looks up a path as a request does, `age` after the files were made. Also returns whether it came from memory.
    fn request(&mut self, path: &str, age: Duration) -> (bool, Found) {
        self.look += 1;
        let (options, fallbacks) = (LookupOptions::default(), Fallbacks::default());
        let now = self.stopped.unwrap_or_else(|| SystemTime::now() + age);
        let Site::Folder(folder) = &mut self.site else { unreachable!("it is one") };
        let served = folder.served.clone();
        let at = &mut Look { number: self.look, now, watch: self.watch.as_mut() };
        if folder.is_in_place(at)
            && let Some(found) = folder.cache.recall(path, &served.root, at)
        {
            return (true, found);
        }
        let found = self.site.find_at_once(path, options, fallbacks, at);
        if !matches!(found.what, Resolution::Wait) {
            return (false, found);
        }
        let search = self.site.search(path, options, fallbacks, now).unwrap();
        (false, self.site.take_in(path, search.run()))
    }

    /// The content, and whether it came from memory.
    fn content(&mut self, path: &str) -> (bool, String) {
        let (held, found) = self.request(path, 2 * SETTLED_AFTER);
        (held, content(&found))
    }
}

fn content(found: &Found) -> String {
    let bytes = match &found.what {
        Resolution::Serve(Selected { content: Content::Held(bytes), .. }) => bytes.clone(),
        Resolution::Serve(Selected { content: Content::Opened(file, len), .. }) => {
            FileBody { file: file.clone(), start: 0, len: *len }.read_all(Reach::Disk).unwrap()
        }
        other => panic!("{other:?}"),
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn what_is_remembered_is_what_would_be_found() {
    let mut fixture = Fixture::new();
    for path in PATHS {
        let (held, first) = fixture.request(path, 2 * SETTLED_AFTER);
        assert!(!held, "{path}");
        let (held, second) = fixture.request(path, 2 * SETTLED_AFTER);
        assert!(held, "{path}");
        assert_eq!(first.words(), second.words(), "{path}");
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

/// A write through a memory map whose page is dirty already sets no time stamp: the state is unchanged and the content
/// is not.
#[test]
fn a_file_that_may_be_mapped_is_compared() {
    let mut fixture = Fixture::new();
    let young = 2 * TIMESTAMP_GRANULARITY;
    for expected in [false, true] {
        assert_eq!(fixture.request("/a.txt", young).0, expected);
    }
    let Site::Folder(folder) = &mut fixture.site else { panic!("no folder") };
    folder.cache.files.get_mut("/a.txt").unwrap().content = Bytes::from_static(b"then");
    let (held, found) = fixture.request("/a.txt", young);
    assert_eq!((held, content(&found)), (false, "text".to_owned()));
}

#[test]
fn siblings_are_looked_for_each_time() {
    let mut fixture = Fixture::new();
    fixture.content("/a.txt");
    let Site::Folder(folder) = &mut fixture.site else { unreachable!("it is one") };
    folder.cache.files.get_mut("/a.txt").unwrap().content = Bytes::from_static(b"then");
    let options = LookupOptions { siblings: true, ..LookupOptions::default() };
    let mut at = Look { number: 99, now: SystemTime::now() + 2 * SETTLED_AFTER, watch: None };
    let found = fixture.site.find_at_once("/a.txt", options, Fallbacks::default(), &mut at);
    assert!(matches!(found.what, Resolution::Wait), "{found:?}");
}

/// What has been found once is found again in the same look, whatever has happened since.
#[test]
fn a_look_sees_the_folder_as_it_was_at_one_time() {
    let mut fixture = Fixture::new();
    fixture.content("/a.txt");
    assert!(fixture.content("/a.txt").0);
    fs::write(fixture.path("a.txt"), "next").unwrap();
    fixture.look -= 1;
    assert_eq!(fixture.content("/a.txt"), (true, "text".to_owned()));
    assert_eq!(fixture.content("/a.txt"), (false, "next".to_owned()));
}

/// The length is unchanged in all cases.
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
    let (held, found) = fixture.request("/a.txt", 2 * SETTLED_AFTER);
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

/// The file is unchanged but no longer in the folder; only its path shows that.
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
        let (held, found) = fixture.request(path, 2 * SETTLED_AFTER);
        assert!(!held, "{path}");
        assert!(matches!(found.what, Resolution::Refuse(Refusal::LinkLeaves, _)), "{path}: {found:?}");
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut fixture = Fixture::new();
    let large = usize::try_from(FILE_BYTES_MAX).unwrap();
    fs::write(fixture.path("large"), vec![b'x'; large]).unwrap();
    fs::write(fixture.path("larger"), vec![b'x'; large + 1]).unwrap();
    for expected in [false, true] {
        assert_eq!(fixture.content("/large").0, expected);
        assert!(!fixture.content("/larger").0);
    }
    // Different paths to the same file.
    let most = TOTAL_BYTES_MAX / FILE_BYTES_MAX;
    for index in 0..most + 10 {
        fixture.content(&format!("/dir{}/../large", "x".repeat(usize::try_from(index).unwrap())));
        let Site::Folder(folder) = &fixture.site else { unreachable!("it is one") };
        let cache = &folder.cache;
        assert!(cache.total_bytes <= TOTAL_BYTES_MAX);
        assert_eq!(cache.total_bytes, cache.files.values().map(|file| file.state.len).sum::<u64>());
    }
}
