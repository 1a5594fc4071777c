//! A stream of events: a backend answers in pieces through the gateway, and the window reads them as they come.

use std::{
    ffi::OsStr,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    thread,
    time::Duration,
};

use byteglass::testing::{Client, display::Display};

use crate::{
    program::Program,
    story::{WINDOW, step},
};

/// What the events carry, a word each.
const TEXT: &str = "An event stream is a response that goes on. Each event carries a piece of the text, and joined \
    they read as this sentence.";
/// Time between two events.
const BETWEEN: Duration = Duration::from_millis(60);
/// The row of the exchange. What follows names the backend.
const ROW: &str = "exchange 1 POST /v1/chat/completions 200 ";
const PATH: &str = "Path into the JSON of each event";

/// Tells the story in a home of its own, and takes the picture.
pub(crate) fn tell(display: &Display, home: &Path, pictures: &Path) {
    let backend = backend();
    let proxy = format!("/v1=http://{backend}");
    let arguments: [&OsStr; 4] = ["--port".as_ref(), "0".as_ref(), "--proxy".as_ref(), proxy.as_ref()];
    let mut program = step("a server that answers in pieces stands behind the gateway", || {
        let mut program = Program::start(display, home, &arguments);
        program.window.resize(WINDOW.0, WINDOW.1);
        program
    });
    let client = step("events are listed while they come", || watch(&mut program));
    step("joined they read as a text", || join(&mut program, client, pictures));
    program.end();
}

/// A server that answers each request with a stream of events. It ends with this process.
fn backend() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            // The gateway may have gone.
            thread::spawn(move || drop(answer(socket)));
        }
    });
    address
}

fn answer(mut socket: TcpStream) -> std::io::Result<()> {
    _ = socket.read(&mut [0; 8192])?;
    socket.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: ready\n\n",
    )?;
    for (number, word) in TEXT.split_inclusive(' ').enumerate() {
        thread::sleep(BETWEEN * if number == 9 { 7 } else { 1 });
        let event = format!(
            "id: {}\ndata: {{\"id\":\"chat-1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{word}\"}}}}]}}\n\n",
            number + 1
        );
        socket.write_all(event.as_bytes())?;
    }
    socket.write_all(b"data: [DONE]\n\n")
}

/// Asks for the stream, and opens it before it has ended.
fn watch(program: &mut Program) -> Client {
    let mut client = program.client();
    client.send(format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n\
         {{\"stream\":true}}",
        program.address
    ));
    let window = &mut program.window;
    let row = window.wait("the row of the request", |tree| tree.saying(ROW).next().cloned());
    window.click(&row);
    window.press("Events of the stream");
    window.wait("an event while others are to come", |tree| {
        tree.saying("event 3, message, id 2").next().map(drop)
    });
    client
}

fn join(program: &mut Program, mut client: Client, pictures: &Path) {
    assert!(client.until("[DONE]\n\n").contains(" 200 OK\r\n"), "the client gets all of it");
    let words = TEXT.split(' ').count();
    let window = &mut program.window;
    window.wait("its events on the connection", |tree| {
        tree.saying(&format!("Event stream, {} events", words + 2)).next().map(drop)
    });
    window.fill(PATH, "choices[0].delta.content");
    window.wait_for_text(&format!("found in {words} events"));
    window.wait("the text", |tree| tree.saying(TEXT).next().map(drop));
    window.fill("Filter exchanges", "is:stream events>20");
    window.wait("the row, by its events", |tree| tree.saying(ROW).next().map(drop));
    window.screenshot(&pictures.join("events.png"));
}
