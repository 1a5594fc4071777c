//! Keys, and a view that is paused by one.

use byteglass::testing::Client;
use egui::{Key, Modifiers};

use super::harness::TestWindow;

#[test]
fn keys_do_what_the_sheet_says() {
    let mut window = TestWindow::new();
    window.press(Modifiers::COMMAND, Key::Num2);
    assert!(window.says("MIDDLEWARE"));
    window.press(Modifiers::COMMAND, Key::Num1);
    assert!(!window.says("MIDDLEWARE"));
    window.press(Modifiers::NONE, Key::Space);
    assert!(window.state().view().paused);
    window.click("Resume view");
    assert!(!window.state().view().paused);
    window.press(Modifiers::NONE, Key::F1);
    assert!(window.says("Keyboard shortcuts"));
    window.press(Modifiers::NONE, Key::Escape);
    assert!(!window.says("Keyboard shortcuts"));
}

#[test]
fn a_paused_window_still_shows_what_is_picked_and_filtered() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    for target in ["/a.txt", "/empty.txt"] {
        client.send(format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
        assert_eq!(client.response("GET").status, 200);
    }
    window.wait_until_it_says("exchange 2 GET /empty.txt 200");
    window.press(Modifiers::NONE, Key::Space);
    client.send("GET /late.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 404);
    window.wait_until_it_says("3 exchanges");
    assert!(window.says("Target: /a.txt") && !window.says("/late.txt"));
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.wait_until_it_says("Target: /empty.txt");
    window.press(Modifiers::NONE, Key::Space);
    window.wait_until_it_says("exchange 3 GET /late.txt 404");
}
