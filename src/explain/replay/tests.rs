//! Tests of going through messages.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::sync::Arc;

use super::*;
use crate::{
    base::stream::ExchangeId,
    http::{Framing, Rule},
    store::Store,
    testing::script::{MS, Script, response},
    trace::Cause,
};

const ECHO: &[u8] = b"POST /api/echo HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 31\r\nX-Trace: a1b2c3\r\n\r\n{\"message\":\"hello, byteglass\"}\n";
/// Ends of the first two reads: in a field name, and after a line.
const SPLITS: [usize; 2] = [SPLIT, 67];
const SPLIT: usize = 32;

fn of(script: &mut Script, id: ExchangeId, side: Side) -> Replay {
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    let facts = Arc::new(Facts::new(store.detail(id).unwrap()));
    let limits = [(Guard::HeadBytes, 65_536), (Guard::HeadTimeout, 10_000), (Guard::TargetBytes, 8_192)];
    Replay::new(&facts, None, side, Limits::new(limits)).unwrap()
}

/// A request in three reads, 120 ms after each other.
fn echo(side: Side) -> Replay {
    let mut script = Script::default();
    script.open(1);
    script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"hello"));
    let offset = script.wait(MS).read(1, &ECHO[..SPLITS[0]]);
    script.wait(120 * MS).read(1, &ECHO[SPLITS[0]..SPLITS[1]]);
    script.wait(120 * MS).read(1, &ECHO[SPLITS[1]..]);
    let id = script.request(1, offset, ECHO, Framing::Length(31));
    script.wait(MS).respond(1, id, &response(b"hi"), None);
    of(&mut script, id, side)
}

fn value<'a>(moment: &'a Moment, name: &str) -> &'a str {
    moment.known.iter().find(|known| known.name == name).map_or("", |known| &known.value)
}

#[test]
fn a_moment_says_where_the_machine_stands_and_what_is_known() {
    let replay = echo(Side::Request);
    let start = replay.range().start;
    assert_eq!(replay.place(replay.range().end), ECHO.len() as u64);
    let place = ECHO.windows(3).position(|window| window == b"ace").unwrap() as u64;
    let moment = replay.at(start + place);
    assert_eq!(
        (moment.stand.title, moment.stand.waits_for),
        ("in a field name", "more of the name, or a colon")
    );
    assert_eq!(
        moment.token.as_ref().map(|(kind, range)| (kind.name(), range.end - range.start)),
        Some(("field name", 4))
    );
    assert_eq!(value(&moment, "method"), "POST");
    assert_eq!(value(&moment, "target"), "/api/echo");
    assert_eq!(value(&moment, "Host"), "127.0.0.1:8080");
    let length = moment.known.iter().find(|known| known.name == "Content-Length").unwrap();
    assert_eq!((&*length.value, length.remark), ("31", "not decided yet"));
    assert_eq!(value(&moment, "head so far"), format!("{place} of 65,536 bytes"));
    // A head is kept as a whole: fields are ranges of it.
    let buffer = moment.buffer;
    assert_eq!((buffer.done, buffer.kept, buffer.token), (0, place - 4, 4));
    assert_eq!(buffer.unread, ECHO.len() as u64 - place);
    assert_eq!(buffer.free(), Some(65_536 - ECHO.len() as u64));
    assert_eq!(moment.since, 240 * MS);
    let timer = moment.timer.unwrap();
    assert_eq!((timer.guard, timer.ran, timer.left()), (Guard::HeadTimeout, 240 * MS, Some(9_760 * MS)));
    assert_eq!((moment.chunk, moment.broken, moment.over), (Some(2), None, None));

    let end = replay.at(replay.range().end);
    assert_eq!(end.over, Some(replay.range().end));
    assert_eq!(value(&end, "framing"), "31 bytes of body");
    assert_eq!(value(&end, "content so far"), "31 of 31 bytes");
    assert_eq!((end.buffer.done, end.buffer.kept), (ECHO.len() as u64, 0));
}

#[test]
fn each_decision_is_found_at_its_byte_forwards_and_backwards() {
    let replay = echo(Side::Request);
    let start = replay.range().start;
    let head = ECHO.windows(4).position(|window| window == b"\r\n\r\n").unwrap() as u64 + 4;
    let decided: Vec<(u64, String)> = replay
        .decisions()
        .iter()
        .map(|decision| (replay.place(decision.at), replay.words(decision)))
        .collect();
    assert_eq!(decided[0], (5, "method known: POST; a target of at most 8 KiB".to_owned()));
    assert_eq!(decided[1], (15, "target known: /api/echo".to_owned()));
    assert_eq!(decided[2], (23, "HTTP/1.1: the connection may stay open".to_owned()));
    assert_eq!(decided[3], (head, "framing: 31 bytes of body".to_owned()));
    assert!(
        decided.iter().any(|(at, words)| *at == head && words.starts_with("Route matched")),
        "{decided:?}"
    );
    assert_eq!(*decided.last().unwrap(), (ECHO.len() as u64, "message over: 31 bytes of content".to_owned()));
    for stop in Stop::ALL {
        let mut forwards = vec![];
        let mut at = start;
        while let Some(next) = replay.next(stop, at) {
            assert!(next > at, "{stop:?}");
            forwards.push(next);
            at = next;
        }
        let mut backwards = vec![];
        let end = replay.range().end;
        let mut at = end;
        while let Some(previous) = replay.previous(stop, at) {
            assert!(previous < at, "{stop:?}");
            backwards.push(previous);
            at = previous;
        }
        backwards.reverse();
        backwards.retain(|at| *at > start);
        forwards.retain(|at| *at < end);
        assert_eq!(forwards, backwards, "{stop:?}");
    }
    let stops = |stop| {
        let mut at = start;
        std::iter::from_fn(|| {
            at = replay.next(stop, at)?;
            Some(replay.place(at))
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(stops(Stop::Read), [32, 67, ECHO.len() as u64]);
    assert_eq!(stops(Stop::Split), [32]);
    assert_eq!(stops(Stop::Token)[..4], [4, 5, 14, 15]);
    assert_eq!(stops(Stop::Field).len(), 3);
    assert_eq!(stops(Stop::Broken), [0_u64; 0]);
    assert_eq!(stops(Stop::Byte).len(), ECHO.len());
}

#[test]
fn the_next_byte_has_a_verdict_whatever_it_is() {
    let replay = echo(Side::Request);
    let start = replay.range().start;
    let all = replay.next_bytes(start + 26);
    assert_eq!(all.len(), 256);
    assert_eq!(all[usize::from(b':')].words(), "ends the field name");
    assert_eq!(all[usize::from(b'-')].words(), "goes on with the field name");
    assert_eq!(all[usize::from(b' ')].rule(), Some(Cause::Rule(Rule::SpaceBeforeColon)));
    let groups = groups(&all);
    assert_eq!(groups.iter().map(|group| group.bytes.len()).sum::<usize>(), 256);
    assert_eq!(groups[0].next.effect(), Effect::GoesOn);
    assert_eq!(ranges(b"\r\n"), "CR LF");
    assert_eq!(ranges(b"!#$%0123456789abc~"), "! #–% 0–9 a–c ~");
    let last = replay.next_bytes(replay.range().end - 1);
    assert!(last.iter().all(|next| next.effect() == Effect::EndsMessage));
    assert_eq!(replay.next_bytes(replay.range().end)[usize::from(b'G')].words(), "begins a method");
}

#[test]
fn a_broken_rule_is_a_stop_and_ends_the_reading() {
    let mut script = Script::default();
    script.open(1);
    let id = script.refused(1, b"GET / HTTP/1.1\nHost: a\n\n", Rule::BareLineFeed, 14..15);
    let replay = of(&mut script, id, Side::Request);
    assert_eq!(replay.next(Stop::Broken, 0), Some(15));
    let moment = replay.at(15);
    assert_eq!(moment.broken.unwrap().rule, Cause::Rule(Rule::BareLineFeed));
    assert_eq!(moment.stand.title, "stopped");
    assert!(replay.next_bytes(15).iter().all(|next| next.effect() == Effect::Unread));
    let before = replay.next_bytes(14);
    assert_eq!(before[usize::from(b'\n')].rule(), Some(Cause::Rule(Rule::BareLineFeed)));
    assert_eq!(before[usize::from(b'\r')].effect(), Effect::GoesOn);
}

#[test]
fn responses_and_frames_can_be_gone_through_as_well() {
    let replay = echo(Side::Response);
    assert_eq!(replay.words(&replay.decisions()[0]), "HTTP/1.1: the connection may stay open");
    assert_eq!(value(&replay.at(replay.range().end), "status"), "200 OK");
    assert_eq!(replay.at(replay.range().end).timer, None);

    let mut script = Script::default();
    let id = script.websocket(1);
    let frames = of(&mut script, id, Side::ClientFrames);
    assert_eq!(frames.at(frames.range().start).stand.title, "between frames");
    let first = frames.next(Stop::Decision, frames.range().start).unwrap();
    let words: Vec<String> = frames.decisions().iter().map(|decision| frames.words(decision)).collect();
    assert!(words[0].contains("frame of"), "{words:?}");
    assert_eq!(frames.at(first).stand.title, "in the payload");
}
