//! Events to a file and back.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use std::io;

use crate::{
    base::{
        faults::{Call, plan},
        stream::{ConnId, Direction, ExchangeId},
    },
    http::{
        Rule,
        forward::{Author, Origin},
    },
    store::{Places, Position},
    testing::{
        Lcg,
        script::{Script, response},
    },
    trace::{Again, CloseReason, Event, EventKind, Payload, ProtocolKind},
};

mod attempts;
mod lists;
mod writing;

/// The bytes of a session with these events, one segment after the other where `cut` says so.
fn written(events: &[Event], cut: impl Fn(usize) -> bool) -> Vec<u8> {
    let mut writer = Writer::new(1);
    let (mut file, mut done, mut batches) = (Vec::new(), 0, 0);
    while done < events.len() {
        let made = writer.append(&events[done..]);
        done += made.events;
        batches += 1;
        file.extend_from_slice(&writer.pending().to_vec());
        writer.mark_written();
        if cut(batches) {
            writer.begin_segment(writer.segment() + 1);
        }
    }
    file.extend_from_slice(&writer.pending().to_vec());
    file
}

fn read(file: &[u8]) -> (Vec<Event>, Option<Stop>) {
    let mut scan = Scan::new(file);
    let mut events = Vec::new();
    loop {
        match scan.step() {
            Ok(Some(Item::Batch(stored))) => events.extend(stored.batch.events),
            Ok(Some(Item::Segment { .. })) => {}
            Ok(None) => return (events, None),
            Err(stop) => return (events, Some(stop)),
        }
    }
}

fn said(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| format!("{event:?}")).collect()
}

/// Many kinds of events on several connections.
fn story() -> Vec<Event> {
    let mut script = Script::default();
    script.wait(5_000);
    script.push(
        0,
        None,
        EventKind::Epoch(std::time::UNIX_EPOCH + std::time::Duration::from_nanos(1_700_000_000_123_456_789)),
    );
    script.push(0, None, EventKind::Listening(ProtocolKind::Http, "[::1]:8080".parse().unwrap()));
    for conn in 1..=3 {
        script.open(conn);
    }
    for round in 0..40 {
        for conn in 1..=3 {
            let target = format!("GET /{round} HTTP/1.1\r\nHost: a\r\n\r\n");
            script.wait(1_234).exchange(conn, target.as_bytes(), &response(b"body"));
        }
    }
    sent_on(&mut script);
    script.exchange(1, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", &response(&vec![b'x'; 200_000]));
    script.push(1, None, EventKind::bytes(Direction::Sent, 300_000, Payload::Dropped(7)));
    for again in Again::samples() {
        script.again = Some(again);
        script.exchange(2, b"GET /again HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"a"));
    }
    script.again = None;
    script.push(2, None, EventKind::HalfClosed);
    script.close(2, CloseReason::Client);
    script.open(4);
    script.refused(4, b"GET / HTTP/1.1\nHost: a\r\n\r\n", Rule::BareLineFeed, 14..15);
    script.open_for(5, ProtocolKind::Lines).message(5, "hello");
    script.push(0, None, EventKind::Omitted { bytes: 5, events: 6 });
    script.push(
        0,
        None,
        EventKind::ServerMessage(crate::trace::Severity::Warning, "the folder is gone".into()),
    );
    script.close(1, CloseReason::Timeout(crate::trace::Guard::IdleTimeout));
    script.close(3, CloseReason::Reset);
    script.push(0, None, EventKind::Stopped);
    script.events
}

/// Exchanges that are sent on, with pieces of all kinds.
fn sent_on(script: &mut Script) {
    let written: Vec<_> = Author::ALL.iter().map(|author| (3, Origin::Written(*author))).collect();
    script.open(6).dial(7);
    for round in 0..3 {
        let id = script.exchange(6, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"a"));
        script.forward(id, 7, b"GET / HTTP/1.1\r\nHost: b\r\n\r\n");
        script.lineage(id, 7, 1000 * round, &written);
        script.lineage(
            id,
            6,
            7,
            &[(1, Origin::Copied(1 << 40)), (4, Origin::Rule(7)), (9, Origin::Copied(round))],
        );
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    let events = story();
    for every in [0, 1, 2] {
        let file = written(&events, |batches| every > 0 && batches % every == 0);
        let (back, stop) = read(&file);
        assert!(stop.is_none(), "{stop:?}");
        assert_eq!(said(&back), said(&events));
    }
}

#[test]
fn middleware_and_routes_that_are_in_no_list_come_back() {
    use crate::{
        http::{Method, Status},
        testing::script::step,
        trace::{FieldChange, Lookup, Mismatch, Phase, Refusal, RouteAttempt, RouteSummary, StepSummary},
    };
    let mut script = Script::default();
    script.open(1);
    let id = script.begin(1, 0);
    let summaries = [
        "".into(),
        "counted the sheep".into(),
        StepSummary::TokenTaken { left: 7 },
        StepSummary::NoToken { wait_secs: Some(0) },
        StepSummary::NoToken { wait_secs: Some(u32::MAX) },
        StepSummary::NoToken { wait_secs: None },
    ];
    for summary in summaries {
        let mut step = step("sheep-counter", Phase::Response, summary);
        step.answered = Some(Status(418));
        let (before, after) = (Some("1".into()), None);
        step.changes = [FieldChange { name: "X-Sheep".into(), before, after }].into();
        script.push(1, Some(id), EventKind::Middleware([step].into()));
    }
    let mismatches = [
        None,
        Some(Mismatch::Method { found: "BREW".into() }),
        Some(Mismatch::Segment { index: 2, expected: "pot-1".into(), found: "pot-0".into() }),
        Some(Mismatch::TooShort { expected: ":pot".into() }),
        Some(Mismatch::TooLong { found: "".into() }),
    ];
    for method in [None, Some(Method::Patch)] {
        let attempt = |mismatch| RouteAttempt {
            method,
            pattern: "/coffee/:pot".into(),
            mismatch,
            summary: RouteSummary::Params("pot = 1".into()),
        };
        let attempts = mismatches.clone().map(attempt);
        script.push(1, Some(id), EventKind::RoutesTried(attempts.into()));
    }
    let refused = Refusal::ALL.iter().map(|refusal| Lookup::Refused(*refusal));
    let answers = [Lookup::Listing, Lookup::MissingSlash, Lookup::Fallback, Lookup::NotFoundPage];
    let attempts = answers.into_iter().chain(refused).chain([0, u64::MAX].map(Lookup::File)).map(|found| {
        let summary = RouteSummary::Folder { name: "a b".into(), found };
        RouteAttempt { method: None, pattern: "/site".into(), mismatch: None, summary }
    });
    script.push(1, Some(id), EventKind::RoutesTried(attempts.collect()));
    let summary = RouteSummary::Group("app".into());
    let mount = RouteAttempt { method: None, pattern: "/*".into(), mismatch: None, summary };
    script.push(1, Some(id), EventKind::RoutesTried([mount].into()));
    let (back, stop) = read(&written(&script.events, |_| true));
    assert!(stop.is_none(), "{stop:?}");
    assert_eq!(said(&back), said(&script.events));
}

#[test]
fn a_file_that_is_cut_short_opens_as_far_as_it_goes() {
    let events = story();
    let mut writer = Writer::new(1);
    let mut done = 0;
    while done < events.len() {
        done += writer.append(&events[done..(done + 7).min(events.len())]).events;
    }
    let file = writer.pending().to_vec();
    let all = said(&events);
    let mut most = 0;
    for len in (0..file.len()).step_by(997).chain([file.len() - 1]) {
        let (back, stop) = read(&file[..len]);
        assert!(back.len() >= most && all.starts_with(&said(&back)), "at {len}");
        most = back.len();
        if let Some(stop) = stop {
            assert!(stop.offset <= len as u64);
            assert!(matches!(stop.error, SessionError::Truncated), "{stop}");
        }
    }
    assert!(most > events.len() - 20);
}

#[test]
fn a_file_that_is_damaged_says_where() {
    let events = story();
    let file = written(&events, |_| false);
    let mut dice = Lcg(3);
    let mut stopped = 0;
    for _ in 0..300 {
        let mut broken = file.clone();
        let at = dice.index(broken.len());
        broken[at] ^= 1 << dice.roll(8);
        let (_, stop) = read(&broken);
        if let Some(stop) = stop {
            stopped += 1;
            assert!(stop.offset <= at as u64 + 1, "{stop}, broken at {at}");
        }
    }
    assert!(stopped > 0);
    assert_eq!(read(b"GIF89a, not pcapng").1.unwrap().offset, 0);
    assert!(read(b"").1.is_none());
}

/// A recording of three exchanges of one connection, each in a batch of its own, and where the last one stands. The
/// lists of its routes stand in the first batch.
fn recorded(root: &std::path::Path) -> (Recording, ExchangeId, Position) {
    let mut recording = Recording::begin(Some(root), DISK_BYTES, None).unwrap();
    let mut script = Script::default();
    script.open(1);
    let mut last = None;
    for _ in 0..3 {
        let id = script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"a"));
        last = Some((id, recording.append(&script.batch().events).place));
    }
    recording.flush();
    let (id, place) = last.unwrap();
    (recording, id, place)
}

#[test]
fn a_disk_error_while_an_exchange_is_read_back_names_that_error() {
    const EIO: i32 = 5;
    let root = tempfile::tempdir().unwrap();
    let (recording, id, place) = recorded(root.path());
    let read = || {
        ArchiveReader::new(recording.archive())
            .detail(id, &Places { conn: ConnId::FIRST, position: place, legs: Vec::new() })
    };
    for at in 0.. {
        let fault = plan::Fault::Code(EIO);
        plan::follow(Some(plan::Plan { call: Call::FileRead, at, times: 1, fault }));
        let read = read();
        let hits = plan::hits();
        plan::follow(None);
        if hits == 0 {
            assert!(at >= 4, "blocks, packets and a list are read, each by a call of its own: {at}");
            assert_eq!(read.unwrap().exchange.routed.unwrap().1.len(), 2);
            break;
        }
        let error = read.unwrap_err();
        assert!(
            matches!(&error, SessionError::Io(error) if error.raw_os_error() == Some(EIO)),
            "call {at}: {error:?}"
        );
        assert!(error.to_string().contains("os error 5"), "call {at}: {error}");
    }
}

#[test]
fn a_file_that_is_gone_a_segment_that_left_and_a_file_cut_short_are_told_apart() {
    let root = tempfile::tempdir().unwrap();
    let (recording, id, place) = recorded(root.path());
    let archive = recording.archive();
    let error = || {
        ArchiveReader::new(recording.archive())
            .detail(id, &Places { conn: ConnId::FIRST, position: place, legs: Vec::new() })
            .unwrap_err()
    };
    let path = archive.files().remove(0);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    assert!(matches!(error(), SessionError::Truncated));
    let mut damaged = whole.clone();
    damaged[usize::try_from(place.offset()).unwrap() + 4..][..4].fill(1);
    std::fs::write(&path, damaged).unwrap();
    let SessionError::Malformed { what, offset } = error() else { panic!("{:?}", error()) };
    assert_eq!((what, offset), ("the length of a block is impossible", Some(place.offset())));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(error(), SessionError::Io(error) if error.kind() == io::ErrorKind::NotFound));
    archive.remove(1);
    assert!(matches!(error(), SessionError::Gone));
}

#[test]
fn a_file_of_another_version_says_so() {
    let mut file = written(&story(), |_| false);
    // The version of every own block; a batch or a segment, then two zeros.
    let magic = (0..file.len())
        .filter(|at| file[*at..].starts_with(b"byte\0") || file[*at..].starts_with(b"byte\x01"));
    let magic: Vec<usize> = magic.collect();
    for version in [0, 1] {
        for at in &magic {
            file[at + 5] = version;
        }
        let (events, stop) = read(&file);
        let stop = stop.unwrap();
        assert!(events.is_empty(), "{stop:?}");
        assert!(matches!(stop.error, SessionError::OtherVersion(other) if other == version), "{stop:?}");
        assert!(stop.to_string().contains("an older version of byteglass"), "{stop}");
    }
}

/// Run by hand where the format changed: what the fuzzers start from.
#[test]
#[ignore = "writes fuzz/corpus/session"]
fn corpus_of_the_fuzzer() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/session");
    std::fs::create_dir_all(&folder).unwrap();
    let events: Vec<Event> = story()
        .into_iter()
        .filter(|event| !matches!(&event.kind, EventKind::Bytes { payload, .. } if payload.count() > 1000))
        .collect();
    for (number, part) in events.chunks(events.len() / 8).take(10).enumerate() {
        let part = &part[..part.len().min(8)];
        let mut writer = Writer::new(1);
        writer.append(part);
        let whole = [&[0], &writer.pending().to_vec()[..]].concat();
        std::fs::write(folder.join(format!("file-{number}")), whole).unwrap();
        let without: Vec<Event> = part
            .iter()
            .filter(|event| !matches!(event.kind, EventKind::Bytes { payload: Payload::Kept(_), .. }))
            .cloned()
            .collect();
        let mut writer = Writer::new(1);
        let made = writer.append(&without);
        let start = usize::try_from(made.place.offset()).unwrap();
        let pending = writer.pending().to_vec();
        let (_, content) =
            super::format::block::own_content(super::format::block::body(&pending[start..]).unwrap())
                .unwrap();
        let mut content = content.to_vec();
        content[..4].fill(0);
        std::fs::write(folder.join(format!("batch-{number}")), [&[1], &content[..]].concat()).unwrap();
    }
}
