//! Paths, links and failures of the operating system on a real disk.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use crate::trace::Refusal;
use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    process::Command,
    time::SystemTime,
};

use super::{
    super::{Content, Resolution, search::Search},
    *,
};
use crate::service::folder::Fallbacks;

/// A folder with entries of all kinds, and one beside it that is not served.
fn fixture() -> (tempfile::TempDir, Folder) {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("root");
    fs::create_dir_all(root.join("dir/sub")).unwrap();
    fs::create_dir_all(root.join("bare")).unwrap();
    fs::create_dir_all(root.join("odd/index.html")).unwrap();
    fs::create_dir_all(root.join(".well-known")).unwrap();
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::create_dir(temp.path().join("out")).unwrap();
    for (name, content) in [
        ("root/a.txt", "abcdefghijklmnopqrstuvwxyz"),
        ("root/dir/index.html", "<p>dir"),
        ("root/.well-known/acme", "x"),
        ("root/.hidden", "x"),
        ("root/.git/config", "x"),
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
    symlink(".hidden", root.join("a.txt.gz")).unwrap();
    symlink("dir/../.hidden", root.join("link-hidden")).unwrap();
    symlink(".well-known", root.join("known")).unwrap();
    symlink(".git", root.join("repository")).unwrap();
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
    folder.find(&FolderPath::of(path).unwrap(), LookupOptions::default())
}

fn refused(found: &Found) -> Option<Refusal> {
    match found.what {
        Resolution::Refuse(refusal, _) => Some(refusal),
        _ => None,
    }
}

#[test]
fn links_to_hidden_files_lead_nowhere() {
    let (_temp, folder) = fixture();
    let options = LookupOptions { listing: true, siblings: true, ..LookupOptions::default() };
    for path in ["/link-hidden", "/repository/config", "/repository/", "/repository"] {
        let found = folder.find(&FolderPath::of(path).unwrap(), options);
        assert_eq!(refused(&found), Some(Refusal::NotFound), "{path}");
    }
    assert!(matches!(find(&folder, "/known/acme").what, Resolution::Serve(_)));
    let found = folder.find(&FolderPath::of("/a.txt").unwrap(), options);
    let Resolution::Serve(selected) = found.what else { panic!("{:?}", found.what) };
    assert!(selected.siblings.is_empty(), "a.txt.gz is a link to .hidden");
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
        assert_eq!(found.words(), said, "{path}");
        assert!(matches!(found.what, Resolution::Serve(_)), "{path}");
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
        assert_eq!(refused(&find(&folder, path)), Some(Refusal::NotFound), "{path}");
    }
    assert_eq!(find(&folder, "/").words(), "no file index.html");
    assert_eq!(find(&folder, "/bare/").words(), "no file bare/index.html");
}

#[test]
fn a_folder_without_its_slash_is_somewhere_else() {
    let (_temp, folder) = fixture();
    for (path, place) in [("/dir", "dir/"), ("/dir/sub", "sub/"), ("/x/../%64ir", "dir/")] {
        match find(&folder, path).what {
            Resolution::Redirect(location, _) => assert_eq!(location, place, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[test]
fn no_link_leads_out() {
    let (_temp, folder) = fixture();
    for path in ["/link-out", "/link-absolute", "/dirlink-out", "/dirlink-out/passwd", "/dirlink-out/"] {
        assert_eq!(refused(&find(&folder, path)), Some(Refusal::LinkLeaves), "{path}");
    }
}

#[test]
fn what_is_no_regular_file_is_refused_without_waiting() {
    let (temp, folder) = fixture();
    let _socket = std::os::unix::net::UnixListener::bind(temp.path().join("root/socket")).unwrap();
    for path in ["/fifo", "/socket"] {
        assert_eq!(refused(&find(&folder, path)), Some(Refusal::NotAFile), "{path}");
    }
    assert_eq!(refused(&find(&folder, "/fifo/")), Some(Refusal::NotAFile));
}

/// A FIFO replaces the file between the metadata and the opening.
#[test]
fn a_file_that_turns_into_something_else_is_refused_without_waiting() {
    let (temp, folder) = fixture();
    let before = folder.served.root.look(Path::new("a.txt"), LookupOptions::default()).unwrap();
    let path = temp.path().join("root/a.txt");
    fs::remove_file(&path).unwrap();
    fifo(&path);
    let open = || folder.served.open_file(Path::new("a.txt"), "a.txt", &before, LookupOptions::default());
    assert_eq!(refused(&open()), Some(Refusal::NotAFile));
    fs::remove_file(&path).unwrap();
    symlink("../out/passwd", &path).unwrap();
    assert_eq!(refused(&open()), Some(Refusal::LinkLeaves), "what was looked at is opened, and nothing else");
    fs::remove_file(&path).unwrap();
    assert_eq!(refused(&open()), Some(Refusal::NotFound));
    fs::create_dir(&path).unwrap();
    assert_eq!(refused(&open()), Some(Refusal::NotAFile));
}

#[test]
fn the_reasons_of_the_operating_system_are_told_apart() {
    let (_temp, folder) = fixture();
    for (code, refusal) in [
        (libc::EACCES, Refusal::FileDenied),
        (libc::ENOENT, Refusal::NotFound),
        (libc::ENOTDIR, Refusal::NotFound),
        (libc::ENAMETOOLONG, Refusal::NotFound),
        (libc::ELOOP, Refusal::NotFound),
        (libc::ENXIO, Refusal::NotAFile),
        (libc::EIO, Refusal::FileFailed),
        (libc::EMFILE, Refusal::FileFailed),
    ] {
        let found = folder.served.failed(&io::Error::from_raw_os_error(code), "x");
        assert_eq!(refused(&found), Some(refusal), "{code}");
    }
}

#[test]
fn a_file_that_may_not_be_read_is_denied() {
    use std::os::unix::fs::PermissionsExt;
    let (temp, folder) = fixture();
    let path = temp.path().join("root/a.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let expected = match fs::File::open(&path) {
        Err(_) => Some(Refusal::FileDenied),
        // A privileged user may read everything.
        Ok(_) => None,
    };
    assert_eq!(refused(&find(&folder, "/a.txt")), expected);
}

/// Whether the folder is in place in the look of this number.
fn is_in_place(folder: &mut Folder, number: u64) -> bool {
    folder.is_in_place(&mut Look { number, now: SystemTime::UNIX_EPOCH, watch: None })
}

/// Looks a path up as a thread does for a request, from the folder that stands at the path now.
fn search(folder: &mut Folder, path: &str) -> Found {
    let search = Search::new(
        &folder.served,
        path,
        LookupOptions::default(),
        Fallbacks::default(),
        SystemTime::UNIX_EPOCH,
    );
    let mut site = super::super::Site::Folder(std::mem::replace(folder, Folder::open("/").unwrap()));
    let found = site.take_in(path, search.run());
    let super::super::Site::Folder(same) = site else { unreachable!("it is one") };
    *folder = same;
    found
}

#[test]
fn a_deleted_folder_is_gone_until_it_is_made_anew() {
    let (temp, mut folder) = fixture();
    let root = temp.path().join("root");
    assert!(is_in_place(&mut folder, 1));
    fs::remove_dir_all(&root).unwrap();
    assert!(is_in_place(&mut folder, 1) && !is_in_place(&mut folder, 2), "it is asked once in a look");
    assert_eq!(refused(&find(&folder, "/a.txt")), Some(Refusal::FolderGone), "it still has the old one");
    assert_eq!(refused(&search(&mut folder, "/a.txt")), Some(Refusal::FolderGone));
    assert!(!is_in_place(&mut folder, 3));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a.txt"), "new").unwrap();
    assert!(!is_in_place(&mut folder, 4));
    assert_eq!(search(&mut folder, "/a.txt").words(), "file a.txt, 3 bytes");
    assert!(is_in_place(&mut folder, 5));
    assert_eq!(find(&folder, "/a.txt").words(), "file a.txt, 3 bytes");
}

#[test]
fn what_stands_at_the_path_is_served() {
    let (temp, mut folder) = fixture();
    let (root, other) = (temp.path().join("root"), temp.path().join("other"));
    fs::rename(&root, &other).unwrap();
    assert!(!is_in_place(&mut folder, 1));
    assert_eq!(refused(&search(&mut folder, "/a.txt")), Some(Refusal::FolderGone));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a.txt"), "new").unwrap();
    assert!(!is_in_place(&mut folder, 2));
    assert_eq!(search(&mut folder, "/a.txt").words(), "file a.txt, 3 bytes");
    // A link that is switched.
    fs::remove_dir_all(&root).unwrap();
    symlink("other", &root).unwrap();
    assert!(!is_in_place(&mut folder, 3));
    for _ in 0..2 {
        assert_eq!(search(&mut folder, "/a.txt").words(), "file a.txt, 26 bytes");
    }
}

#[test]
fn a_link_may_climb_out_and_back() {
    let (temp, folder) = fixture();
    let root = temp.path().join("root");
    symlink(root.join("a.txt"), root.join("absolute")).unwrap();
    symlink(&root, root.join("self")).unwrap();
    symlink("../root/dir", root.join("around")).unwrap();
    symlink(root.join(".hidden"), root.join("absolute-hidden")).unwrap();
    symlink(root.join("a.txt"), root.join("dir/a.txt.br")).unwrap();
    for path in ["/absolute", "/around/../self/a.txt", "/around/link-up"] {
        assert!(matches!(find(&folder, path).what, Resolution::Serve(_)), "{path}");
    }
    assert_eq!(find(&folder, "/around/").words(), "file around/index.html, 6 bytes");
    assert_eq!(refused(&find(&folder, "/absolute-hidden")), Some(Refusal::NotFound));
}

#[test]
fn links_out_and_dot_files_are_served_when_they_are_asked_for() {
    let (_temp, folder) = fixture();
    let with = |path: &str, options| folder.find(&FolderPath::of(path).unwrap(), options);
    let links = LookupOptions { links_out: true, ..LookupOptions::default() };
    for path in ["/link-out", "/link-absolute", "/dirlink-out/passwd"] {
        assert!(matches!(with(path, links).what, Resolution::Serve(_)), "{path}");
    }
    assert_eq!(refused(&with("/link-hidden", links)), Some(Refusal::NotFound));
    let dots = LookupOptions { dot_files: true, ..LookupOptions::default() };
    for path in ["/.hidden", "/link-hidden", "/repository/config"] {
        assert!(matches!(with(path, dots).what, Resolution::Serve(_)), "{path}");
    }
    assert_eq!(refused(&with("/link-out", dots)), Some(Refusal::LinkLeaves));
}

#[test]
fn a_page_may_go_without_its_ending() {
    let (temp, folder) = fixture();
    fs::write(temp.path().join("root/about.html"), "about").unwrap();
    let clean = LookupOptions { clean_urls: true, ..LookupOptions::default() };
    let found = |path: &str| folder.find(&FolderPath::of(path).unwrap(), clean);
    assert_eq!(found("/about").words(), "file about.html, 5 bytes");
    for path in ["/about/", "/nope", "/about.htm"] {
        assert_eq!(refused(&found(path)), Some(Refusal::NotFound), "{path}");
    }
    assert_eq!(refused(&find(&folder, "/about")), Some(Refusal::NotFound));
}

#[test]
fn a_file_that_the_system_makes_has_the_content_that_is_read() {
    let folder = Folder::open("/proc/self").unwrap();
    let Resolution::Serve(selected) = find(&folder, "/cmdline").what else { panic!("not served") };
    assert!(matches!(selected.content, Content::Held(bytes) if bytes.len() > 4));
}

#[test]
fn one_file_is_served_alone() {
    let (temp, _) = fixture();
    let folder = Folder::open(temp.path().join("root/a.txt")).unwrap();
    for path in ["/", "/a.txt"] {
        assert_eq!(find(&folder, path).words(), "file a.txt, 26 bytes", "{path}");
    }
    for path in ["/a+b.txt", "/a.txt/", "/dir/"] {
        assert_eq!(refused(&find(&folder, path)), Some(Refusal::NotFound), "{path}");
    }
}

#[test]
fn pages_and_types_have_the_names_that_are_given() {
    let (temp, mut folder) = fixture();
    fs::write(temp.path().join("root/dir/home.htm"), "home").unwrap();
    let types = vec![("txt".into(), "text/x-mine".into())];
    folder.set_naming(Arc::new(Naming { indexes: vec!["home.htm".into(), "index.html".into()], types }));
    assert_eq!(find(&folder, "/dir/").words(), "file dir/home.htm, 4 bytes");
    let Resolution::Serve(selected) = find(&folder, "/a.txt").what else { panic!("not served") };
    assert_eq!(selected.media_type, "text/x-mine; charset=utf-8");
}

#[test]
fn only_a_folder_or_a_file_can_be_opened() {
    let (temp, folder) = fixture();
    assert!(folder.name().ends_with("/root"), "{}", folder.name());
    let kind = |name| Folder::open(temp.path().join(name)).unwrap_err().kind();
    assert_eq!(kind("root/fifo"), io::ErrorKind::NotADirectory);
    assert_eq!(kind("nope"), io::ErrorKind::NotFound);
}
