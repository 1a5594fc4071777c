//! The folder that the rows are about, and the servers that serve it, each with its capture.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, SystemTime},
};

use byteglass::{
    capture::Capture,
    explain::{Facts, notes::Note},
    gateway::{GatewaySettings, GroupSettings},
    server::{Guards, Handle, Settings, SiteChoice},
    service::{FieldRule, MiddlewareKind, TroubleRule},
    testing::Bell,
    trace::{self, Cause},
};

/// 2 January 2024, 03:04:05 UTC, in seconds since 1970.
const MODIFIED: u64 = 1_704_164_645;

/// The content of `/big.html`.
pub(super) fn big() -> String {
    format!("<!doctype html>{}\n", "<p>hello compressible world</p>\n".repeat(2000))
}

/// Fills a folder.
pub(super) fn fill(root: &Path, outside: &Path) {
    let write = |name: &str, content: &[u8]| fs::write(root.join(name), content).unwrap();
    fs::create_dir_all(root.join("dir")).unwrap();
    fs::create_dir_all(root.join("bare")).unwrap();
    fs::write(outside.join("passwd"), "root:x:0:0\n").unwrap();
    write("index.html", b"<!doctype html><title>ok</title>ok\n");
    write("dir/index.html", b"<!doctype html><title>ok</title>ok\n");
    write("bare/b.txt", b"x\n");
    write("a.txt", b"abcdefghijklmnopqrstuvwxyz");
    write("empty.txt", b"");
    for name in ["a+b.txt", "with space.txt", "\u{20ac}.txt", "unknown.zzz", ".hidden"] {
        write(name, b"x\n");
    }
    write("big.html", big().as_bytes());
    fs::File::create(root.join("sparse5g.bin")).unwrap().set_len(5 << 30).unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(MODIFIED);
    for name in ["a.txt", "big.html"] {
        fs::File::options().write(true).open(root.join(name)).unwrap().set_modified(modified).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(outside.join("passwd"), root.join("link-out")).unwrap();
        symlink(outside, root.join("dirlink-out")).unwrap();
        symlink("a.txt", root.join("link-in")).unwrap();
    }
}

/// What the servers of a file of rows have on that is off otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Nothing,
    Compression,
    /// No leniency.
    Strict,
    /// [`FIELDS`].
    Fields,
    /// [`TROUBLE`].
    Trouble,
}

/// The rules of the middleware Fields, for `fields.tsv`.
const FIELDS: [&str; 9] = [
    "response set Cache-Control: no-store where path=/a.txt*",
    "response add X-Two: 1 where path=/a.txt",
    "response add X-Two: 2 where path=/a.txt",
    "response remove Last-Modified where path=/a.txt?undated method=GET",
    "response set X-Html: yes where type~html status=200",
    "response set X-Error: yes where status>=400",
    "request set Range: bytes=0-1 where path=/a.txt?part",
    "request remove If-None-Match where path=/a.txt?fresh",
    "request remove Sec-Fetch-Site where path=/a.txt?in",
];
/// The rules of the middleware Trouble, for `trouble.tsv`.
const TROUBLE: [&str; 9] = [
    "response 502 where path=/a.txt?502",
    "request 502 where path=/nobody-is-asked",
    "response cut 10 where path=/a.txt?cut",
    "response cut where path=/a.txt?none",
    "response half-close 10 where path=/a.txt?half",
    "response length +10 where path=/a.txt?longer",
    "response latency 120ms where path=/a.txt?late",
    "response rate 1k where path=/a.txt?slow",
    "response cut 4k where path=/a.txt?far",
];

impl On {
    fn settings(self) -> Settings {
        let mut settings = Settings { is_strict: self == Self::Strict, ..Settings::default() };
        let middleware = &mut settings.middleware;
        match self {
            Self::Nothing | Self::Strict => {}
            Self::Compression => middleware.set_enabled(MiddlewareKind::Compression, true),
            Self::Fields => {
                middleware.set_enabled(MiddlewareKind::Fields, true);
                middleware.fields.isolates = true;
                let rule = |rule: &str| rule.parse::<FieldRule>().unwrap().into();
                middleware.fields.rules = FIELDS.into_iter().map(rule).collect();
            }
            Self::Trouble => {
                middleware.set_enabled(MiddlewareKind::Trouble, true);
                let rule = |rule: &str| rule.parse::<TroubleRule>().unwrap().into();
                middleware.trouble.rules = TROUBLE.into_iter().map(rule).collect();
            }
        }
        settings
    }
}

/// A server and what it captured.
pub(super) struct Server {
    handle: Handle,
    capture: Capture,
    bell: Bell,
}

impl Server {
    pub(super) fn start(folder: &Path, guards: Guards, on: On) -> Self {
        let site = SiteChoice::Folder(folder.to_owned());
        Self::with(Settings { site, guards, ..on.settings() })
    }

    /// A gateway in front of another server.
    pub(super) fn in_front_of(backend: SocketAddr, guards: Guards, is_strict: bool) -> Self {
        let group = GroupSettings::new("back", "/", [format!("http://{backend}").parse().unwrap()]);
        let gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
        Self::with(Settings { gateway, guards, is_strict, ..Settings::default() })
    }

    fn with(mut settings: Settings) -> Self {
        settings.port = 0;
        let (sender, events) = trace::channel(1 << 30);
        let handle = Handle::start(settings, Some(sender)).unwrap();
        let bell = Bell::default();
        let capture = Capture::record(events, 1 << 30, bell.waker()).unwrap();
        Self { handle, capture, bell }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.handle.address().unwrap()
    }

    /// The first refusal on the connection from `port`, once that is closed: the number of its exchange on
    /// the connection, and the note. `None`: nothing was refused.
    pub(super) fn refusal(&self, port: u16) -> Option<(u64, Cause, Note)> {
        let exchanges = self.bell.wait_until(|| {
            self.capture.read(|store| {
                let mut connections = store.connections();
                let of_port = |peer: SocketAddr| peer.port() == port;
                let connection = connections.find(|connection| connection.peer.is_some_and(of_port))?;
                connection.closed?;
                Some(connection.exchanges.iter().copied().collect::<Vec<_>>())
            })
        });
        exchanges.into_iter().find_map(|id| {
            let detail = self.capture.read(|store| store.detail(id))?;
            let cause = detail.exchange.refusal?;
            let number = detail.exchange.number;
            let note = Facts::new(detail).notes.into_iter().find(|note| note.cause() == Some(cause));
            Some((number, cause, note.unwrap_or_else(|| panic!("{cause:?} has no note"))))
        })
    }
}
