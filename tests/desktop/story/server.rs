//! The Server page: what is changed there holds from the next request on.

use std::net::{Ipv4Addr, TcpListener, TcpStream};

use byteglass::testing::Response;
use eframe::egui::Role;

use crate::program::Program;

const ALLOWED: &str = "Access-Control-Allow-Origin";

pub(super) fn switch_cors_on(program: &mut Program) {
    let mut client = program.client();
    let mut ask = |target: &str| -> Response {
        client.send(format!(
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n\r\n"
        ));
        client.response("GET")
    };
    assert_eq!(ask("/?cors=off").field(ALLOWED), None, "CORS is off at first");

    let window = &mut program.window;
    window.press("Server");
    let off = window.wait("the switch \"CORS\", off", |tree| {
        tree.named(Role::Switch, "CORS").filter(|switch| switch.on == Some(false)).cloned()
    });
    window.click(&off);
    window.wait("the switch \"CORS\", on", |tree| {
        tree.named(Role::Switch, "CORS").filter(|switch| switch.on == Some(true)).map(drop)
    });

    let after = ask("/?cors=on");
    assert_eq!(after.field(ALLOWED), Some("*"), "the next response on the same connection has the field");

    window.press("Traffic");
    let row =
        window.wait("the row of that request", |tree| tree.exchange("GET", "/?cors=on", "200").cloned());
    window.click(&row);
    window.tab("Middleware");
    window.wait_for_text("CORS");
    // The steps of all middleware are longer than the pane.
    let added = format!("+ {ALLOWED}: *");
    window.wait(&added, |tree| tree.saying(&added).next().map(drop));
    window.tab("Anatomy");
}

pub(super) fn shorten_targets(program: &mut Program) {
    let mut client = program.client();
    let long = format!("/{}", "a".repeat(199));
    assert_eq!(client.get(&long).status, 404, "a target of 200 bytes is within the usual limit");

    program.window.press("Server");
    program.window.fill("Longest target", "100");
    program.window.wait("the limit of 100 bytes", |tree| {
        tree.nodes
            .iter()
            .any(|node| node.name == "Longest target" && node.value.contains("100 B"))
            .then_some(())
    });
    assert_eq!(client.get(&long).status, 414, "the next request on the same connection is held to it");

    program.window.fill("Longest target", "8 KiB");
    assert_eq!(program.client().get(&long).status, 404, "and after it was taken back, not any more");
}

pub(super) fn stop_and_start(program: &mut Program) {
    let mut client = program.client();
    assert_eq!(client.get("/").status, 200);

    program.window.press("Stop server");
    program.window.wait_for_text("Stopped");
    assert!(client.is_closed(), "stopping closes what was open");
    assert!(TcpStream::connect(program.address).is_err(), "a stopped server takes no connection");

    program.window.press("Start server");
    program.window.wait_for_text("Listening");
    assert_eq!(program.client().get("/").status, 200, "it is back at its old address");
}

pub(super) fn change_port(program: &mut Program) {
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let taken = other.local_addr().expect("it listens");

    let window = &mut program.window;
    window.press("Server");
    window.fill("Port", &taken.port().to_string());
    window.wait_for_text(&format!("Port {} is in use by another program", taken.port()));
    window.wait_for_text(&format!("Still listening on {}", program.address));
    assert_eq!(program.client().get("/").status, 200, "the old address still answers");

    drop(other);
    program.window.press("Apply");
    let url = format!("http://{taken}");
    program.window.wait("the new address in the bar", |tree| {
        tree.nodes.iter().any(|node| node.name == url).then_some(())
    });
    program.address = taken;
    assert_eq!(program.client().get("/").status, 200, "the new address answers");
    program.window.press("Traffic");
}
