//! The gateway: byteglass in front of three backends, of which one is slow and one is killed.

use std::{
    ffi::OsString,
    path::Path,
    time::{Duration, Instant},
};

use byteglass::testing::display::Display;

use crate::{
    backend::Backend,
    browser,
    program::Program,
    story::{WINDOW, step},
    tree::{Node, Tree},
};

/// Time for the killed backend to be left out.
const LIMIT: Duration = Duration::from_secs(20);

/// Tells the story in a home of its own, and takes the picture.
pub(crate) fn tell(display: &Display, home: &Path, pictures: &Path) {
    let mut backends = ["first", "second", "third"].map(Backend::start);
    let mut program = step("byteglass stands in front of three backends", || open(display, home, &backends));
    step("a browser loads a page of theirs through it", || browse(&mut program, home));
    step("a killed backend is left out, and a slow one is waited for", || {
        trouble(&mut program, &mut backends);
    });
    step("the window shows both legs of an upload", || both_legs(&mut program, pictures));
    step("a target is tried before it is sent", || try_target(&mut program));
    program.end();
}

fn open(display: &Display, home: &Path, backends: &[Backend]) -> Program {
    let mut arguments: Vec<OsString> = ["--port", "0"].map(OsString::from).into();
    for backend in backends {
        arguments.extend(["--proxy".into(), format!("http://{}", backend.address()).into()]);
    }
    let arguments: Vec<_> = arguments.iter().map(OsString::as_os_str).collect();
    let mut program = Program::start(display, home, &arguments);
    program.window.resize(WINDOW.0, WINDOW.1);
    program.window.wait_for_text("app: 3 of 3 healthy");
    program
}

/// The latest row of a request that went to a backend. Its name goes on with an arrow and the backend.
fn row(tree: &Tree, request: &str) -> Option<Node> {
    let shows = |node: &&Node| {
        node.name.strip_prefix("exchange ").is_some_and(|rest| rest.contains(&format!(" {request} → ")))
    };
    tree.nodes.iter().rfind(shows).cloned()
}

fn browse(program: &mut Program, home: &Path) {
    let dom = browser::dom(&format!("{}/shop", program.url()), home);
    // Written into the page by its script, which asked a backend.
    assert!(dom.contains("3 orders"), "the page's script ran:\n{dom}");
    for request in ["GET /shop 200", "GET /api/orders 200"] {
        program.window.wait(&format!("a row {request}, with its backend"), |tree| row(tree, request));
    }
}

fn trouble(program: &mut Program, backends: &mut [Backend; 3]) {
    backends[2].kill();
    let begun = Instant::now();
    let mut statuses = Vec::new();
    let is_out = |tree: &Tree| tree.saying("app: 2 of 3 healthy").next().is_some();
    while !is_out(&program.window.tree()) {
        assert!(begun.elapsed() < LIMIT, "the killed backend is never left out: {statuses:?}");
        statuses.push(program.client().get("/api/orders").status);
    }
    assert!(statuses.iter().all(|status| [200, 502].contains(status)), "{statuses:?}");

    backends[1].slow_down();
    let mut client = program.client();
    let begun = Instant::now();
    for target in ["/api/orders/77", "/api/orders/78"] {
        assert_eq!(client.get(target).status, 200, "the others still answer");
    }
    assert!(begun.elapsed() >= Backend::SLOW, "one of the two went to the slow backend");
    program.window.press("Server");
    program.window.wait("why it is left out, on its card", |tree| {
        tree.saying("refused the connection").next().map(drop)
    });
    program.window.press("Traffic");
}

fn both_legs(program: &mut Program, pictures: &Path) {
    let host = program.address;
    let mut client = program.client();
    // If a trial of the killed backend is due, this request makes it, so that the upload has one attempt.
    assert_eq!(client.get("/api/orders/79").status, 200);
    let body = "{\"items\":[{\"sku\":\"A-17\",\"n\":2},{\"sku\":\"B-4\",\"n\":1}]}";
    client.send(format!(
        "POST /api/orders HTTP/1.1\r\nHost: {host}\r\nConnection: keep-alive, X-Debug\r\nX-Debug: 1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    ));
    assert_eq!(client.response("POST").status, 201);
    let window = &mut program.window;
    let request = "POST /api/orders 201";
    let posted = window.wait("the row of the upload", |tree| row(tree, request));
    window.click(&posted);
    window.tab("Upstream");
    for text in ["FIELDS CHANGED", "+ Via: ", "+ X-Forwarded-For: 127.0.0.1", "− X-Debug"] {
        window.wait_for_text(text);
    }
    window.screenshot(&pictures.join("gateway.png"));
}

fn try_target(program: &mut Program) {
    let window = &mut program.window;
    window.tab("Route");
    window.press("Try this target on the Server page");
    window.wait_for_text("Host of the target");
    window.fill("Method and target", "DELETE /api/orders/77");
    for text in ["chosen: ", "DELETE /api/orders/77 HTTP/1.1", "Via: 1.1 byteglass-"] {
        window.wait(&format!("{text:?}"), |tree| tree.saying(text).next().map(drop));
    }
}
