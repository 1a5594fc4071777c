//! The pictures of the window that the README shows, over traffic that is worth a look.

use std::{fs, path::Path, time::Duration};

use byteglass::testing::{Client, deadline::let_pass, display::Display};
use eframe::egui::Role;

use crate::{
    program::Program,
    story::{WINDOW, step},
};

/// Time between the pieces of the request that comes in three.
const BETWEEN: Duration = Duration::from_millis(120);

/// Takes all three, in a home of their own.
pub(crate) fn take(display: &Display, home: &Path, pictures: &Path) {
    let mut program = step("a folder is served, to take pictures of", || open(display, home));
    let _slow = step("traffic of every kind arrives", || traffic(&mut program));
    step("screenshots are taken", || shoot(&mut program, pictures));
    program.end();
}

pub(super) fn open(display: &Display, home: &Path) -> Program {
    let site = home.join("course/site");
    fs::create_dir_all(&site).expect("the run's folder can be written");
    let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("public");
    for file in fs::read_dir(public).expect("the welcome site's files").flatten() {
        fs::copy(file.path(), site.join(file.file_name())).expect("the site can be written");
    }
    // No port is asked for: the usual one is taken, or the next free one.
    let mut program = Program::start(display, home, &[site.as_os_str()]);
    program.window.resize(WINDOW.0, WINDOW.1);
    program
}

/// Returns the connections that shall stay open.
pub(super) fn traffic(program: &mut Program) -> Vec<Client> {
    let host = program.address;
    let mut first = program.client();
    assert_eq!(first.get("/").status, 200);
    // In three pieces: a field name is cut in two, and the last brings the next request along.
    first.send(format!("POST /api/echo HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConte"));
    let_pass(BETWEEN);
    first.send("nt-Length: 31\r\nX-Trace: a1b2c3\r\n\r\n");
    let_pass(BETWEEN);
    first.send(format!(
        "{{\"message\":\"hello, byteglass!\"}}GET /api/users/42 HTTP/1.1\r\nHost: {host}\r\n\r\n"
    ));
    assert_eq!(first.response("POST").status, 200);
    assert_eq!(first.response("GET").status, 200);

    let mut second = program.client();
    let style = second.get("/style.css");
    let tag = style.field("ETag").expect("files have an ETag");
    second.send(format!("GET /style.css HTTP/1.1\r\nHost: {host}\r\nIf-None-Match: {tag}\r\n\r\n"));
    assert_eq!(second.response("GET").status, 304);
    assert_eq!(second.get("/app.js").status, 200);
    second.send(format!("GET /glass.png HTTP/1.1\r\nHost: {host}\r\nRange: bytes=0-4095\r\n\r\n"));
    assert_eq!(second.response("GET").status, 206);

    let mut third = program.client();
    // Three in one write; the answers come in their order.
    let requests = ["/health", "/stream/3", "/headers"];
    third.send(requests.map(|target| format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).concat());
    for target in requests {
        assert_eq!(third.response("GET").status, 200, "{target}");
    }

    let mut climber = program.client();
    climber.send(format!("GET /../../../etc/passwd HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    assert_eq!(climber.response("GET").status, 403);

    let mut malformed = program.client();
    malformed.send("GET /index.html HTTP/1.1\nHost: localhost\n\n");
    assert_eq!(malformed.response("GET").status, 400);

    let mut slow = program.client();
    slow.send("GET /slow HTTP/1.1\r\nHost: 127.");
    program.window.wait("the row of the slow request", |tree| {
        tree.exchange("GET", "/slow …", "no response yet").map(drop)
    });
    vec![first, second, third, slow]
}

fn shoot(program: &mut Program, pictures: &Path) {
    let window = &mut program.window;
    let row = window.wait("the row of the POST", |tree| tree.exchange("POST", "/api/echo", "200").cloned());
    window.click(&row);
    let length = window.wait("its length in the anatomy tree", |tree| {
        tree.named(Role::TreeItem, "Content-Length: 31").cloned()
    });
    window.click(&length);
    window.screenshot(&pictures.join("traffic.png"));

    window.press("Replay");
    window.wait_for_text("in a field value");
    // Into the field name that the first read cuts in two.
    window.press("Previous read");
    window.wait_for_text("in a field name");
    window.screenshot(&pictures.join("replay.png"));
    window.press("Replay");
    window.wait_for_text("Anatomy");

    window.press("Server");
    window.wait_for_text("Largest header block");
    window.screenshot(&pictures.join("server.png"));

    window.press("Stats");
    window.wait_for_text("Counted as they ended");
    window.screenshot(&pictures.join("stats.png"));

    window.press("Traffic");
    window.press("Theme and shortcuts");
    window.press("Light theme");
    window.wait_until_gone("Keyboard shortcuts");
    window.screenshot(&pictures.join("light.png"));
}
