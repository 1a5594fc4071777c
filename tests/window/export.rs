//! Exchanges exported and copied.

use byteglass::{testing::Client, ui::dialogs::Chosen};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::TestWindow;

#[test]
fn an_exchange_is_exported_from_both_menus_in_every_form() {
    let mut window = TestWindow::new();
    let folder = tempfile::tempdir().unwrap();
    window.click("Capture");
    assert!(window.harness.get_by_label("Export this exchange").accesskit_node().is_disabled());
    window.press(Modifiers::NONE, Key::Escape);
    let mut client = Client::connect(window.state().server().address().unwrap());
    assert_eq!(client.get("/a.txt?first").status, 200);
    assert_eq!(client.get("/a.txt?second").status, 200);
    window.wait_until_it_says("/a.txt?second");
    window.harness.get_by_label_contains("GET /a.txt?second").click();
    window.settle();
    for (form, words) in [
        ("HAR 1.2", "\"url\":\"http://localhost/a.txt?second\""),
        ("curl command", "'http://localhost/a.txt?second'"),
        ("Bytes of the request", "GET /a.txt?second HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("Bytes of the response", "\r\n\r\nabcdefghijklmnopqrstuvwxyz"),
        ("C arrays", "static const unsigned char exchange_2_request["),
        ("Rust arrays", "pub static EXCHANGE_2_RESPONSE: [u8; "),
        ("Annotated dump", "; Target: /a.txt?second\n"),
    ] {
        for (menu, exports) in
            [("Capture", "Export this exchange"), ("Copy from this exchange", "Export to a file")]
        {
            let path = folder.path().join("out.txt");
            window.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
            window.click(menu);
            window.click(exports);
            window.click(&format!("{form}…"));
            window.wait_until_it_says("Saved to ");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(words) && !text.contains("?first"), "{form}: {text}");
            window.click("Dismiss");
            std::fs::remove_file(path).unwrap();
        }
    }
    let names = window.desktop.0.borrow().names.join(" ");
    assert!(names.starts_with("exchange-2.har exchange-2.har exchange-2.sh "), "{names}");
    assert!(names.contains("exchange-2-request.bin") && names.contains("exchange-2-response.bin"));
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
fn an_exchange_is_copied_as_source_code_and_as_a_dump() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n");
    client.send("x".repeat(300_000));
    assert_eq!(client.response("POST").status, 200);
    assert_eq!(client.get("/a.txt").status, 200);
    window.wait_until_it_says("GET /a.txt");
    window.harness.get_by_label_contains("GET /a.txt").click();
    window.settle();
    for (item, words) in [
        ("As C arrays", "exchange_2_request[40]"),
        ("As Rust arrays", "EXCHANGE_2_REQUEST: [u8; 40]"),
        ("Annotated dump", "; Target: /a.txt"),
        ("As curl", "curl -i --path-as-is --globoff http://localhost/a.txt"),
    ] {
        let copied = window.copied("Copy from this exchange", item).unwrap();
        assert!(copied.contains(words), "{item}: {copied}");
    }
    window.harness.get_by_label_contains("POST /echo").click();
    window.settle();
    assert_eq!(window.copied("Copy from this exchange", "As C arrays"), None);
    assert!(window.says("600 KB is too large for the clipboard as C arrays; export to a file instead."));
    assert_eq!(window.copied("Copy from this exchange", "As curl"), None);
    assert!(window.says("a body of 300 KB is too long for a command line."));
}
