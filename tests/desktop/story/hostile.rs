//! A page of another site, in a real browser: what it gets of a server on the same machine.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use byteglass::testing::process::Process;

use crate::browser;

/// Where the browser finds the names of the hostile site: here, as after DNS rebinding.
const NAMES: &str = "--host-resolver-rules=MAP evil.test 127.0.0.1,MAP rebind.test 127.0.0.1";
/// The page waits for what never comes.
const TIME: &str = "--virtual-time-budget=30000";
const LIMIT: Duration = Duration::from_secs(30);
const SECRET: &str = "the-secret-of-the-folder";

/// The page, which attacks the server at `ADDRESS` and writes down what it got.
const PAGE: &str = r#"<!doctype html><title>hostile</title><body><pre id="out"></pre><script>
const at = "http://ADDRESS";
const seen = [];
const say = (what, got) => { seen.push(what + "=" + got + ";"); document.getElementById("out").textContent = seen.join("\n"); };
const tag = (name, attributes) => new Promise(done => {
  const element = document.createElement(name);
  element.onload = () => done("loaded");
  element.onerror = () => done("failed");
  Object.assign(element, attributes);
  document.body.append(element);
  setTimeout(() => done("silent"), 3000);
});
(async () => {
  for (const file of ["cfg.js", "none.js"])
    say("script " + file, await tag("script", { src: at + "/" + file }));
  say("defined", typeof window.stolen);
  for (const file of ["pic.svg", "none.svg"])
    say("image " + file, await tag("img", { src: at + "/" + file }));
  say("style", await tag("link", { rel: "stylesheet", href: at + "/style.css" }));
  say("post", await fetch(at + "/api/echo", { method: "POST", mode: "no-cors", body: "x" }).then(r => r.type, () => "failed"));
  say("read", await fetch(at + "/cfg.js").then(r => r.text(), () => "failed"));
  await tag("iframe", { src: at + "/cfg.js" });
  say("frame", await new Promise(done => { try { done(String(frames[0].document.body)); } catch { done("closed"); } }));
  say("socket", await new Promise(done => {
    const socket = new WebSocket(at.replace("http", "ws") + "/ws/echo");
    socket.onopen = () => done("opened");
    socket.onerror = () => done("failed");
    setTimeout(() => done("silent"), 3000);
  }));
  say("done", "yes");
})();
</script>"#;

/// The site of the attacker, which serves [`PAGE`] to everyone who asks.
fn hostile_site(target: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let page = PAGE.replace("ADDRESS", target);
    thread::spawn(move || {
        for socket in listener.incoming() {
            let Ok(mut socket) = socket else { return };
            // One read has the whole head of a browser's request.
            let _ = socket.read(&mut [0; 8192]);
            let _ = write!(
                socket,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            );
        }
    });
    port
}

/// A server without a window, its address, and what Chromium makes of the attacker's page.
fn attacked(home: &Path, options: &[&str]) -> (Process, String, String) {
    let folder = home.join("site");
    fs::create_dir_all(&folder).expect("the run's folder can be written");
    let files = [
        ("cfg.js", format!("window.stolen = \"{SECRET}\";")),
        ("pic.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>".to_owned()),
        ("style.css", "body { color: red }".to_owned()),
    ];
    for (name, content) in files {
        fs::write(folder.join(name), content).expect("the run's folder can be written");
    }
    let built = env!("CARGO_BIN_EXE_byteglass");
    let mut command = Command::new(std::env::var_os("BYTEGLASS_BIN").unwrap_or_else(|| built.into()));
    command.env("HOME", home).env("XDG_CONFIG_HOME", home.join("config"));
    command.args(["--headless", "--port", "0"]).args(options).arg(&folder);
    let program = Process::start(&mut command, home);
    let first = program.line(LIMIT);
    let address = first.strip_prefix("listening on http://").expect("it says where it listens").to_owned();
    let port = hostile_site(&address);
    let dom = browser::dom_with(&format!("http://evil.test:{port}/"), home, &[NAMES, TIME]);
    assert!(dom.contains("done=yes;"), "the page has tried all it can:\n{dom}");
    (program, address, dom)
}

/// What the page got.
fn got<'a>(dom: &'a str, what: &str) -> &'a str {
    let rest = dom.split_once(&format!("{what}=")).unwrap_or_else(|| panic!("no {what} in:\n{dom}")).1;
    rest.split(';').next().unwrap_or_default()
}

/// The page gets nothing, and cannot tell what is there from what is not.
pub(crate) fn gets_nothing(home: &Path) {
    fs::create_dir_all(home).expect("the run's folder can be written");
    let (mut program, address, dom) = attacked(home, &[]);
    for refused in ["script cfg.js", "script none.js", "image pic.svg", "image none.svg", "style", "read"] {
        assert_eq!(got(&dom, refused), "failed", "{refused}:\n{dom}");
    }
    assert_eq!(got(&dom, "defined"), "undefined");
    // The browser says no more of a request that a page may send and not read; the log below has its 403.
    assert_eq!(got(&dom, "post"), "opaque");
    assert_ne!(got(&dom, "socket"), "opened", "{dom}");
    assert!(["closed", "null"].contains(&got(&dom, "frame")), "{dom}");
    // The whole site under a name of the attacker's, as after DNS rebinding.
    let port = address.rsplit_once(':').expect("a port").1;
    let rebound = browser::dom_with(&format!("http://rebind.test:{port}/cfg.js"), home, &[NAMES, TIME]);
    assert!(rebound.contains("DNS rebinding") && !rebound.contains(SECRET), "{rebound}");
    assert!(!dom.contains(SECRET), "{dom}");
    program.interrupt().expect("byteglass ends on Ctrl-C");
    let (_, log) = program.output(LIMIT);
    let answered = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    // Two scripts, two images, a style, a POST and a frame.
    assert!(answered("response: 403 Forbidden") >= 7 && answered("response: 421 ") >= 1, "{log}");
}

/// Without the guard the same page gets what it wants, so the first run has shown something.
pub(crate) fn gets_it_without_the_guard(home: &Path) {
    fs::create_dir_all(home).expect("the run's folder can be written");
    let (program, _, dom) = attacked(home, &["--disable", "cross-site"]);
    for (what, expected) in [
        ("script cfg.js", "loaded"),
        ("script none.js", "failed"),
        ("defined", "string"),
        ("image pic.svg", "loaded"),
        ("image none.svg", "failed"),
        ("post", "opaque"),
        // That is not the guard's.
        ("read", "failed"),
    ] {
        assert_eq!(got(&dom, what), expected, "{what}:\n{dom}");
    }
    drop(program);
}
