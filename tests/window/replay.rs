//! Going through a message byte by byte, in the window.

use byteglass::testing::Client;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::TestWindow;

const HEAD: [&str; 2] =
    ["POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Le", "ngth: 5\r\nX-Trace: a1\r\n\r\nhello"];

/// A window on an exchange whose request arrived in two reads, the first of which ends inside a field name.
fn window() -> (TestWindow, Client) {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(HEAD[0]);
    window.wait_until_it_says("POST /echo");
    client.send(HEAD[1]);
    assert_eq!(client.response("POST").status, 200);
    window.wait_until_it_says("exchange 1 POST /echo 200");
    (window, client)
}

/// The place that the track says, in bytes.
fn place(window: &TestWindow) -> String {
    let track = window.harness.get_by_label("Place in the message");
    format!("{:.0}", track.accesskit_node().numeric_value().unwrap())
}

#[test]
fn a_message_is_gone_through_with_buttons_and_keys() {
    let (mut window, _client) = window();
    let all = HEAD[0].len() + HEAD[1].len();
    let is_at = |window: &TestWindow, at: usize| place(window) == at.to_string();
    window.click("Replay");
    window.click("End");
    assert!(is_at(&window, all), "{}", place(&window));
    assert!(window.says("next request: here") && window.says("body: passed"));
    window.click("Beginning");
    assert!(is_at(&window, 0) && window.says("request line: here"));
    window.click("Next read");
    assert!(is_at(&window, HEAD[0].len()));
    assert!(window.says("The machine, after byte".to_uppercase().as_str()) || window.says("AFTER BYTE 48"));
    assert!(window.says("in a field name") && window.says("more of the name, or a colon"));
    assert!(
        window
            .says("Buffer: 48 bytes are kept until the head is complete, 10 of them of an incomplete token")
    );
    assert!(window.says("header timeout") && window.says("left of 10"));
    assert!(window.says("Of 256 bytes: 77 goes on, 1 ends a part, 178 breaks a rule"));
    assert!(window.says("ends the field name"));
    window.click("Previous token");
    assert!(is_at(&window, 38));
    for (modifiers, key, at) in [
        (Modifiers::NONE, Key::ArrowRight, 39),
        (Modifiers::NONE, Key::ArrowLeft, 38),
        (Modifiers::SHIFT, Key::ArrowRight, 52),
        (Modifiers::SHIFT, Key::ArrowLeft, 38),
        (Modifiers::COMMAND, Key::ArrowRight, 48),
        (Modifiers::NONE, Key::Home, 0),
        (Modifiers::NONE, Key::N, 5),
        (Modifiers::NONE, Key::N, 11),
        (Modifiers::SHIFT, Key::N, 5),
        (Modifiers::NONE, Key::End, all),
    ] {
        window.harness.get_by_label("bytes of the replay").focus();
        window.settle();
        window.press(modifiers, key);
        assert!(is_at(&window, at), "{modifiers:?} {key:?} leads to {}, not {at}", place(&window));
    }
    window.click("broken rule");
    window.click("Run back (Shift+N)");
    assert!(window.says("no broken rule before this place"));
    window.click("byte 5: method known: POST; a target of at most 8 KiB");
    assert!(is_at(&window, 5));
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::R);
    assert!(window.harness.query_by_label("Place in the message").is_none());
    assert!(window.harness.query_by_label("bytes of the request").is_some());
}

#[test]
fn a_message_that_is_still_arriving_is_followed() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(HEAD[0]);
    window.wait_until_it_says("POST /echo");
    window.click("Replay");
    window.click("End");
    window.click("Follow");
    assert!(window.says("following"));
    client.send("ngth: 5\r\n");
    window.wait_until_it_says("after byte 57 of 57");
    window.click("Previous byte");
    client.send("X-Trace: a1\r\n");
    window.wait_until_it_says("after byte 56 of 70");
    assert!(window.says("14 bytes behind"));
    window.click("Catch up");
    assert!(window.says("after byte 70 of 70") && window.says("following"));
    client.send("\r\nhello");
    assert_eq!(client.response("POST").status, 200);
}

#[test]
fn a_message_is_played_and_the_response_as_well() {
    let (mut window, _client) = window();
    window.click("Replay");
    window.click("Beginning");
    window.click("Speed");
    window.click("1,000,000 bytes/s");
    window.click("Play");
    window.wait_until_it_says("after byte 77 of 77");
    window.click("Bytes of the response");
    window.click("End");
    window.wait_until_it_says("next response: here");
    assert!(window.says("status known: 200 OK"));
}
