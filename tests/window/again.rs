//! Requests that are sent again from the window.

use byteglass::{
    testing::{
        Client,
        packets::{Ip, Order, conversation, pcap},
    },
    ui::dialogs::Chosen,
};
use egui::{Key, Modifiers};

use super::harness::TestWindow;

const POST: &str = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi";

/// A window with one exchange, whose request is this.
fn after(request: &str) -> TestWindow {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(request).end();
    client.rest().unwrap();
    window.wait_until_it_says("exchange 1 ");
    window.settle();
    window
}

#[test]
fn a_key_sends_the_selected_request_again_and_both_exchanges_lead_to_each_other() {
    let mut window = after(POST);
    window.press(Modifiers::NONE, Key::R);
    window.wait_until_it_says("exchange 2 POST /echo 200 again of #1");
    window.wait_until_it_says("sent again: #2");
    window.click("sent again: #2");
    window.wait_until_it_says("again of #1");
    window.click("Compare");
    window.wait_until_it_says("the same bytes");
    window.click("Go to #1");
    window.wait_until_it_says("sent again: #2");
    window.enter("Filter exchanges", "from:again");
    window.wait_until_it_says("1 of 2 shown");
}

#[test]
fn many_copies_of_what_may_change_something_are_asked_about() {
    let mut window = after(POST);
    window.click("Send this request again");
    window.click("Send 10 times");
    window.wait_until_it_says("POST /echo may change something on the server. It is sent 10 times.");
    window.click("Cancel");
    assert!(!window.says("may change something"));
    window.click("Send this request again");
    window.click("Send 10 times");
    window.wait_until_it_says("may change something");
    window.click("Send 10 times");
    window.wait_until_it_says("The request of #1 was sent again 10 times, to 127.0.0.1");
    window.wait_until_it_says("exchange 11 POST /echo 200 again of #1");
    assert!(!window.says("exchange 12"));
}

#[test]
fn a_stopped_server_says_so() {
    let mut window = after(POST);
    window.click("Stop server");
    window.press(Modifiers::NONE, Key::R);
    window.wait_until_it_says("The server is stopped. Start it to send a request again.");
    assert!(!window.says("again of #1"));
}

#[test]
fn a_request_of_an_opened_file_asks_first_and_leaves_its_credentials_out() {
    let mut window = TestWindow::new();
    let request = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nCookie: secret=1\r\n\r\n";
    let packets = conversation(Ip::V4, 50_000, &[(request, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]);
    let file = window.folder.path().join("other.pcap");
    std::fs::write(&file, pcap(Order::Little, false, 101, &packets)).unwrap();
    window.desktop.0.borrow_mut().capture = Some(Chosen::Path(file));
    window.click("Capture");
    window.click("Open capture…");
    window.wait_until_it_says("exchange 1 GET /a.txt 200");
    window.settle();
    window.press(Modifiers::NONE, Key::R);
    window.wait_until_it_says("was meant for the host localhost. It comes from an opened file");
    assert!(window.says("It has Cookie"));
    window.click("Send without Cookie");
    window.wait_until_it_says("The copy is in the live capture.");
    window.click("Back to the live capture");
    window.wait_until_it_says("exchange 1 GET /a.txt 200 again of #1 of an opened file");
    window.settle();
    assert!(window.says("localhost") && !window.says("secret=1"));
}
