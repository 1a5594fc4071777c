//! WebSocket under torture: each call that the server makes for an echo, and for a tunnel of the gateway, fails in turn.

use crate::{
    base::faults::{
        Call,
        plan::{self, Fault, Plan},
    },
    gateway::{GatewaySettings, GroupSettings},
    server::{Handle, Settings},
    trace::{CloseReason, EventKind},
};

use super::{
    bench::{Bench, descriptors},
    check, code,
    scenario::{Scenario, Script, folder},
};

/// What a client gets to whom nothing happens, after the head of the 101.
const USUAL: &str = "\r\n\r\n\u{81}\u{2}hi\u{8A}\u{0}\u{82}\u{0}\u{88}\u{0}";

/// Clients that send a text message in two fragments with a ping between them, an empty binary one, and a close frame.
fn scripts(path: &str) -> Vec<Script> {
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let whole = b"\x81\x82\0\0\0\0hi\x89\x80\0\0\0\0\x82\x80\0\0\0\0\x88\x80\0\0\0\0";
    (0..3).map(|_| Script::new([head.as_bytes(), whole].concat())).collect()
}

/// Plays the clients, through a gateway if there is a backend. Returns what each of them got, and the hits of the plan.
fn play(backend: Option<&Handle>, plan: Option<Plan>) -> (Vec<String>, usize) {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    assert!(bench.listen());
    if let Some(backend) = backend {
        let address = format!("http://{}/", backend.address().unwrap()).parse().unwrap();
        let groups = vec![GroupSettings::new("app", "/app", [address])];
        bench.event_loop.set_gateway(GatewaySettings { groups, ..GatewaySettings::default() });
    }
    plan::follow(plan);
    let got = bench.serve(&scripts(if backend.is_some() { "/app/ws/echo" } else { "/ws/echo" }));
    let hits = plan::hits();
    plan::follow(None);
    bench.settle();
    assert!(bench.serve(&[Script::next()])[0].text.ends_with("abcdefghijklmnopqrstuvwxyz"));
    bench.settle();
    assert_eq!(descriptors(bench.address.port(), folder.path()), Vec::<String>::new(), "left open");
    let events = bench.finish();
    check(&events, plan.is_some_and(|plan| plan.call == Call::Send));
    let is_reported = |event: &crate::trace::Event| {
        matches!(
            event.kind,
            EventKind::Closed(CloseReason::Failed | CloseReason::Reset | CloseReason::ClientEarly)
                | EventKind::NoteAdded(_)
                | EventKind::ServerMessage(..)
        )
    };
    let got: Vec<String> = got.into_iter().map(|got| got.text).collect();
    let is_usual = |text: &String| text.starts_with("HTTP/1.1 101 ") && text.ends_with(USUAL);
    if !got.iter().all(is_usual) {
        assert!(events.iter().any(is_reported), "silent about {got:?}");
    }
    (got, hits)
}

/// Makes each call of this kind fail in turn. At most `most` clients get something else than usual.
fn torture(call: Call, fault: Fault, most: usize) {
    let other = Handle::start(Settings { port: 0, ..Settings::default() }, None).unwrap();
    for backend in [None, Some(&other)] {
        for at in 0.. {
            let plan = Plan { call, at, times: 1, fault };
            let (got, hits) = play(backend, Some(plan));
            if hits == 0 {
                assert!(at > 0 || backend.is_none(), "{call:?} is never called");
                break;
            }
            let hurt: Vec<&String> = got.iter().filter(|text| !text.ends_with(USUAL)).collect();
            assert!(hurt.len() <= most, "{plan:?}: {got:?}");
            // Nothing that was cut off goes on with something else.
            let is_cut = |text: &&String| {
                let frames = text.split_once("\r\n\r\n").map_or("", |(_, frames)| frames);
                text.starts_with("HTTP/1.1 502 ") || USUAL[4..].starts_with(frames)
            };
            assert!(hurt.iter().all(is_cut), "{plan:?}: {hurt:?}");
        }
    }
}

#[test]
fn an_echo_and_a_tunnel_that_nothing_happens_to() {
    let other = Handle::start(Settings { port: 0, ..Settings::default() }, None).unwrap();
    for backend in [None, Some(&other)] {
        let (got, _) = play(backend, None);
        assert!(got.iter().all(|text| text.ends_with(USUAL)), "{got:?}");
    }
}

#[test]
fn what_is_repeated_or_falls_short_hurts_no_frame() {
    torture(Call::Poll, code(libc::EINTR), 0);
    for call in [Call::Read, Call::Write] {
        torture(call, code(libc::EINTR), 0);
    }
    let other = Handle::start(Settings { port: 0, ..Settings::default() }, None).unwrap();
    for call in [Call::Read, Call::Write] {
        for backend in [None, Some(&other)] {
            let plan = Plan { call, at: 0, times: usize::MAX, fault: Fault::Short(3) };
            let (got, _) = play(backend, Some(plan));
            assert!(got.iter().all(|text| text.ends_with(USUAL)), "{call:?}: {got:?}");
        }
    }
    torture(Call::Send, code(libc::EAGAIN), 0);
}

#[test]
fn a_connection_that_fails_takes_one_client_with_it() {
    torture(Call::Read, code(libc::ECONNRESET), 1);
    torture(Call::Write, code(libc::EPIPE), 1);
    torture(Call::Shutdown, code(libc::ENOTCONN), 1);
    torture(Call::Register, code(libc::ENOSPC), 1);
}
