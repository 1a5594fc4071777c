//! A gateway under torture: each call that it makes for its two legs fails in turn.

use std::{
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
    gateway::{GatewaySettings, GroupSettings},
    server::Guards,
    trace::Guard,
};

/// A backend that answers one request on each connection. Faults are planned for the thread of the server only.
fn backend() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            answer(socket);
        }
    });
    address
}

fn answer(mut socket: TcpStream) -> Option<()> {
    socket.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
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
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    socket.write_all((head + &body).as_bytes()).ok()
}

fn scripts() -> Vec<Script> {
    let request = |line: &str, rest: &str| {
        Script::new(format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{rest}"))
    };
    vec![
        request("GET /api/a", "\r\n"),
        request("POST /api/b", "Content-Length: 5\r\n\r\nhello"),
        request("POST /api/c", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    ]
}

/// Returns the status that each client got, and the hits of the plan.
fn play(backends: &[SocketAddr], plan: Option<Plan>) -> (Vec<String>, usize) {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    assert!(bench.listen());
    let addresses = backends.iter().map(|backend| format!("http://{backend}").parse().unwrap());
    let groups = vec![GroupSettings::new("app", "/api", addresses)];
    bench.event_loop.set_gateway(GatewaySettings { groups, ..GatewaySettings::default() });
    plan::follow(plan);
    let got = bench.serve(&scripts());
    bench.settle();
    let hits = plan::hits();
    plan::follow(None);
    assert!(bench.serve(&[Script::next()])[0].text.ends_with("abcdefghijklmnopqrstuvwxyz"));
    bench.settle();
    check(&bench.finish(), false);
    let status = |text: &str| {
        let is_whole = !text.starts_with("HTTP/1.1 200 ") || text.ends_with(&"x".repeat(50_000));
        format!("{}{}", statuses(text).join(" "), if is_whole { "" } else { ", cut off" })
    };
    (got.iter().map(|got| status(&got.text)).collect(), hits)
}

/// Makes each call of this kind fail in turn. At most one client gets something else than usual.
fn torture(call: Call, fault: Fault, expected: &[&str]) {
    let backends = [backend(), backend()];
    for at in 0.. {
        let plan = Plan { call, at, times: 1, fault };
        let (got, hits) = play(&backends, Some(plan));
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
    assert_eq!(play(&[backend()], None).0, ["200", "200", "200"]);
}

#[test]
fn a_connection_to_a_backend_that_cannot_be_made_is_made_to_another() {
    torture(Call::Connect, code(libc::ECONNREFUSED), &[]);
    torture(Call::Connect, code(libc::ENETUNREACH), &[]);
    torture(Call::Connect, code(libc::EMFILE), &[]);
    torture(Call::Prepare, code(libc::EINVAL), &[]);
}

#[test]
fn a_connection_to_a_backend_that_cannot_be_watched_is_made_to_another() {
    // A client that cannot be watched gets nothing.
    torture(Call::Register, code(libc::ENOSPC), &[""]);
}

#[test]
fn a_leg_that_fails_takes_the_other_one_along() {
    torture(Call::Read, code(libc::ECONNRESET), &["", "502", "200, cut off"]);
    torture(Call::Write, code(libc::EPIPE), &["", "502", "200, cut off"]);
    torture(Call::Shutdown, code(libc::ENOTCONN), &[]);
}

#[test]
fn each_address_of_a_name_is_tried_in_turn() {
    let good = backend();
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
        let got = bench.serve(&scripts());
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
        let got = bench.serve(&scripts()[..1]).remove(0).text;
        bench.settle();
        got
    };
    let text = set(&group);
    assert!(text.starts_with("HTTP/1.1 504 "), "{text}");
    assert!(text.contains("no answer for the name slow.invalid within 50 ms"), "{text}");
    group.add(format!("http://{}", backend()).parse().unwrap());
    assert!(set(&group).starts_with("HTTP/1.1 200 "));
}
