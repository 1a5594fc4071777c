//! Captures: saved, opened, left again, found after a crash.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use byteglass::{
    base::stream::{ConnId, Direction, ExchangeId, Nanos, Role},
    capture,
    session::Recording,
    testing::{Client, PATIENCE},
    trace::{self, ConnectionStart, EventKind, ProtocolKind},
    ui::dialogs::Chosen,
};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::{Dropped, TestWindow};

#[test]
fn a_capture_is_saved_opened_and_left_again() {
    let mut window = TestWindow::new();
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::connect(window.state().server().address().unwrap());
    assert_eq!(client.get("/a.txt?kept").status, 200);
    window.wait_until_it_says("/a.txt?kept");
    let path = folder.path().join("kept");
    window.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
    window.click("Capture");
    window.click("Save capture…");
    window.wait_until_it_says("Saved to ");
    let path = path.with_extension("pcapng");
    assert!(path.is_file(), "the ending is added");
    window.click("Clear");
    assert_eq!(client.get("/a.txt?live").status, 200);
    window.wait_until_it_says("/a.txt?live");
    assert!(!window.says("/a.txt?kept"));
    window.desktop.0.borrow_mut().capture = Some(Chosen::Path(path.clone()));
    window.click("Capture");
    window.click("Open capture…");
    window.wait_until_it_says("kept.pcapng, read-only");
    window.wait_until_it_says("/a.txt?kept");
    assert!(!window.says("/a.txt?live"));
    window.wait_until_it_says("read-only");
    window.press(Modifiers::COMMAND, Key::L);
    assert!(window.says("/a.txt?kept"), "a file is not cleared");
    window.click("Back to the live capture");
    window.wait_until_it_says("/a.txt?live");
    assert!(!window.says("/a.txt?kept"));
    // A block that breaks off: the file is shown as far as it goes.
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&bytes[..], &[6, 0, 0, 0, 99]].concat()).unwrap();
    window.harness.input_mut().dropped_files = vec![Arc::new(Dropped(path))];
    window.settle();
    window.wait_until_it_says("read-only: ");
    window.wait_until_it_says("/a.txt?kept");
}

#[test]
fn what_passes_the_filter_is_saved() {
    let mut window = TestWindow::new();
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::connect(window.state().server().address().unwrap());
    for target in ["/a.txt", "/gone?1", "/index.html", "/gone?2"] {
        client.get(target);
    }
    window.wait_until_it_says("/gone?2");
    window.click("Capture");
    let saves = "Save filtered exchanges…";
    assert!(window.harness.get_by_label(saves).accesskit_node().is_disabled(), "there is no filter");
    window.press(Modifiers::NONE, Key::Escape);
    window.press(Modifiers::COMMAND, Key::F);
    window.harness.get_by_label("Filter exchanges").type_text("status=404");
    window.wait_until_it_says("2 of 4");
    for (saves, ending) in [(saves, "pcapng"), ("Export filtered exchanges as HAR…", "har")] {
        let path = folder.path().join(format!("some.{ending}"));
        window.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
        window.click("Capture");
        window.click(saves);
        window.wait_until_it_says("Saved to ");
        window.click("Dismiss");
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("/gone?1") && text.contains("/gone?2") && !text.contains("/a.txt"), "{text}");
    }
    assert_eq!(window.desktop.0.borrow().names, ["byteglass-filtered.pcapng", "byteglass-filtered.har"]);
}

#[test]
fn what_is_no_capture_is_not_opened() {
    let mut window = TestWindow::new();
    let path = window.folder.path().join("a.txt");
    window.desktop.0.borrow_mut().capture = Some(Chosen::Path(path));
    window.click("Capture");
    window.click("Open capture…");
    window.wait_until_it_says("a.txt cannot be read: ");
    window.click("Back to the live capture");
    window.desktop.0.borrow_mut().capture = Some(Chosen::Unavailable);
    window.click("Capture");
    window.click("Open capture…");
    assert!(window.says("No dialog could be opened."));
}

#[test]
fn a_session_that_was_cut_off_is_offered() {
    let root = tempfile::tempdir().unwrap();
    let left_behind = || {
        let mut recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
        let at = SystemTime::UNIX_EPOCH;
        let (peer, local) = ("127.0.0.1:4000".parse().unwrap(), "127.0.0.1:80".parse().unwrap());
        let event = |at, conn, kind| trace::Event { at, conn: ConnId::new(conn), exchange: None, kind };
        recording.take(&[
            event(Nanos::ZERO, 0, EventKind::Epoch(at)),
            event(
                Nanos::new(1),
                1,
                ConnectionStart { role: Role::Accepted, protocol: ProtocolKind::Http, peer, local }.into(),
            ),
        ]);
        let request: &[u8] = b"GET /left/behind HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let began = trace::Event {
            exchange: Some(ExchangeId::FIRST),
            ..event(Nanos::new(2), 1, EventKind::request_started(0))
        };
        recording.take(&[
            event(
                Nanos::new(2),
                1,
                EventKind::bytes(Direction::Received, 0, bytes::Bytes::from_static(request)),
            ),
            began,
        ]);
        recording.flush();
        recording.keep();
        drop(recording);
        capture::open::unfinished(root.path(), std::time::SystemTime::now())
    };
    let mut window = TestWindow::with_unfinished(left_behind());
    window.wait_until_it_says("did not shut down cleanly");
    window.click("Open");
    window.wait_until_it_says("read-only");
    window.wait_until_it_says("GET /left/behind");
    drop(window);
    // The thread that reads it lets go of it a moment after the window is gone.
    let began = Instant::now();
    let left = loop {
        let left = capture::open::unfinished(root.path(), std::time::SystemTime::now());
        if !left.is_empty() || began.elapsed() > PATIENCE {
            break left;
        }
        std::thread::yield_now();
    };
    let mut window = TestWindow::with_unfinished(left);
    window.click("Delete");
    assert!(!window.says("did not shut down cleanly"));
    let began = Instant::now();
    while std::fs::read_dir(root.path()).unwrap().next().is_some() {
        assert!(began.elapsed() < PATIENCE, "it is still there");
        std::thread::yield_now();
    }
}
