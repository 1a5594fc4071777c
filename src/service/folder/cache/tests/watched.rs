//! Tests of files that are watched: no call while nothing changes, and every change is found.
//!
//! The wall clock stands still, so that no file is asked about because its last check is long ago.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::base::faults::plan::{self, Fault, Plan};

/// The calls that a request for a file could make.
const CALLS: [Call; 5] = [Call::Cache, Call::Stat, Call::Open, Call::FileRead, Call::Watch];

/// A fixture whose files are watched where they can be.
fn watched() -> Fixture {
    let mut fixture = Fixture { watch: Some(Watch::start().unwrap()), ..Fixture::new() };
    fixture.stop_clock();
    for path in PATHS {
        for _ in 0..3 {
            fixture.content(path);
        }
    }
    fixture
}

impl Fixture {
    fn stop_clock(&mut self) {
        self.stopped = Some(SystemTime::now() + 2 * SETTLED_AFTER);
    }

    /// Takes in what the watch tells, as the event loop does in each turn.
    fn follow(&mut self, is_all: bool) {
        let (watch, now) = (self.watch.as_mut().unwrap(), self.stopped.unwrap());
        self.site.follow(watch, is_all, now);
    }

    /// Whether the file comes from memory while every call of this kind fails. Also returns whether one was made.
    fn holds_without(&mut self, call: Call, path: &str) -> (bool, bool) {
        let fault = Fault::Code(libc::EAGAIN);
        plan::follow(Some(Plan { call, at: 0, times: usize::MAX, fault }));
        let held = self.request(path, Duration::ZERO).0;
        let hits = plan::hits();
        plan::follow(None);
        (held, hits > 0)
    }

    /// What a folder that was opened just now has at the path.
    fn fresh(&self, path: &str) -> String {
        let root = self.temp.path().join("root");
        match Folder::open(&root) {
            Ok(folder) => told(&Site::Folder(folder).find(path, LookupOptions::default())),
            Err(_) => "gone".to_owned(),
        }
    }
}

fn told(found: &Found) -> String {
    match &found.what {
        Resolution::Serve(_) => content(found),
        Resolution::Refuse(Refusal::FolderGone, _) => "gone".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_watched_file_costs_no_call() {
    let mut fixture = watched();
    for call in CALLS {
        for path in ["/a.txt", "/%61.txt", "/", "/dir/deep.txt"] {
            assert_eq!(fixture.holds_without(call, path), (true, false), "{path}: {call:?}");
        }
    }
    // What a path with a link leads to is asked about.
    assert_eq!(fixture.holds_without(Call::Cache, "/link.txt"), (false, true));
    // So is a file whose last check is a while ago, and then it is watched on.
    fixture.stopped = fixture.stopped.map(|now| now + CHECKED_EVERY);
    assert!(fixture.content("/a.txt").0);
    assert_eq!(fixture.holds_without(Call::Cache, "/a.txt"), (true, false));
    fixture.stopped = fixture.stopped.map(|now| now + CHECKED_EVERY);
    assert_eq!(fixture.holds_without(Call::Cache, "/a.txt"), (false, true));
}

type Change = fn(&Fixture);

/// What can happen to a file and to the folders on the way to it.
const CHANGES: [(&str, Change); 17] = [
    ("written", |fixture| fs::write(fixture.path("a.txt"), "next").unwrap()),
    ("cut", |fixture| drop(fs::File::create(fixture.path("a.txt")).unwrap())),
    ("grown", |fixture| {
        fs::File::options().write(true).open(fixture.path("a.txt")).unwrap().set_len(9).unwrap();
    }),
    ("replaced", |fixture| {
        fs::write(fixture.path("new"), "anew").unwrap();
        fs::rename(fixture.path("new"), fixture.path("a.txt")).unwrap();
    }),
    ("moved away", |fixture| fs::rename(fixture.path("a.txt"), fixture.path("b.txt")).unwrap()),
    ("removed", |fixture| fs::remove_file(fixture.path("a.txt")).unwrap()),
    ("removed under one of two names", |fixture| {
        fs::hard_link(fixture.path("a.txt"), fixture.path("b.txt")).unwrap();
        fs::remove_file(fixture.path("a.txt")).unwrap();
    }),
    ("written under another name", |fixture| {
        fs::hard_link(fixture.path("a.txt"), fixture.temp.path().join("b.txt")).unwrap();
        fs::write(fixture.temp.path().join("b.txt"), "next").unwrap();
    }),
    ("made a link", |fixture| {
        fs::remove_file(fixture.path("a.txt")).unwrap();
        symlink("index.html", fixture.path("a.txt")).unwrap();
    }),
    ("exchanged with a folder", |fixture| {
        fs::rename(fixture.path("a.txt"), fixture.path("b.txt")).unwrap();
        fs::rename(fixture.path("dir"), fixture.path("a.txt")).unwrap();
        fs::rename(fixture.path("b.txt"), fixture.path("dir")).unwrap();
    }),
    ("another folder on the way", |fixture| {
        fs::rename(fixture.path("dir"), fixture.path("old")).unwrap();
        fs::rename(fixture.path("other"), fixture.path("dir")).unwrap();
    }),
    ("a link on the way", |fixture| {
        fs::rename(fixture.path("dir"), fixture.path("old")).unwrap();
        symlink("other", fixture.path("dir")).unwrap();
    }),
    ("a link out on the way", |fixture| {
        fs::rename(fixture.path("dir"), fixture.temp.path().join("out")).unwrap();
        symlink(fixture.temp.path().join("out"), fixture.path("dir")).unwrap();
    }),
    ("a folder on the way that may not be entered", |fixture| {
        fs::set_permissions(fixture.path("dir"), fs::Permissions::from_mode(0o600)).unwrap();
    }),
    ("the folder replaced", |fixture| {
        let root = fixture.temp.path().join("root");
        fs::rename(&root, fixture.temp.path().join("old")).unwrap();
        fs::create_dir_all(root.join("dir")).unwrap();
        fs::write(root.join("a.txt"), "other").unwrap();
        fs::write(root.join("dir/deep.txt"), "other").unwrap();
    }),
    ("the folder removed", |fixture| fs::remove_dir_all(fixture.temp.path().join("root")).unwrap()),
    ("the folder made a link", |fixture| {
        let (root, old) = (fixture.temp.path().join("root"), fixture.temp.path().join("old"));
        fs::rename(&root, &old).unwrap();
        symlink(old.join("dir"), &root).unwrap();
    }),
];

#[test]
fn every_change_is_found() {
    for (what, change) in CHANGES {
        let mut fixture = watched();
        change(&fixture);
        fixture.follow(false);
        for path in PATHS {
            let fresh = fixture.fresh(path);
            assert_eq!(told(&fixture.request(path, Duration::ZERO).1), fresh, "{path}: {what}");
        }
        // And again, for what was remembered meanwhile.
        for path in PATHS {
            let fresh = fixture.fresh(path);
            assert_eq!(told(&fixture.request(path, Duration::ZERO).1), fresh, "{path}: {what}, once more");
        }
        fs::set_permissions(fixture.temp.path(), fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn a_folder_above_the_folder_may_be_moved_away() {
    let temp = tempfile::tempdir().unwrap();
    let above = temp.path().join("above");
    fs::create_dir_all(above.join("root")).unwrap();
    fs::write(above.join("root/a.txt"), "text").unwrap();
    let mut fixture = watched();
    fixture.site.end_watch(fixture.watch.as_mut().unwrap(), fixture.stopped.unwrap());
    fixture.site = Site::Folder(Folder::open(above.join("root")).unwrap());
    for _ in 0..3 {
        assert_eq!(fixture.content("/a.txt").1, "text");
    }
    assert_eq!(fixture.holds_without(Call::Cache, "/a.txt"), (true, false));
    fs::rename(&above, temp.path().join("old")).unwrap();
    fixture.follow(false);
    assert_eq!(told(&fixture.request("/a.txt", Duration::ZERO).1), "gone");
}

/// One that has it open may write through a memory map, which nobody tells.
#[test]
fn a_file_that_was_opened_is_asked_about_for_a_while() {
    let mut fixture = watched();
    let open = fs::File::open(fixture.path("a.txt")).unwrap();
    fixture.follow(false);
    for _ in 0..2 {
        assert!(fixture.content("/a.txt").0);
        assert_eq!(fixture.holds_without(Call::Watch, "/a.txt"), (true, false));
        assert_eq!(fixture.holds_without(Call::Cache, "/a.txt"), (false, true));
        // It was forgotten.
        fixture.content("/a.txt");
        fixture.follow(false);
    }
    drop(open);
}

#[test]
fn what_cannot_be_watched_is_asked_about() {
    let mut fixture = Fixture { watch: Some(Watch::start().unwrap()), ..Fixture::new() };
    fixture.stop_clock();
    plan::follow(Some(Plan {
        call: Call::Watch,
        at: 0,
        times: usize::MAX,
        fault: Fault::Code(libc::ENOSPC),
    }));
    for _ in 0..3 {
        assert_eq!(fixture.content("/a.txt").1, "text");
    }
    fs::write(fixture.path("a.txt"), "next").unwrap();
    assert_eq!(fixture.content("/a.txt").1, "next");
    plan::follow(None);
}

#[test]
fn a_request_that_came_later_than_its_turn_is_told_what_is_there_now() {
    let mut fixture = watched();
    fs::write(fixture.path("a.txt"), "next").unwrap();
    // The queue was taken in before that.
    let watch = fixture.watch.take();
    assert_eq!(fixture.content("/a.txt").1, "next");
    fixture.watch = watch;
    fixture.follow(false);
    assert_eq!(fixture.content("/a.txt").1, "next");
}

#[test]
fn after_a_change_of_mounts_everything_is_asked_about() {
    let mut fixture = watched();
    fixture.follow(true);
    for path in ["/a.txt", "/dir/deep.txt"] {
        assert_eq!(fixture.holds_without(Call::Cache, path), (false, true), "{path}");
    }
}

#[test]
fn a_queue_that_overflows_loses_nothing() {
    let mut fixture = watched();
    let queue = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let most: usize = queue.trim().parse().unwrap();
    for _ in 0..=most / 2 {
        drop(fs::File::open(fixture.path("index.html")).unwrap());
    }
    fs::write(fixture.path("a.txt"), "next").unwrap();
    fixture.follow(false);
    assert_eq!(fixture.content("/a.txt").1, "next");
}

#[test]
fn nothing_is_watched_any_more_for_what_is_not_remembered() {
    let mut fixture = watched();
    assert!(fixture.watch.as_ref().unwrap().count() > 3);
    let now = fixture.stopped.unwrap();
    fixture.site.end_watch(fixture.watch.as_mut().unwrap(), now);
    assert_eq!(fixture.watch.as_ref().unwrap().count(), 0);
}
