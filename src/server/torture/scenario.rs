//! The requests of the clients in a torture run, and the folder that is served.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::{
    http::{Method, replay},
    service::{FolderSettings, MiddlewareKind, MiddlewareSettings},
    testing::LIMITS,
    trace::ProtocolKind,
};

/// More than one block of a file, so that the file is read more than once.
pub(super) const LARGE_BYTES: usize = 80 * 1024;
/// More than one read takes.
const BODY_BYTES: usize = 40 * 1024;
/// More than one step of a compressor.
const PAGE_BYTES: usize = 70 * 1024;

/// Concurrent clients, and the server that they connect to.
pub(super) struct Scenario {
    pub(super) scripts: Vec<Script>,
    pub(super) middleware: MiddlewareSettings,
    pub(super) folder: FolderSettings,
}

/// The actions of one client.
pub(super) struct Script {
    pub(super) bytes: Vec<u8>,
    /// Whether the client closes its side when everything is sent.
    pub(super) ends: bool,
    /// The protocol of the client.
    pub(super) protocol: ProtocolKind,
}

impl Script {
    pub(super) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), ends: false, protocol: ProtocolKind::Http }
    }

    fn lines(bytes: impl Into<Vec<u8>>) -> Self {
        Self { protocol: ProtocolKind::Lines, ..Self::new(bytes) }
    }

    /// The client that connects when the others have finished.
    pub(super) fn next() -> Self {
        Self::new(request("GET /a.txt", "Connection: close\r\n"))
    }

    /// The methods of the client's requests.
    pub(super) fn methods(&self) -> Vec<Method> {
        let requests = replay::requests(&self.bytes, 0, LIMITS).messages;
        requests.iter().map(|message| message.head.as_ref().map_or(Method::Get, |head| head.method)).collect()
    }
}

fn request(line: &str, fields: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")
}

impl Scenario {
    /// The protocol scenario: pipelined requests of most kinds, chunks, malformed and half-closed ones.
    pub(super) fn protocol() -> Self {
        let body = "b".repeat(BODY_BYTES);
        let busy = [
            request("GET /a.txt", ""),
            request("HEAD /large.bin", ""),
            request("GET /a.txt", "Range: bytes=3-9\r\n"),
            request("POST /echo", &format!("Content-Length: {BODY_BYTES}\r\n")) + &body,
            request("GET /dir", ""),
            request("GET /dir/", ""),
            request("GET /bare/", "Accept: application/json\r\n"),
            request("GET /nope", ""),
            request("GET /drip?bytes=21&chunks=3&ms=0", ""),
            request("GET /events?count=3&ms=0", "Last-Event-ID: 1\r\n"),
            request("GET /large.bin", "Connection: close\r\n"),
        ];
        let chunked = request("POST /echo", "Transfer-Encoding: chunked\r\nConnection: close\r\n")
            + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n";
        let odd = "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n".to_owned() + &"more".repeat(100);
        Self {
            scripts: vec![
                Script::new(busy.concat()),
                Script::new(chunked),
                Script::new(odd),
                Script { ends: true, ..Script::new(request("GET /a.txt", "")) },
                Script { ends: true, ..Script::new("GET /a.txt HTTP/1.1\r\nHo") },
                Script { ends: true, ..Script::new("") },
                Script::lines("one\ntwo\nquit\nafter\n"),
                Script::lines("short\n".to_owned() + &"long".repeat(LARGE_BYTES)),
                Script { ends: true, ..Script::lines("whole\nhalf") },
            ],
            middleware: MiddlewareSettings::default(),
            folder: FolderSettings { listing: true, ..FolderSettings::default() },
        }
    }

    /// The content scenario: ranges of files, files compressed in advance and on the fly, listings as HTML
    /// and as JSON, pages in place of missing files; and, with HTTP/1.0 clients, responses delimited by the
    /// end of the connection.
    pub(super) fn forms() -> Self {
        let busy = [
            request("GET /large.bin", "Range: bytes=0-9,70000-81000,5-20\r\n"),
            request("GET /page.html", "Accept-Encoding: gzip\r\n"),
            request("GET /page.html", "Accept-Encoding: br\r\n"),
            request("GET /ready.css", "Accept-Encoding: gzip\r\n"),
            request("GET /ready.css", "Accept-Encoding: br\r\n"),
            request("GET /bare/", "Accept: text/html\r\n"),
            request("GET /bare/", "Accept: application/json\r\nAccept-Encoding: gzip\r\n"),
            request("GET /nope.png", ""),
            request("GET /app/route", "Accept: text/html\r\n"),
            request("GET /a.txt", "Range: bytes=0-1,5-6\r\nConnection: close\r\n"),
        ];
        let old =
            |path, field| Script::new(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n{field}\r\n\r\n"));
        let mut middleware = MiddlewareSettings::default();
        middleware.set_enabled(MiddlewareKind::Compression, true);
        Self {
            scripts: vec![
                Script::new(busy.concat()),
                old("/bare/", "Accept: application/json"),
                old("/page.html", "Accept-Encoding: gzip"),
            ],
            middleware,
            folder: FolderSettings {
                listing: true,
                not_found_page: true,
                single_page: true,
                ..FolderSettings::default()
            },
        }
    }
}

/// The folder of all scenarios.
pub(super) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
    write("a.txt", b"abcdefghijklmnopqrstuvwxyz");
    write("large.bin", "l".repeat(LARGE_BYTES).as_bytes());
    write("index.html", b"<p>index");
    write("404.html", b"<p>nothing here");
    write("page.html", &"<p>text\n".repeat(PAGE_BYTES / 8).into_bytes());
    let css = "a { color: red }\n".repeat(1000).into_bytes();
    write("ready.css", &css);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&css).unwrap();
    write("ready.css.gz", &gzip.finish().unwrap());
    // The server does not check the contents.
    write("ready.css.br", b"brotli");
    for (name, file) in [("dir", "dir/index.html"), ("bare", "bare/b.txt")] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        write(file, b"<p>b");
    }
    write("bare/c.txt", b"c");
    #[cfg(unix)]
    std::os::unix::fs::symlink("c.txt", folder.path().join("bare/link")).unwrap();
    folder
}
