//! The Route tab: what came of the routes, and where nothing is known of them.

use byteglass::{
    testing::{
        Client,
        packets::{Ip, Order, conversation, pcap},
    },
    ui::dialogs::Chosen,
};
use egui::{Key, Modifiers};

use super::harness::TestWindow;

fn ask(window: &mut TestWindow, method: &str, target: &str, status: u16) {
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
    assert_eq!(client.response(method).status, status);
    window.wait_until_it_says(&format!("{method} {target} {status}"));
    window.press(Modifiers::NONE, Key::End);
    window.click("Route");
}

#[test]
fn a_404_and_a_405_are_no_success_and_say_what_came_of_them() {
    let mut window = TestWindow::new();
    ask(&mut window, "GET", "/nowhere", 404);
    assert!(window.says("matched, and is not served"), "the folder was asked, and has no such file");
    assert!(window.says("The response is 404 Not Found."));
    ask(&mut window, "DELETE", "/health", 405);
    assert!(window.says("the path matched, the method did not"));
    let said =
        "The path has a route, but not for DELETE: only for GET. The response is 405 Method Not Allowed.";
    assert!(window.says(said));
    ask(&mut window, "GET", "/a.txt", 200);
    assert!(window.says("matched") && window.says("The response is 200 OK."));
}

#[test]
fn of_a_capture_of_another_program_the_tabs_say_that_it_was_not_recorded() {
    let mut window = TestWindow::new();
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let packets = conversation(Ip::V4, 5000, &[(b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n", response)]);
    let file = window.folder.path().join("other.pcap");
    std::fs::write(&file, pcap(Order::Little, false, 101, &packets)).unwrap();
    window.desktop.0.borrow_mut().capture = Some(Chosen::Path(file));
    window.click("Capture");
    window.click("Open capture…");
    window.wait_until_it_says("GET /other 200");
    for tab in ["Route", "Middleware"] {
        window.click(tab);
        assert!(window.says("Not recorded: the capture has the bytes of this exchange"), "{tab}");
        assert!(!window.says("No route was tried") && !window.says("No middleware ran"), "{tab}");
    }
}
