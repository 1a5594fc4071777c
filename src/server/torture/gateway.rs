//! A gateway under torture: each call that it makes for its two legs fails in turn.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use super::{
    bench::Bench,
    check, code,
    scenario::{Scenario, Script, folder},
    statuses,
};
use crate::{
    base::faults::{
        Call,
        plan::{self, Fault, Plan},
    },
    gateway::{GatewaySettings, GroupSettings, TlsSettings},
    server::Guards,
    trace::Guard,
};

/// How long a backend waits for a request.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits for another one.
const KEPT: Duration = Duration::from_millis(40);

/// The backends of a group, and how their certificates are checked.
pub(super) struct Backends {
    pub(super) urls: Vec<String>,
    pub(super) tls: TlsSettings,
}

impl Backends {
    /// A number of backends without TLS.
    fn plain(count: usize, keeps: bool) -> Self {
        let urls = (0..count).map(|_| format!("http://{}", backend(keeps))).collect();
        Self { urls, tls: TlsSettings::default() }
    }
}

/// A backend that answers one request on each connection, or all of them if it `keeps` connections. Faults are planned
/// for the thread of the server only.
fn backend(keeps: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            if keeps {
                std::thread::spawn(move || converse(&socket, &socket, true));
            } else {
                converse(&socket, &socket, false);
            }
        }
    });
    address
}

/// Answers one request, or all of them if it `keeps` the connection. `stream` is what is inside the socket.
pub(super) fn converse(socket: &TcpStream, mut stream: impl Read + Write, keeps: bool) {
    let fields = if keeps { "" } else { "Connection: close\r\n" };
    let mut patience = PATIENCE;
    while socket.set_read_timeout(Some(patience)).is_ok() && answer(&mut stream, fields).is_some() && keeps {
        patience = KEPT;
    }
}

fn answer(socket: &mut (impl Read + Write), fields: &str) -> Option<()> {
    let (mut request, mut block) = (Vec::new(), [0; 4096]);
    let is_whole = |request: &[u8]| {
        let text = String::from_utf8_lossy(request);
        text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            if head.contains("Transfer-Encoding") {
                body.ends_with("0\r\n\r\n")
            } else {
                body.len() >= 5 * usize::from(head.contains("Content-Length"))
            }
        })
    };
    while !is_whole(&request) {
        match socket.read(&mut block).ok()? {
            0 => return None,
            len => request.extend_from_slice(&block[..len]),
        }
    }
    let body = "x".repeat(50_000);
    let head = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n", body.len());
    socket.write_all((head + &body).as_bytes()).ok()?;
    socket.flush().ok()
}

/// What the clients send, in front of backends that keep connections or do not.
fn scripts(keeps: bool) -> Vec<Script> {
    let request = |line: &str, rest: &str| format!("{line} HTTP/1.1\r\nHost: localhost\r\n{rest}");
    let requests = [
        request("GET /api/a", "Connection: close\r\n\r\n"),
        request("POST /api/b", "Connection: close\r\nContent-Length: 5\r\n\r\nhello"),
        request(
            "POST /api/c",
            "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ),
    ];
    if !keeps {
        return requests.map(Script::new).into();
    }
    // Each request after the first one finds a connection that was kept.
    let [last, _, _] = requests;
    let first = request("POST /api/b", "Content-Length: 5\r\n\r\nhello");
    vec![Script::new(first + &request("GET /api/a", "\r\n") + &last)]
}

/// Returns the statuses that each client got, and the hits of the plan.
pub(super) fn play(backends: &Backends, keeps: bool, plan: Option<Plan>) -> (Vec<String>, usize) {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    assert!(bench.listen());
    let addresses = backends.urls.iter().map(|url| url.parse().unwrap());
    let groups = vec![GroupSettings::new("app", "/api", addresses)];
    let tls = backends.tls.clone();
    bench.event_loop.set_gateway(GatewaySettings { groups, tls, ..GatewaySettings::default() });
    plan::follow(plan);
    let got = bench.serve(&scripts(keeps));
    bench.settle();
    let hits = plan::hits();
    plan::follow(None);
    assert!(bench.serve(&[Script::next()])[0].text.ends_with("abcdefghijklmnopqrstuvwxyz"));
    bench.settle();
    check(&bench.finish(), plan.is_some_and(|plan| plan.call == Call::Send));
    let status = |text: &str| {
        let bodies = text.split("HTTP/1.1 200 ").skip(1);
        let is_whole = bodies.into_iter().all(|part| part.contains(&"x".repeat(50_000)));
        format!("{}{}", statuses(text).join(" "), if is_whole { "" } else { ", cut off" })
    };
    (got.iter().map(|got| status(&got.text)).collect(), hits)
}

/// Makes each call of this kind fail in turn. At most one client gets something else than usual: one of `expected`.
pub(super) fn torture(backends: &Backends, call: Call, fault: Fault, expected: &[&str]) {
    for at in 0.. {
        let plan = Plan { call, at, times: 1, fault };
        let (got, hits) = play(backends, false, Some(plan));
        if hits == 0 {
            assert!(at > 0, "{call:?} is never called");
            break;
        }
        let hurt: Vec<_> = got.iter().filter(|status| *status != "200").collect();
        assert!(hurt.len() <= 1, "{plan:?}: {got:?}");
        assert!(hurt.iter().all(|status| expected.contains(&&***status)), "{plan:?}: {got:?}");
    }
}

#[test]
fn a_gateway_that_nothing_happens_to_answers() {
    assert_eq!(play(&Backends::plain(1, false), false, None).0, ["200", "200", "200"]);
    assert_eq!(play(&Backends::plain(1, true), true, None).0, ["200 200 200"]);
}

/// Makes each call of this kind fail in turn, with connections that are kept. Returns what the client got that was not
/// the usual.
pub(super) fn torture_kept(backends: &Backends, call: Call, fault: Fault) -> BTreeSet<String> {
    let mut others = BTreeSet::new();
    for at in 0.. {
        let (got, hits) = play(backends, true, Some(Plan { call, at, times: 1, fault }));
        if hits == 0 {
            assert!(at > 0, "{call:?} is never called");
            break;
        }
        others.extend(got.into_iter().filter(|got| got != "200 200 200"));
    }
    others
}

/// Two backends.
fn two(keeps: bool) -> Backends {
    Backends::plain(2, keeps)
}

#[test]
fn what_is_repeated_or_falls_short_hurts_nobody() {
    torture(&two(false), Call::Poll, code(libc::EINTR), &[]);
    for call in [Call::Read, Call::Write] {
        torture(&two(false), call, code(libc::EINTR), &[]);
        assert!(torture_kept(&two(true), call, code(libc::EINTR)).is_empty(), "{call:?}");
    }
    for call in [Call::Read, Call::Write] {
        let plan = Plan { call, at: 0, times: usize::MAX, fault: Fault::Short(997) };
        assert_eq!(play(&Backends::plain(1, false), false, Some(plan)).0, ["200", "200", "200"]);
        assert_eq!(play(&Backends::plain(1, true), true, Some(plan)).0, ["200 200 200"]);
    }
    torture(&two(false), Call::Send, code(libc::EAGAIN), &[]);
}

/// What a client may get where a connection fails that was kept: a request that may be repeated is; else the client is
/// told, or its own connection has failed.
pub(super) fn may_come(got: &str) -> bool {
    let statuses = got.trim_end_matches(", cut off").split(' ');
    statuses.into_iter().all(|status| matches!(status, "" | "200" | "502"))
}

#[test]
fn a_kept_connection_that_fails_is_no_answer_to_the_next_request() {
    for (call, error) in [
        (Call::Connect, libc::ECONNREFUSED),
        (Call::Read, libc::ECONNRESET),
        (Call::Write, libc::EPIPE),
        (Call::Shutdown, libc::ENOTCONN),
        (Call::Register, libc::ENOSPC),
    ] {
        let others = torture_kept(&two(true), call, code(error));
        assert!(others.iter().all(|got| may_come(got)), "{call:?}: {others:?}");
        assert!(call != Call::Connect || others.is_empty(), "{others:?}");
    }
}

#[test]
fn a_connection_to_a_backend_that_cannot_be_made_is_made_to_another() {
    torture(&two(false), Call::Connect, code(libc::ECONNREFUSED), &[]);
    torture(&two(false), Call::Connect, code(libc::ENETUNREACH), &[]);
    torture(&two(false), Call::Connect, code(libc::EMFILE), &[]);
    torture(&two(false), Call::Prepare, code(libc::EINVAL), &[]);
}

#[test]
fn a_connection_to_a_backend_that_cannot_be_watched_is_made_to_another() {
    // A client that cannot be watched gets nothing.
    torture(&two(false), Call::Register, code(libc::ENOSPC), &[""]);
}

#[test]
fn a_leg_that_fails_takes_the_other_one_along() {
    torture(&two(false), Call::Read, code(libc::ECONNRESET), &["", "502", "200, cut off"]);
    torture(&two(false), Call::Write, code(libc::EPIPE), &["", "502", "200, cut off"]);
    torture(&two(false), Call::Shutdown, code(libc::ENOTCONN), &[]);
}

#[test]
fn each_address_of_a_name_is_tried_in_turn() {
    let good = backend(false);
    let there = good.ip();
    // Nothing listens at the others.
    let nowhere = [[127, 0, 0, 2], [127, 0, 0, 3]].map(IpAddr::from);
    let all = [nowhere[0], nowhere[1], there];
    for (addresses, status) in [(&[there][..], "200"), (&all, "200"), (&nowhere, "502"), (&[], "502")] {
        let folder = folder();
        let mut bench = Bench::new(folder.path(), &Scenario::protocol());
        assert!(bench.listen());
        bench.event_loop.resolver.know("many.invalid", Some(addresses));
        let address = format!("http://many.invalid:{}", good.port()).parse().unwrap();
        let groups = vec![GroupSettings::new("app", "/api", [address])];
        bench.event_loop.set_gateway(GatewaySettings { groups, ..GatewaySettings::default() });
        let got = bench.serve(&scripts(false));
        bench.settle();
        for got in got {
            assert_eq!(statuses(&got.text).join(" "), status, "{addresses:?}: {}", got.text);
        }
    }
}

#[test]
fn a_name_that_the_system_never_answers_for_is_given_up_in_time() {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    assert!(bench.listen());
    bench.guard(Guards::default().with(Guard::ConnectTimeout, 50));
    bench.event_loop.resolver.know("slow.invalid", None);
    let mut group = GroupSettings::new("app", "/api", ["http://slow.invalid:1".parse().unwrap()]);
    let mut set = |group: &GroupSettings| {
        let groups = vec![group.clone()];
        bench.event_loop.set_gateway(GatewaySettings { groups, ..GatewaySettings::default() });
        let got = bench.serve(&scripts(false)[..1]).remove(0).text;
        bench.settle();
        got
    };
    let text = set(&group);
    assert!(text.starts_with("HTTP/1.1 504 "), "{text}");
    assert!(text.contains("no answer for the name slow.invalid within 50 ms"), "{text}");
    group.add(format!("http://{}", backend(false)).parse().unwrap());
    assert!(set(&group).starts_with("HTTP/1.1 200 "));
}
