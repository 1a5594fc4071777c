//! Tests of listings of folders on the disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::Path};

use super::{entry::natural, *};

fn listing(path: &Path, format: Format, held: &Held) -> Listing {
    searched(path, format, held, "")
}

fn searched(path: &Path, format: Format, held: &Held, search: &str) -> Listing {
    let root = Arc::new(Root::open(path.to_owned()).unwrap());
    let dir = root.dir.try_clone().unwrap();
    let opened = Opened {
        entries: entries(&dir).unwrap(),
        dir,
        root,
        relative: PathBuf::from("."),
        options: LookupOptions::default(),
        shown: "/x/".to_owned(),
        total_reserved: held.clone(),
    };
    opened.list(format, search)
}

/// The complete listing, and the number of steps.
fn run(mut listing: Listing) -> (String, usize) {
    let (mut all, mut steps) = (Vec::new(), 1);
    loop {
        let before = all.len();
        let progress = listing.make(&mut all, Reach::Disk).unwrap();
        assert!(all.len() - before < 256 * 1024);
        if progress == Progress::End {
            return (String::from_utf8(all).unwrap(), steps);
        }
        steps += 1;
    }
}

fn names(json: &str) -> Vec<String> {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let entries = value["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_served_is_listed_sorted_and_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("root");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::create_dir(root.join("Apart")).unwrap();
    fs::create_dir(root.join(".git")).unwrap();
    for name in ["b.txt", "A.txt", "a.txt", "Z", ".env", "<script>alert('&')\".txt", "a\nb", "back\\slash"] {
        fs::write(root.join(name), "12345").unwrap();
    }
    fs::write(root.join(OsStr::from_bytes(b"\xff\xfe")), "x").unwrap();
    fs::write(temp.path().join("outside"), "x").unwrap();
    for (target, name) in [("../outside", "out"), ("nowhere", "dangling"), ("sub", "to-sub")] {
        std::os::unix::fs::symlink(target, root.join(name)).unwrap();
    }
    let held = Held::default();
    let (json, _) = run(listing(&root, Format::Json, &held));
    assert_eq!(
        names(&json),
        [
            "Apart",
            "sub",
            "to-sub",
            "<script>alert('&')\".txt",
            "a\nb",
            "A.txt",
            "a.txt",
            "b.txt",
            "back\\slash",
            "Z",
            "\u{fffd}\u{fffd}"
        ]
    );
    assert!(json.contains("\"href\":\"./%FF%FE\"") && json.contains("\"size\":5"), "{json}");
    let (html, _) = run(listing(&root, Format::Html, &held));
    assert!(!html.contains("<script") && !html.contains("a\nb") && !html.contains(".env"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(&#39;&amp;&#39;)&quot;.txt"), "{html}");
    assert!(html.contains("href=\"./%3Cscript%3Ealert(&#39;&amp;&#39;)%22.txt\""), "{html}");
    assert!(html.contains("href=\"./Apart/\"") && html.contains("href=\"../\""), "{html}");
    assert!(!html.contains("href=\"./back"), "a path with a backslash is refused, so nothing links there");
    assert_eq!(held.load(Relaxed), 0);
}

#[test]
fn no_name_hides_what_it_is() {
    let temp = tempfile::tempdir().unwrap();
    let hidden = ['\u{ad}', '\u{61c}', '\u{200b}', '\u{2060}', '\u{202e}', '\u{feff}'];
    for c in hidden {
        fs::write(temp.path().join(format!("a{c}b")), "").unwrap();
    }
    let (html, _) = run(listing(temp.path(), Format::Html, &Held::default()));
    assert!(!html.contains(hidden), "{html}");
    assert!(hidden.iter().all(|c| html.contains(&format!("a\\u{{{:x}}}b<", u32::from(*c)))), "{html}");
}

#[test]
fn a_large_folder_is_listed_in_small_steps_and_in_order() {
    let temp = tempfile::tempdir().unwrap();
    for number in 0..3_000 {
        fs::write(temp.path().join(format!("file {:04}", (number * 7) % 3_000)), "").unwrap();
    }
    let held = Held::default();
    let (json, steps) = run(listing(temp.path(), Format::Json, &held));
    let names = names(&json);
    assert_eq!(names.len(), 3_000);
    assert!(names.is_sorted());
    assert!(steps >= 6 + 12, "{steps}");
}

#[test]
fn memory_is_bounded_and_the_listing_says_so() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("a"), "").unwrap();
    let held = Held::default();
    held.store(LISTING_BYTES_MAX, Relaxed);
    let (html, _) = run(listing(temp.path(), Format::Html, &held));
    assert!(html.contains("Not everything is listed"), "{html}");
    let (json, _) = run(listing(temp.path(), Format::Json, &held));
    assert!(json.contains("\"complete\":false"), "{json}");
    assert_eq!(held.load(Relaxed), LISTING_BYTES_MAX);
}

#[test]
fn numbers_in_names_are_sorted_as_numbers() {
    let mut names = ["a10", "a2", "A1", "b", "a", "a02", "a2b", "10", "9", "img12.png", "img3.png", ""];
    names.sort_by(|a, b| natural(a.as_bytes(), b.as_bytes()).then_with(|| a.cmp(b)));
    assert_eq!(names, ["", "9", "10", "a", "A1", "a02", "a2", "a2b", "a10", "b", "img3.png", "img12.png"]);
}

#[test]
fn a_search_shows_the_names_that_hold_each_word() {
    let temp = tempfile::tempdir().unwrap();
    for name in ["Report 2026.txt", "report-2025.txt", "notes.txt", "Ünder.txt", "a&b\"<.txt"] {
        fs::write(temp.path().join(name), "x").unwrap();
    }
    let found = |search| names(&run(searched(temp.path(), Format::Json, &Held::default(), search)).0);
    assert_eq!(found("report"), ["Report 2026.txt", "report-2025.txt"]);
    assert_eq!(found(" 2026  REPORT "), ["Report 2026.txt"]);
    assert_eq!(found("ünder"), ["Ünder.txt"]);
    assert_eq!((found("nothing").len(), found("").len()), (0, 5));
    let page = |search| run(searched(temp.path(), Format::Html, &Held::default(), search)).0;
    let two = page("report");
    assert!(two.contains("<p>2 of 5 entries. <a href=\"?\">Show all</a>.</p>"), "{two}");
    assert!(page("").contains("<p>5 entries.</p>"));
    let odd = page("b\"<");
    assert!(odd.contains("value=\"b&quot;&lt;\"") && odd.contains("<p>1 of 5 entries."), "{odd}");
    let json = run(searched(temp.path(), Format::Json, &Held::default(), "x\"y")).0;
    assert!(json.contains("\"search\":\"x\\\"y\""), "{json}");
}
