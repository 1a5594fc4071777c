//! What a newcomer stumbled over, each with what the window says now and a picture to look at.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use byteglass::testing::{Client, display::Display};
use eframe::egui::{Key, Modifiers, Role};

use crate::{
    dialog,
    hands::Hands,
    program::Program,
    story::{WINDOW, step},
    window::Window,
};

/// Longer than what memory keeps of a message.
const LARGE_BYTES: u64 = 20 << 20;
/// Time for the window to say what it should.
const LIMIT: Duration = Duration::from_secs(8);
const JSON: &str = r#"{"zeta":1,"alpha":12345678901234567890123,"alpha":2,"tenth":0.1000,"exp":1E3,"neg":-0,"slash":"a\/b"}"#;

/// The pictures, and the window that they are of.
struct Album<'a> {
    window: &'a mut Window,
    folder: &'a Path,
    /// What the window was to say and did not.
    missing: Vec<String>,
}

impl Album<'_> {
    /// Takes a picture once the window says each of `words`; what it does not say is remembered.
    fn shows(&mut self, name: &str, words: &[&str]) {
        self.looks_for(name, words);
        self.window.screenshot(&self.file(name));
    }

    /// Takes a picture of an open menu, which goes with the pointer.
    fn shows_menu(&mut self, name: &str, words: &[&str]) {
        self.looks_for(name, words);
        self.window.screenshot_now(&self.file(name));
        self.window.key(Key::Escape, Modifiers::NONE);
    }

    fn looks_for(&mut self, name: &str, words: &[&str]) {
        println!("  {name}");
        for said in words {
            if !self.window.says(said, LIMIT) {
                self.missing.push(format!("{name}: the window does not say {said:?}"));
            }
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("entry-{}.png", name.replace(' ', "-")))
    }

    /// Selects the latest exchange that its row shows so.
    fn select(&mut self, method: &str, target: &str, status: &str) {
        let what = format!("a row {method} {target} {status}");
        let row = self.window.wait(&what, |tree| tree.exchange(method, target, status).cloned());
        self.window.click(&row);
    }
}

/// Takes all of them, in a home of their own.
pub(crate) fn take(display: &Display, home: &Path, folder: &Path) {
    let site = home.join("site");
    fs::create_dir_all(&site).expect("the run's folder can be written");
    fs::write(site.join("index.html"), "<!doctype html><title>entries</title>\n").expect("it can be written");
    let large = fs::File::create(site.join("large.bin")).expect("it can be written");
    large.set_len(LARGE_BYTES).expect("it can be long");
    let arguments = [site.as_os_str(), "--port".as_ref(), "0".as_ref()];
    let mut program = Program::start(display, home, &arguments);
    program.window.resize(WINDOW.0, WINDOW.1);
    let hands = Hands::at(display.name(), home);
    let (mut client, host) = (program.client(), program.address.to_string());
    let mut album = Album { window: &mut program.window, folder, missing: Vec::new() };
    step("1 to 3: bodies and times as they were", || bodies(&mut album, &mut client, &host));
    step("10 to 12: results and what was ignored", || results(&mut album, &mut client, &host));
    step("14 to 16: one selection, one way of counting", || selection(&mut album));
    step("20 to 25: the window answers", || answers(&mut album, &hands));
    step("26 to 30: scripts and menus", || expected(&mut album, &mut client, &host));
    step("7 and 8: files", || files(&mut album, &hands, home));
    assert!(album.missing.is_empty(), "{}", album.missing.join("\n"));
    program.end();
}

fn bodies(album: &mut Album<'_>, client: &mut Client, host: &str) {
    let len = JSON.len();
    client.send(format!(
        "POST /echo HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len}\r\n\r\n{JSON}"
    ));
    assert_eq!(client.response("POST").text(), JSON);
    album.select("POST", "/echo", "200");
    let said =
        ["BODY · indented; numbers, strings and order as they came", "\"alpha\": 12345678901234567890123"];
    album.shows("01 a JSON body is indented and says so", &said);

    assert_eq!(client.get("/delay/300").status, 200);
    album.select("GET", "/delay/300", "200");
    album.shows("02 a handler that waits for 300 ms", &["Response written at 3"]);

    client.send(format!("GET /large.bin HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    assert_eq!(client.response("GET").body.len() as u64, LARGE_BYTES);
    album.select("GET", "/large.bin", "200");
    album.window.tab("Notes");
    let said = ["are only on disk: memory had no room for them. An export to a file has them."];
    album.shows("03 a large body is on disk", &said);
    album.window.press("Bytes of the response");
    album.window.key(Key::F, Modifiers::COMMAND | Modifiers::SHIFT);
    album.window.fill("Go to offset", "8300000");
    album.window.key(Key::Escape, Modifiers::NONE);
    album.shows("03 the gap in its bytes", &["are only on disk: memory had no room for them."]);
    album.window.tab("Anatomy");
}

fn results(album: &mut Album<'_>, client: &mut Client, host: &str) {
    assert_eq!(client.get("/nowhere").status, 404);
    album.select("GET", "/nowhere", "404");
    album.window.tab("Route");
    album.shows("11 a 404 on the Route tab", &["The response is 404 Not Found."]);
    client.send(format!("DELETE /health HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    assert_eq!(client.response("DELETE").status, 405);
    album.select("DELETE", "/health", "405");
    album.shows("11 a 405 on the Route tab", &["The path has a route, but not for DELETE: only for GET."]);

    let long = format!("/{}", "a".repeat(9_000));
    assert_eq!(status_of(host, &long), 414);
    album.window.tab("Notes");
    let row = album.window.wait("its row", |tree| tree.saying(" 414").next().cloned());
    album.window.click(&row);
    album.shows("10 a target over the limit", &["8 KiB"]);

    let mut other = Client::connect(host.parse().expect("an address"));
    other
        .send(format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"));
    assert_eq!(other.response("GET").status, 200);
    album.select("GET", "/health", "200");
    album.shows("12 an Upgrade that was ignored", &["Upgrade"]);
    album.window.press("Server");
    album.shows("06 the log with a refused request", &["414"]);
    album.window.press("Traffic");
}

/// Sends a request on a connection of its own, since it is refused. Returns the status.
fn status_of(host: &str, target: &str) -> u16 {
    let mut client = Client::connect(host.parse().expect("an address"));
    client.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    client.response("GET").status
}

fn selection(album: &mut Album<'_>) {
    album.select("POST", "/echo", "200");
    album.window.tab("Anatomy");
    album.window.press("Bytes of the response");
    album.shows("14 the response is in bytes, tree and sentence", &["Status line"]);
    album.window.press("Bytes of the request");
    let host = album.window.wait("the field Host", |tree| {
        tree.nodes.iter().find(|node| node.role == Role::TreeItem && node.name.starts_with("Host: ")).cloned()
    });
    album.window.click(&host);
    album.shows("15 a place is counted in the message", &["offset 21–"]);
    album.window.press("Text");
    album.shows("16 the signs of line ends", &["␍␊"]);
    album.window.press("Hex");
}

fn answers(album: &mut Album<'_>, hands: &Hands) {
    album.window.press("Pause view");
    album.shows("21 a paused view", &["view paused"]);
    album.window.press("Resume view");
    album.window.press("Copy");
    album.shows("21 something was copied", &["Copied: http://127.0.0.1:"]);
    album.window.type_into("Filter exchanges", "foo>=1");
    album.shows("22 a mistake in the filter", &["foo"]);
    album.window.type_into("Filter exchanges", "status>=400 or path=/echo");
    album.shows("22 or in the filter", &[" shown"]);
    album.window.press("Clear the filter");
    album.window.press("Clear");
    album.shows("23 what was cleared can be brought back", &["Cleared ", "Undo"]);
    album.window.press("Undo");
    let id = hands.take_up("byteglass");
    let title = hands.title(&id).unwrap_or_default();
    assert!(
        title.contains("site") && title.contains("127.0.0.1:") && title.ends_with("byteglass"),
        "{title}"
    );
    album.window.press("Shortcuts");
    album.shows("25 the sheet of shortcuts", &["Home, End", "Ctrl+C"]);
    album.window.key(Key::Escape, Modifiers::NONE);
    album.window.press("Server");
    album.window.press("Basic auth settings");
    album.window.type_into("User name", "ada");
    album.window.type_into("Password", "a password");
    album.shows("20 a password holds while it is typed", &["user \"ada\", password set"]);
    album.window.press("Traffic");
}

fn expected(album: &mut Album<'_>, client: &mut Client, host: &str) {
    let text = "Grüße · 你好 · こんにちは · 안녕 · שלום · مرحبا · สวัสดี · 🙂";
    client.send(format!(
        "POST /echo HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    ));
    assert_eq!(client.response("POST").text(), text);
    album.window.key(Key::End, Modifiers::NONE);
    album.select("POST", "/echo", "200");
    album.window.press("Text");
    album.shows("26 scripts other than Latin", &["こんにちは"]);
    album.window.press("Hex");
    assert_eq!(client.get("/?name=%C3%A9t%C3%A9&b=1%202").status, 200);
    album.select("GET", "/?name=%C3%A9t%C3%A9&b=1%202", "200");
    album.shows("30 a parameter is decoded", &["été"]);
    let field = album.window.wait("the field Host", |tree| {
        tree.nodes.iter().find(|node| node.role == Role::TreeItem && node.name.starts_with("Host: ")).cloned()
    });
    album.window.click_secondary(&field);
    album.shows_menu("30 the menu of a field", &["Copy value", "Copy name and value"]);
    album.window.press("Copy from this exchange");
    album.shows_menu("28 the menu of copies", &["URL", "Export to a file"]);
}

fn files(album: &mut Album<'_>, hands: &Hands, home: &Path) {
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/curl.pcap");
    // Short, for it is typed.
    let capture = home.join("other.pcap");
    fs::copy(other, &capture).expect("the run's folder can be written");
    album.window.press("Capture");
    album.window.press("Open capture…");
    dialog::choose(&capture, hands);
    album.window.wait_for_text("other.pcap, read-only");
    let row = album.window.wait("a row of it", |tree| tree.saying("exchange 1 ").next().cloned());
    album.window.click(&row);
    album.window.tab("Route");
    album.shows("08 of a capture of another program", &["Not recorded: the capture has the bytes"]);
    let nothing = home.join("site/index.html");
    album.window.press("Capture");
    album.window.press("Open capture…");
    dialog::choose(&nothing, hands);
    album.shows("07 a file that is no capture", &["not a capture file (pcap or pcapng)"]);
    let tree = album.window.tree();
    assert!(tree.saying("Nothing has arrived yet").next().is_none(), "nothing will ever arrive:\n{tree}");
}
