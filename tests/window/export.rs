//! Exchanges exported and copied.

use byteglass::{export::FORMATS, testing::Client, ui::dialogs::Chosen};
use egui::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::TestWindow;

/// What `GET /a.txt?second` looks like in the format with this key, and no other exchange does.
fn second(key: &str) -> &'static str {
    match key {
        "har" | "har-with-secrets" => "\"url\":\"http://localhost/a.txt?second\"",
        "curl" | "curl-with-secrets" => "'http://localhost/a.txt?second'",
        "nc" => "printf 'GET /a.txt?second HTTP/1.1\\r\\n'",
        "request-body" | "request-body-decoded" => "",
        "response-body" | "response-body-decoded" => "abcdefghijklmnopqrstuvwxyz",
        "request" => "GET /a.txt?second HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "response" => "\r\n\r\nabcdefghijklmnopqrstuvwxyz",
        "c" => "static const unsigned char exchange_2_request[",
        "rust" => "pub static EXCHANGE_2_RESPONSE: [u8; ",
        "dump" => "; Target: /a.txt?second\n",
        "events" => "\"target\":\"/a.txt?second\"",
        new => panic!("what does an exchange look like as {new}?"),
    }
}

/// A window that has seen two exchanges, with the second selected.
fn window_on_the_second() -> TestWindow {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    assert_eq!(client.get("/a.txt?first").status, 200);
    assert_eq!(client.get("/a.txt?second").status, 200);
    window.wait_until_it_says("/a.txt?second");
    window.harness.get_by_label_contains("GET /a.txt?second").click();
    window.settle();
    window
}

/// Opens the menu of the selected exchange: one of the two buttons, or that of its row.
fn open_menu(window: &mut TestWindow, menu: &str) {
    if menu == "row" {
        // What was copied may say the same.
        window
            .harness
            .get_by_role_and_label(Role::ListItem, "exchange 2 GET /a.txt?second 200")
            .click_secondary();
        window.settle();
    } else {
        window.click(menu);
    }
}

/// Checks that each of these items is in the open menu once, one below the other.
fn assert_items(window: &TestWindow, items: &[String]) {
    let top = |item: &String| window.harness.get_by_label(item).rect().top();
    assert!(items.is_sorted_by(|one, next| top(one) < top(next)), "{items:?}");
}

#[test]
fn each_format_is_in_every_menu_that_exports_an_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_on_the_second();
    let items: Vec<_> = FORMATS.iter().map(|format| format!("{}…", format.title())).collect();
    for (menu, exports) in [
        ("Capture", "Export this exchange"),
        ("Copy from this exchange", "Export to a file"),
        ("row", "Export to a file"),
    ] {
        for (format, item) in FORMATS.iter().zip(&items) {
            let path = folder.path().join("out.txt");
            window.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
            open_menu(&mut window, menu);
            window.click(exports);
            assert_items(&window, &items);
            window.click(item);
            window.wait_until_it_says("Saved to ");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(second(format.key())) && !text.contains("?first"), "{item}: {text}");
            let proposed = format!("exchange-2{}.{}", format.suffix(), format.extension());
            assert_eq!(window.desktop.0.borrow().names.last(), Some(&proposed));
            window.click("Dismiss");
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn each_format_for_the_clipboard_is_in_both_menus_that_copy() {
    let mut window = window_on_the_second();
    let offered: Vec<_> = FORMATS.iter().filter(|format| format.clipboard().is_some()).collect();
    let items: Vec<_> =
        offered.iter().filter_map(|format| Some(format.clipboard()?.name.to_owned())).collect();
    for menu in ["Copy from this exchange", "row"] {
        for (format, item) in offered.iter().zip(&items) {
            open_menu(&mut window, menu);
            if menu == "row" {
                // The button in the top bar that copies the address has the same name, and stands before the menu.
                window.harness.get_all_by_label("Copy").last().unwrap().click();
                window.settle();
            }
            assert_items(&window, &items);
            for file_only in FORMATS.iter().filter(|format| format.clipboard().is_none()) {
                assert!(!window.says(file_only.title()), "{file_only:?}");
            }
            window.harness.get_by_label(item).click();
            let copied = window.copied_now().unwrap();
            assert!(copied.contains(second(format.key())), "{item}: {copied}");
        }
    }
}

#[test]
fn a_capture_is_exported_whole_and_an_error_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = TestWindow::new();
    window.click("Capture");
    assert!(window.harness.get_by_label("Export this exchange").accesskit_node().is_disabled());
    let mut window = window_on_the_second();
    let path = folder.path().join("all");
    window.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
    window.click("Capture");
    window.click("Export capture as HAR…");
    window.wait_until_it_says("Saved to ");
    let har: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.with_extension("har")).unwrap()).unwrap();
    assert_eq!(har["log"]["entries"].as_array().map(Vec::len), Some(2));
    // A folder that is not there: the error is shown.
    window.desktop.0.borrow_mut().saving = Some(Chosen::Path(folder.path().join("no/out.har")));
    window.click("Capture");
    window.click("Export capture as HAR…");
    window.wait_until_it_says("was not saved: cannot write ");
}

#[test]
fn what_is_too_long_for_the_clipboard_says_so() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n");
    client.send("x".repeat(300_000));
    assert_eq!(client.response("POST").status, 200);
    window.wait_until_it_says("exchange 1 POST /echo 200");
    window.harness.get_by_label_contains("exchange 1 POST /echo").click();
    window.settle();
    assert_eq!(window.copied("Copy from this exchange", "As C arrays"), None);
    assert!(window.says("586 KiB is too large for the clipboard as C arrays; export to a file instead."));
    assert_eq!(window.copied("Copy from this exchange", "As curl"), None);
    assert!(window.says("a body of 293 KiB is too long for a command line."));
}
