//! Torture: runs the event loop and the folder with each fallible call made to fail in turn.
//!
//! One thread plays both sides (`bench`): the loop takes a turn, then the clients send and receive. A
//! `scenario` is played once without failures; then, for each kind of call and each kind of failure, once for
//! every such call that the scenario makes. Each time:
//!
//! - nothing panics, every connection ends, and at most one client receives something else than usual;
//! - a response is valid as far as it goes, and never looks complete when it is not;
//! - if a client receives something else, the trace contains the reason;
//! - the next client is served as usual;
//! - nothing is left behind: no connection, slot, pooled byte, compressor or descriptor;
//! - in the trace, every opened connection is closed and every exchange is complete or aborted.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod disk;
mod gateway;
mod many;
mod scenario;
mod secure;
mod trouble;
mod websocket;

use std::{collections::BTreeMap, path::Path};

use crate::{
    base::{
        faults::{
            Call,
            plan::{self, Fault, Plan},
        },
        stream::Leg,
    },
    trace::{CloseReason, Event, EventKind, Guard, Stage},
};

use super::{Guards, listener::HANDS_NODELAY_DOWN};
use bench::{Bench, Received, TURN, descriptors};
use scenario::{LARGE_BYTES, Scenario, Script, folder};

/// Result of playing a scenario.
struct Outcome {
    got: Vec<Received>,
    next: String,
    messages: BTreeMap<String, usize>,
    hits: usize,
}

fn play(folder: &Path, scenario: &Scenario, plan: Option<Plan>) -> Outcome {
    let mut bench = Bench::new(folder, scenario);
    assert!(bench.listen());
    plan::follow(plan);
    let got = bench.serve(&scenario.scripts);
    bench.settle();
    let hits = plan::hits();
    plan::follow(None);
    let next = bench.serve(&[Script::next()]).remove(0).text;
    bench.settle();
    for address in [bench.address, bench.lines] {
        assert_eq!(descriptors(address.port(), folder), Vec::<String>::new(), "left open");
    }
    let events = bench.finish();
    let lost = plan.is_some_and(|plan| plan.call == Call::Send);
    check(&events, lost);
    Outcome { got, next, messages: messages(&events), hits }
}

/// Verifies that every connection is closed and every exchange ended. `lost`: the trace reports that it is
/// incomplete.
fn check(events: &[Event], lost: bool) {
    let (mut open, mut begun) = (BTreeMap::new(), BTreeMap::new());
    for event in events {
        match &event.kind {
            EventKind::Opened(_) => *open.entry(event.conn).or_insert(0) += 1,
            EventKind::Closed(_) => *open.entry(event.conn).or_insert(0) -= 1,
            EventKind::MessageStarted { leg: Leg::Client, .. } => {
                *begun.entry(event.exchange).or_insert(0) += 1;
            }
            EventKind::Stage(Stage::ResponseSent { .. } | Stage::Aborted) => {
                *begun.entry(event.exchange).or_insert(0) -= 1;
            }
            _ => {}
        }
    }
    assert!(open.values().all(|count| *count == 0), "opened and closed: {open:?}");
    assert!(lost || begun.values().all(|count| *count == 0), "begun and over: {begun:?}");
}

/// The trace's messages on failures, and the number of occurrences of each.
fn messages(events: &[Event]) -> BTreeMap<String, usize> {
    let mut messages = BTreeMap::new();
    for event in events {
        let message = match &event.kind {
            EventKind::ServerMessage(_, text) => text.to_string(),
            EventKind::NoteAdded(note) => format!("{:?}", note.kind),
            EventKind::Stage(Stage::ResponseHead { refusal: Some(cause), .. }) => cause.key().to_owned(),
            EventKind::Closed(
                reason @ (CloseReason::Failed
                | CloseReason::Refused
                | CloseReason::Unreachable
                | CloseReason::Insecure
                | CloseReason::Malformed
                | CloseReason::Reset
                | CloseReason::FileBroke),
            ) => {
                format!("{reason:?}")
            }
            EventKind::Omitted { .. } => "Omitted".to_owned(),
            // The result of the last route: `folder dir/, listed` if the index was not readable.
            EventKind::RoutesTried(attempts) => match attempts.last() {
                Some(attempt) => attempt.summary.words().into_owned(),
                None => continue,
            },
            _ => continue,
        };
        *messages.entry(message).or_insert(0) += 1;
    }
    messages
}

/// The effect that a fault may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// No effect: the call is repeated, or its failure does not matter.
    None,
    /// No effect on clients, but the trace reports the failure.
    Reported,
    /// One client receives something else; the trace contains the reason.
    OneClient,
    /// One client receives something else, because something no longer exists, which is not a failure.
    Vanished,
}

/// Makes each call of this kind fail in turn, in all scenarios.
fn torture(call: Call, fault: Fault, effect: Effect) {
    let folder = folder();
    let mut runs = 0;
    for scenario in [Scenario::protocol(), Scenario::forms()] {
        let usual = play(folder.path(), &scenario, None);
        for at in 0.. {
            let plan = Plan { call, at, times: 1, fault };
            let outcome = play(folder.path(), &scenario, Some(plan));
            if outcome.hits == 0 {
                break;
            }
            runs += 1;
            judge(plan, effect, &usual, &outcome);
        }
    }
    assert!(runs > 0, "{call:?} is never called");
    println!("torture: {call:?} {fault:?}: {runs} calls, each failed in turn");
}

/// Makes the first `times` calls of this kind fall short or fail, in all scenarios.
fn torture_all(call: Call, fault: Fault, times: usize, effect: Effect) {
    let folder = folder();
    for scenario in [Scenario::protocol(), Scenario::forms()] {
        let usual = play(folder.path(), &scenario, None);
        let plan = Plan { call, at: 0, times, fault };
        let outcome = play(folder.path(), &scenario, Some(plan));
        assert!(outcome.hits > 1, "{call:?} is hit {} times", outcome.hits);
        judge(plan, effect, &usual, &outcome);
        println!("torture: {call:?} {fault:?}: {} calls in one run", outcome.hits);
    }
}

fn judge(plan: Plan, effect: Effect, usual: &Outcome, outcome: &Outcome) {
    assert_eq!(outcome.next, usual.next, "{plan:?}: the next client");
    let pairs = usual.got.iter().zip(&outcome.got);
    let hurt: Vec<_> =
        pairs.enumerate().filter_map(|(at, (usual, got))| difference(at, usual, got)).collect();
    let reported = outcome
        .messages
        .iter()
        .any(|(message, count)| usual.messages.get(message).is_none_or(|usual| count > usual));
    match effect {
        Effect::None => assert!(hurt.is_empty(), "{plan:?}: {hurt:?}"),
        Effect::Reported => {
            assert!(hurt.is_empty() && reported, "{plan:?}: {hurt:?}, {:?}", outcome.messages);
        }
        Effect::OneClient => {
            assert!(hurt.len() <= 1, "{plan:?}: {hurt:?}");
            assert!(hurt.is_empty() || reported, "{plan:?}: silent about {hurt:?}");
        }
        Effect::Vanished => assert!(hurt.len() <= 1, "{plan:?}: {hurt:?}"),
    }
    for (usual, got) in usual.got.iter().zip(&outcome.got) {
        // Without a length and without chunks only a reset shows that something is missing.
        let ends_with_connection = usual.text.contains("\r\nConnection: close\r\n")
            && !usual.text.contains("\r\nContent-Length: ")
            && !usual.text.contains("\r\nTransfer-Encoding: ");
        let looks_complete = got.text.starts_with("HTTP/1.1 200 ") && !got.was_reset;
        let says_so = got.text.contains("\"complete\":false") || effect == Effect::Vanished;
        assert!(
            !ends_with_connection || !looks_complete || says_so || got.text == usual.text,
            "{plan:?}: it looks complete, and is not"
        );
    }
}

/// The first difference between what a client received and what it usually receives. `None`: no difference.
fn difference(client: usize, usual: &Received, got: &Received) -> Option<String> {
    if usual.was_reset != got.was_reset {
        return Some(format!("client {client} was reset: {}", got.was_reset));
    }
    let (mut usual, mut got) = (usual.text.lines(), got.text.lines());
    let cut = |line: Option<&str>| line.map(|line| line.chars().take(60).collect::<String>());
    loop {
        match (usual.next(), got.next()) {
            (None, None) => return None,
            (one, other) if one == other => {}
            (one, other) => {
                return Some(format!("client {client} got {:?}, not {:?}", cut(other), cut(one)));
            }
        }
    }
}

const fn code(code: i32) -> Fault {
    Fault::Code(code)
}

#[test]
fn the_scenario_is_what_it_should_be() {
    let folder = folder();
    let usual = play(folder.path(), &Scenario::protocol(), None);
    let text = |at: usize| &*usual.got[at].text;
    let counts = |usual: &Outcome| usual.got.iter().map(|got| statuses(&got.text).len()).collect::<Vec<_>>();
    assert_eq!(counts(&usual), [11, 1, 1, 1, 1, 0, 0, 0, 0]);
    assert_eq!(text(6), "Echo: one\nEcho: two\nBye.\n");
    assert!(text(7).starts_with("Echo: short\nError: The message is longer than this server allows."));
    assert!(text(8).starts_with("Echo: whole\nError: "));
    assert!(text(0).ends_with(&"l".repeat(LARGE_BYTES)));
    assert!(text(1).ends_with("hello world"));
    assert!(text(2).starts_with("HTTP/1.1 400 "));
    assert!(text(4).starts_with("HTTP/1.1 400 "));
    assert!(usual.next.ends_with("abcdefghijklmnopqrstuvwxyz"));

    let usual = play(folder.path(), &Scenario::forms(), None);
    let busy = &*usual.got[0].text;
    assert_eq!(statuses(busy), ["206", "200", "200", "200", "200", "200", "200", "404", "200", "206"]);
    assert_eq!(busy.matches("Content-Type: multipart/byteranges; boundary=BOUNDARY\r\n").count(), 2);
    let coded = |coding| busy.matches(&format!("Content-Encoding: {coding}\r\n")).count();
    assert_eq!((coded("gzip"), coded("br")), (3, 2));
    assert!(
        busy.contains("<h1>/bare/</h1>") && busy.contains("<p>nothing here") && busy.contains("<p>index")
    );
    for (at, what) in [(1, "\"complete\":true"), (2, "Content-Encoding: gzip")] {
        let got = &*usual.got[at].text;
        assert!(got.contains(what) && !got.contains("Content-Length") && !got.contains("chunked"), "{got}");
    }
    assert!(usual.got.iter().all(|got| !got.was_reset));
}

/// The status of each response.
fn statuses(got: &str) -> Vec<&str> {
    got.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.get(..3)).collect()
}

#[test]
fn waiting_fails() {
    torture(Call::Poll, code(libc::EINTR), Effect::None);
    torture(Call::Poll, code(libc::EBADF), Effect::Reported);
    torture_all(Call::Poll, code(libc::EBADF), 15, Effect::Reported);
}

#[test]
fn waiting_fails_for_good() {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    plan::follow(Some(Plan { call: Call::Poll, at: 0, times: usize::MAX, fault: code(libc::EBADF) }));
    let turns = (1..100).find(|_| !bench.event_loop.take_turn(&mut bench.events, Some(TURN)));
    plan::follow(None);
    assert_eq!(turns, Some(16));
}

#[test]
fn accepting_fails() {
    torture(Call::Accept, code(libc::EINTR), Effect::None);
    torture(Call::Accept, code(libc::ECONNABORTED), Effect::None);
    torture(Call::Accept, code(libc::EMFILE), Effect::Reported);
    torture_all(Call::Accept, code(libc::ENFILE), 3, Effect::Reported);
    if !HANDS_NODELAY_DOWN {
        torture(Call::Prepare, code(libc::EINVAL), Effect::None);
    }
}

#[test]
fn a_listener_that_cannot_be_set_up_serves_all_the_same() {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    plan::follow(Some(Plan { call: Call::Prepare, at: 0, times: 1, fault: code(libc::EINVAL) }));
    assert!(bench.listen() && (plan::hits() == 1 || !HANDS_NODELAY_DOWN));
    plan::follow(None);
    assert!(bench.serve(&[Script::next()])[0].text.starts_with("HTTP/1.1 200 "));
}

#[test]
fn watching_fails() {
    torture(Call::Register, code(libc::ENOSPC), Effect::OneClient);
}

#[test]
fn a_listener_that_cannot_be_let_go_makes_room_for_another() {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    assert!(bench.listen());
    plan::follow(Some(Plan { call: Call::Deregister, at: 0, times: 1, fault: code(libc::ENOENT) }));
    assert!(bench.listen() && plan::hits() == 1, "the first was to be let go");
    assert!(bench.serve(&[Script::next()])[0].text.starts_with("HTTP/1.1 200 "));
    plan::follow(None);
}

#[test]
fn a_listener_that_cannot_be_watched_is_announced_and_another_can_be() {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    plan::follow(Some(Plan { call: Call::Register, at: 0, times: 1, fault: code(libc::ENOMEM) }));
    assert!(!bench.listen());
    assert!(bench.listen());
    assert!(bench.serve(&[Script::next()])[0].text.starts_with("HTTP/1.1 200 "));
    assert!(messages(&bench.finish()).keys().any(|message| message.starts_with("cannot listen at ")));
}

#[test]
fn receiving_fails() {
    torture(Call::Read, code(libc::EINTR), Effect::None);
    torture(Call::Read, code(libc::ECONNRESET), Effect::OneClient);
    torture(Call::Read, code(libc::EIO), Effect::OneClient);
    torture_all(Call::Read, Fault::Short(1), usize::MAX, Effect::None);
}

#[test]
fn sending_fails() {
    torture(Call::Write, code(libc::EINTR), Effect::None);
    torture(Call::Write, code(libc::EPIPE), Effect::OneClient);
    torture(Call::Write, code(libc::ENOBUFS), Effect::OneClient);
    torture_all(Call::Write, Fault::Short(1), usize::MAX, Effect::None);
    torture(Call::Shutdown, code(libc::ENOTCONN), Effect::OneClient);
}

#[test]
fn a_socket_that_does_not_say_that_it_takes_more_is_asked_before_its_client_is_given_up() {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    bench.guard(Guards::default().with(Guard::WriteTimeout, 20));
    assert!(bench.listen());
    // The socket is not full, so the system will not report it as writable.
    plan::follow(Some(Plan { call: Call::Write, at: 0, times: 1, fault: code(libc::EAGAIN) }));
    let got = bench.serve(&[Script::next()]).remove(0);
    plan::follow(None);
    assert!(got.text.ends_with("abcdefghijklmnopqrstuvwxyz"), "{}", got.text);
}

#[test]
fn the_folder_fails() {
    for error in [libc::EIO, libc::EACCES] {
        torture(Call::Stat, code(error), Effect::OneClient);
    }
    for error in [libc::EIO, libc::EMFILE] {
        torture(Call::Open, code(error), Effect::OneClient);
    }
    torture(Call::Stat, code(libc::ENOENT), Effect::Vanished);
    torture(Call::Open, code(libc::ENOENT), Effect::Vanished);
    torture(Call::List, code(libc::EIO), Effect::OneClient);
    torture(Call::List, code(libc::EINTR), Effect::None);
}

#[test]
fn a_file_fails_while_it_is_read() {
    torture(Call::FileRead, code(libc::EINTR), Effect::None);
    torture(Call::FileRead, code(libc::EIO), Effect::OneClient);
    torture(Call::FileRead, Fault::Short(0), Effect::OneClient);
    torture_all(Call::FileRead, Fault::Short(1), usize::MAX, Effect::None);
}

#[test]
fn the_trace_has_no_room() {
    torture(Call::Send, code(libc::EAGAIN), Effect::Reported);
    torture_all(Call::Send, code(libc::EAGAIN), usize::MAX, Effect::Reported);
}
