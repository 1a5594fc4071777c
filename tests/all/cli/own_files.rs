//! Captures and settings that lie in the served folder.

use std::{fs, os::unix::fs::symlink, path::Path};

use super::program::{Running, byteglass};

const OPTIONS: &[&str] = &["--headless", "--quiet", "--listing", "--port", "0"];

fn start(home: &Path, capture: &Path) -> Running {
    Running::start(byteglass(home).args(OPTIONS).arg("--capture").arg(capture).arg(home))
}

#[test]
fn captures_and_settings_in_the_folder_are_served_to_nobody() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path();
    let settings = root.join("config/byteglass/settings.json");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, "{}").unwrap();
    fs::write(root.join("mine.txt"), "mine").unwrap();
    let capture = root.join("capture.pcapng");
    let program = start(root, &capture);
    symlink("capture.pcapng", root.join("link.txt")).unwrap();
    fs::hard_link(&capture, root.join("hard.txt")).unwrap();
    fs::hard_link(&capture, root.join("mine.txt.gz")).unwrap();
    let mut client = program.client();
    let refused = |path: &str, response: &byteglass::testing::Response| {
        assert_eq!(response.status, 403, "{path}");
        assert!(response.text().contains("byteglass wrote this file"), "{path}: {}", response.text());
    };
    for path in ["/capture.pcapng", "/link.txt", "/hard.txt", "/config/byteglass/settings.json"] {
        refused(path, &client.get(path));
        refused(path, &client.get_with(path, &["Range: bytes=0-3"]));
    }
    let compressed = client.get_with("/mine.txt", &["Accept-Encoding: gzip"]);
    assert_eq!((compressed.status, compressed.text()), (200, "mine"));
    let names = |page: &str| -> Vec<&str> {
        ["capture.pcapng", "link.txt", "hard.txt", "mine.txt.gz", "mine.txt<", "settings.json"]
            .into_iter()
            .filter(|name| page.contains(*name))
            .collect()
    };
    assert_eq!(names(client.get("/").text()), ["mine.txt<"]);
    assert_eq!(names(client.get("/config/byteglass/").text()), [""; 0]);
    drop(client);
    assert_eq!(program.interrupt().0, Some(0));

    // A later run knows the capture of an earlier one by its first bytes, and the exchange says why it was refused.
    let program = start(root, &root.join("second.pcapng"));
    let mut client = program.client();
    for path in ["/capture.pcapng", "/link.txt", "/hard.txt", "/second.pcapng"] {
        refused(path, &client.get(path));
    }
    assert!(!client.get("/").text().contains("capture.pcapng"));
    drop(client);
    assert_eq!(program.interrupt().0, Some(0));
    let read = super::program::run(byteglass(root).arg("read").arg(root.join("second.pcapng")));
    let printed = String::from_utf8(read.stdout).unwrap();
    assert!(printed.contains("byteglass wrote this file"), "{printed}");
}
