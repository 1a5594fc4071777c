//! A WebSocket: a browser talks to the echo, a page reloads what changed through the gateway, and the window shows the
//! frames and sends one.

use std::{
    ffi::OsStr,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    thread,
    time::Duration,
};

use byteglass::{
    testing::{Arrival, Client, PATIENCE, deadline::let_pass, display::Display},
    websocket::{Opcode, encode::Outgoing},
};
use bytes::BytesMut;
use tungstenite::Message;

use crate::{
    backend::Backend,
    browser,
    program::Program,
    story::{WINDOW, step},
};

/// Talks to the echo and writes down what comes back. The request that takes a while keeps the page loading.
const TALK: &str = "<!doctype html><link rel=icon href=data:,><p id=said>nothing</p><script>
const said = [];
const socket = new WebSocket(`ws://${location.host}/ws/echo`);
socket.binaryType = 'arraybuffer';
socket.onopen = () => { socket.send('café!'); socket.send(new Uint8Array(70000)); socket.send('last'); };
socket.onmessage = event => {
  said.push(typeof event.data === 'string' ? event.data : event.data.byteLength);
  if (event.data === 'last') socket.close(4000, 'done');
};
socket.onclose = event => {
  said.push(event.code);
  document.getElementById('said').textContent = said.join(', ');
};
fetch('/delay/2000');
</script>";
/// Times the page is loaded that waits for a message.
const LOADS: usize = 3;
/// Asks for the orders when a message says that they have changed, as the client of a dev server does.
const RELOADS: &str = "<!doctype html><link rel=icon href=data:,><p id=orders>old</p><script>
const socket = new WebSocket(`ws://${location.host}/hot`);
socket.onmessage = event => fetch(event.data).then(answer => answer.json()).then(orders => {
  document.getElementById('orders').textContent = `${orders.length} new orders`;
});
fetch('/delay/2000');
</script>";
/// Time between the two reads that one of the frames comes in.
const BETWEEN: Duration = Duration::from_millis(40);

/// Tells the story in a home of its own, and takes the picture.
pub(crate) fn tell(display: &Display, home: &Path, pictures: &Path) {
    let backend = Backend::start("shop");
    let hot = dev_server();
    let mut program = step("a folder is served, and a dev server behind the gateway", || {
        open(display, home, &format!("http://{}", backend.address()), &format!("http://{hot}"))
    });
    step("a browser talks to the echo", || talk(&mut program, home));
    step("a page takes a change through the gateway", || reload(&mut program, home));
    step("the window shows the frames, and sends one", || frames(&mut program, pictures));
    program.end();
}

fn open(display: &Display, home: &Path, backend: &str, hot: &str) -> Program {
    let site = home.join("course/site");
    fs::create_dir_all(&site).expect("the run's folder can be written");
    for (name, page) in [("talk.html", TALK), ("reloads.html", RELOADS)] {
        fs::write(site.join(name), page).expect("the folder can be written");
    }
    let (shop, hot) = (format!("/api={backend}"), format!("/hot={hot}"));
    let arguments: [&OsStr; 7] = [
        "--port".as_ref(),
        "0".as_ref(),
        "--proxy".as_ref(),
        shop.as_ref(),
        "--proxy".as_ref(),
        hot.as_ref(),
        site.as_os_str(),
    ];
    let mut program = Program::start(display, home, &arguments);
    program.window.resize(WINDOW.0, WINDOW.1);
    program
}

/// A server that tells each client once what has changed. It ends with this process.
fn dev_server() -> std::net::SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let Ok(mut socket) = tungstenite::accept(stream) else { return };
                if socket.send(Message::text("/api/orders")).is_ok() {
                    while socket.read().is_ok() {}
                }
            });
        }
    });
    address
}

fn talk(program: &mut Program, home: &Path) {
    let dom = browser::dom(&format!("{}/talk.html", program.url()), home);
    assert!(dom.contains("café!, 70000, last, 4000"), "the browser gets each message back:\n{dom}");
    program.window.wait("the row of the echo", |tree| tree.exchange("GET", "/ws/echo", "101").map(drop));
    // The browser may send the large message in several.
    program.window.wait("its frames on the connection", |tree| tree.saying("WebSocket, ").next().map(drop));
}

fn reload(program: &mut Program, home: &Path) {
    let url = format!("{}/reloads.html", program.url());
    // The time of a page without a window runs on while it waits for a WebSocket, and may end before the message comes.
    let took = (0..LOADS).any(|_| browser::dom(&url, home).contains("3 new orders"));
    assert!(took, "the page takes the change");
}

/// A frame as a browser sends it.
fn frame(fin: bool, opcode: Opcode, payload: &[u8]) -> BytesMut {
    let mut out = BytesMut::new();
    Outgoing { fin, rsv: 0, opcode: opcode.bits(), mask: Some([9, 8, 7, 6]), payload }.write(&mut out);
    out
}

fn say(client: &mut Client, bytes: &[u8]) {
    client.send(bytes);
    let_pass(BETWEEN);
}

fn frames(program: &mut Program, pictures: &Path) {
    let host = program.address;
    let mut client = program.client();
    client.send(format!(
        "GET /ws/echo HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ));
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 101 "), "the echo takes the handshake");
    say(&mut client, &frame(true, Opcode::Text, b"hello"));
    say(&mut client, &frame(false, Opcode::Text, b"one "));
    say(&mut client, &frame(true, Opcode::Ping, b"hi"));
    say(&mut client, &frame(true, Opcode::Continuation, b"two"));
    let split = frame(true, Opcode::Text, "café!".as_bytes());
    say(&mut client, &split[..4]);
    say(&mut client, &split[4..]);
    say(&mut client, &frame(true, Opcode::Binary, b"\x89PNG\r\n\x1a\n"));

    let window = &mut program.window;
    window.fill("Filter exchanges", "is:websocket ws.text~\"one two\"");
    let row = window.wait("the row of that connection alone", |tree| {
        let mut rows = tree.nodes.iter().filter(|node| node.name.starts_with("exchange "));
        rows.next().filter(|_| rows.next().is_none()).cloned()
    });
    window.click(&row);
    window.press("Frames of the WebSocket");
    window.wait_for_text("WebSocket, open for");
    window.wait("all frames", |tree| tree.saying("WebSocket, 11 frames").next().map(drop));
    let split = window.wait("the frame that came in two reads", |tree| {
        tree.saying("from the client, text, 6 B, café!").next().cloned()
    });
    window.click(&split);
    window.wait_for_text("the mask key was split across two reads");
    window.screenshot(&pictures.join("websocket.png"));

    window.fill("Payload of the frame", "from the window");
    window.press("Send 17 bytes");
    window.wait("the frame that was sent by hand", |tree| {
        tree.saying("from the server, text, 15 B, from the window").next().map(drop)
    });
    while !client.received.ends_with(b"\x81\x0Ffrom the window") {
        assert_eq!(client.receive(PATIENCE), Arrival::Bytes, "the client gets it after its echoes");
    }
}
