//! What the window shows of a WebSocket, and what it sends into one.

use byteglass::testing::Client;
use egui_kittest::kittest::Queryable as _;

use super::harness::TestWindow;

const HANDSHAKE: &str = "GET /ws/echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A client after its handshake.
fn open(window: &TestWindow) -> Client {
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(HANDSHAKE);
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    client
}

#[test]
fn frames_are_listed_and_a_click_shows_bytes_and_parts() {
    let mut window = TestWindow::new();
    let mut client = open(&window);
    // "hi" and a ping, both masked.
    client.send(b"\x81\x82\x09\x08\x07\x06\x61\x61");
    client.send(b"\x89\x80\x01\x02\x03\x04");
    window.wait_until_it_says("exchange 1 GET /ws/echo 101");
    window.click("Frames of the WebSocket");
    window.wait_until_it_says("frame 4, from the server, pong");
    window.harness.get_by_label("frame 1, from the client, text, 2 B, hi");
    window.harness.get_by_label("bytes of the frame");
    assert!(window.says("FRAME 1, AS IT ARRIVED") && window.says("One whole text message in one frame."));
    window.harness.get_by_label("Mask key: 09 08 07 06, every byte a client sends is masked");
    assert!(window.says("Payload: hi, 2 bytes, valid UTF-8") && window.says("unmasked: hi"));
    assert!(window.says("conn 1 · WebSocket, open for"));
    window.click("Unmasked");
    assert!(!window.says("unmasked: "));
    window.click("FIN: 1, the last frame of its message");
    assert!(window.says("FIN: the last frame of its message."));
    window.click("Bytes of the request");
    assert!(window.harness.query_by_label("bytes of the frame").is_none());
}

#[test]
fn the_header_says_how_the_connection_ended() {
    let mut window = TestWindow::new();
    let mut client = open(&window);
    client.send(b"\x81\x84\x09\x08");
    window.wait_until_it_says("exchange 1 GET /ws/echo 101");
    window.click("Frames of the WebSocket");
    window.wait_until_it_says("The head of the frame is not complete.");
    client.send(b"\x07\x06hill\x88\x82\0\0\0\0\x03\xE9");
    window.wait_until_it_says("with 1001 going away");
    assert!(window.says("the mask key was split across two reads"));
    assert!(window.harness.query_by_label("Payload of the frame").is_none(), "nothing can be sent any more");
}

#[test]
fn the_composer_sends_a_frame_to_the_client() {
    let mut window = TestWindow::new();
    let mut client = open(&window);
    window.wait_until_it_says("exchange 1 GET /ws/echo 101");
    window.click("Frames of the WebSocket");
    window.enter("Payload of the frame", r"\xFFx");
    window.click("RSV1 0");
    window.click("Send 4 bytes");
    window.wait_until_it_says("frame 1, from the server");
    client.send(b"\x88\x80\0\0\0\0");
    assert_eq!(client.rest().unwrap(), b"\xC1\x02\xFFx\x88\x00");
    window.wait_until_it_says("A reserved bit is set");
}
