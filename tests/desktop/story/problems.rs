//! Requests that are wrong, or not there yet.

use byteglass::testing::Client;
use eframe::egui::Role;

use crate::program::Program;

pub(super) fn malformed(program: &mut Program) {
    let mut client = program.client();
    client.send("GET /malformed HTTP/1.1\r\nHost : localhost\r\n\r\n");
    let response = client.response("GET");
    assert_eq!(response.status, 400, "a space before a colon is refused");
    assert!(response.text().contains("RFC 9112"), "the answer names the rule: {}", response.text());
    assert!(client.is_closed(), "what comes after it cannot be trusted, so the connection is closed");

    let window = &mut program.window;
    let row = window.wait("a row /malformed 400", |tree| tree.exchange("GET", "/malformed", "400").cloned());
    window.click(&row);
    window.tab("Notes");
    window.wait("a note about it", |tree| {
        tree.nodes.iter().any(|node| node.name.starts_with("note: ")).then_some(())
    });
    window.wait_for_text("RFC 9112 §5.1");
    window.tab("Anatomy");
}

/// Returns the connection, on which more could still come.
pub(super) fn half_arrived(program: &mut Program) -> Client {
    let mut client = program.client();
    client.send("GET /half HTTP/1.1\r\nHost: local");
    let window = &mut program.window;
    let row = window
        .wait("a row for half a head", |tree| tree.exchange("GET", "/half …", "no response yet").cloned());
    window.wait_for_text("headers incomplete");
    window.click(&row);
    window.wait("what has arrived of it", |tree| tree.named(Role::TreeItem, "Target: /half").cloned());
    client
}
