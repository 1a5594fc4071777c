//! Input bytes and what the machines make of them, for each file in `tests/vectors`.
//!
//! `NAME.http` holds the bytes, `NAME.expected` the transcript: events, one line per leaf span,
//! notes, and where it ends. Each input is fed whole, in two pieces split at every byte, byte by
//! byte, with the live sink, and followed by more; every prefix must be covered by spans.
//!
//! `UPDATE=1 cargo test --test all vectors` writes the transcripts anew; read the difference.

pub(crate) mod drive;
pub(crate) mod input;
mod random;
mod stepper;
mod transcript;

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use byteglass::{
    http::{Rule, SpanKind},
    lines,
    wire::{Event, State},
};
use drive::{Outcome, drive};
use input::{Input, Kind};

use crate::{
    behaviours,
    only::{is_wanted, only},
};

#[test]
fn well_formed_requests_are_read() {
    let vectors = vectors("ok", Kind::Request);
    assert!(vectors.len() >= 30 || only().is_some(), "{} vectors", vectors.len());
    for (path, input) in vectors {
        let outcome = check(&path, &input);
        assert_eq!(outcome.driven.violation, None, "{}", path.display());
    }
}

#[test]
fn malformed_requests_are_refused() {
    let vectors = vectors("err", Kind::Request);
    assert!(vectors.len() >= 60 || only().is_some(), "{} vectors", vectors.len());
    for (path, input) in vectors {
        let outcome = check(&path, &input);
        let refused = outcome.driven.violation.or(outcome.driven.ended);
        assert!(refused.is_some(), "{} is not refused", path.display());
    }
}

#[test]
fn responses_are_read() {
    for (path, input) in vectors("response", Kind::Response) {
        check(&path, &input);
    }
}

#[test]
fn every_rule_is_broken_by_a_vector_or_a_behaviour_row() {
    if only().is_some() {
        // A part of the vectors says nothing about that.
        return;
    }
    let mut broken = behaviours::refused();
    for (folder, kind) in [("err", Kind::Request), ("response", Kind::Response)] {
        for (_, input) in vectors(folder, kind) {
            let driven = drive(&input, [&input.bytes[..]]).driven;
            broken.extend(driven.violation.or(driven.ended).map(|violation| violation.rule.key().to_owned()));
        }
    }
    let unbroken: Vec<_> = Rule::ALL.iter().filter(|rule| !broken.contains(rule.key())).collect();
    assert!(unbroken.is_empty(), "no test breaks {unbroken:?}");
}

#[test]
fn every_kind_of_span_is_in_a_vector_and_explained() {
    if only().is_some() {
        // A part of the vectors says nothing about that.
        return;
    }
    let mut seen = HashSet::new();
    for (folder, kind) in [("ok", Kind::Request), ("err", Kind::Request), ("response", Kind::Response)] {
        for (_, input) in vectors(folder, kind) {
            seen.extend(drive::leaves(&input, &input.bytes).iter().map(|leaf| leaf.kind));
        }
    }
    let unseen: Vec<_> = SpanKind::ALL.iter().filter(|kind| !seen.contains(kind)).collect();
    assert!(unseen.is_empty(), "no vector has {unseen:?}");
    let http = SpanKind::ALL.map(SpanKind::facts);
    for facts in http.into_iter().chain(lines::SpanKind::ALL.map(lines::SpanKind::facts)) {
        assert!(!facts.name.is_empty() && facts.about.ends_with('.'), "{facts:?}");
        assert_eq!(facts.sample.chars().count(), 4, "{facts:?}");
    }
}

/// All inputs of a folder, by name.
fn vectors(folder: &str, kind: Kind) -> Vec<(PathBuf, Input)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "http"))
        .collect();
    paths.retain(|path| is_wanted(&path.file_name().unwrap().to_string_lossy()));
    paths.sort();
    assert!(only().is_some() || !paths.is_empty(), "{} is empty", folder.display());
    let read = |path: PathBuf| {
        let input = Input::parse(&fs::read_to_string(&path).unwrap(), kind);
        (path, input)
    };
    paths.into_iter().map(read).collect()
}

/// Compares the transcript with the file beside the input, and the input's feeds with each other.
fn check(path: &Path, input: &Input) -> Outcome {
    let outcome = drive(input, [&input.bytes[..]]);
    let bytewise = drive(input, input.bytes.chunks(1));
    let name = path.display();

    let text = transcript::of(input, &outcome, bytewise.driven.refused_after);
    let expected_path = path.with_extension("expected");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&expected_path, &text).unwrap();
    }
    let expected = fs::read_to_string(&expected_path).unwrap_or_default();
    assert!(
        text == expected,
        "{name}: the transcript differs from {}\n--- expected\n{expected}\n--- found\n{text}",
        expected_path.display()
    );

    outcome.assert_same(&bytewise, &format!("{name}, byte by byte"));
    for split in 1..input.bytes.len() {
        let (first, second) = input.bytes.split_at(split);
        let pieces = drive(input, [first, second]);
        outcome.assert_same(&pieces, &format!("{name}, split at {split}"));
        // A fault is a function of the prefix: it is found with the first piece, or only then.
        if let Some(after) = bytewise.driven.refused_after {
            assert_eq!(
                pieces.driven.refused_after,
                Some(if split >= after { split } else { input.bytes.len() })
            );
        }
    }
    drive::assert_live_is_same(input, &outcome, &name.to_string());
    for end in 0..=input.bytes.len() {
        drive::assert_covered(input, &input.bytes[..end], &outcome, &format!("{name}, first {end} bytes"));
    }
    followed(input, &outcome, &name.to_string());
    outcome
}

const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: next\r\n\r\n";

/// What follows a message changes nothing about it, and is read as what it is.
fn followed(input: &Input, outcome: &Outcome, name: &str) {
    if input.kind == Kind::Response {
        return;
    }
    let followed = [&input.bytes[..], NEXT].concat();
    let more = drive(input, [&followed[..]]);
    let (alone, with_next) = (&outcome.driven, &more.driven);
    let (spans, more_spans) = (&alone.reported.spans, &with_next.reported.spans);
    if alone.violation.is_some() {
        assert_eq!(with_next.violation, alone.violation, "{name}, followed");
        assert_eq!(more_spans, spans, "{name}, followed");
    } else if alone.state == State::Idle && !outcome.closes && alone.pending.is_none() {
        assert_eq!(with_next.violation, None, "{name}, followed");
        assert_eq!(with_next.events[..alone.events.len()], alone.events, "{name}, followed");
        assert_eq!(more_spans[..spans.len()], *spans, "{name}, followed");
        let tail: Vec<_> = with_next.events[alone.events.len()..].iter().map(|(_, event)| event).collect();
        assert_eq!(tail, [&Event::Head, &Event::End], "{name}, followed");
        assert_eq!(more.heads.last().unwrap().target, 4..9, "{name}, followed");
    }
}
