//! The protocol of lines on any split and with any buffer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use crate::wire::{Leaf, replay};

use super::{
    BufferKind, LineMachine, Note, Rule, Scanner, SpanKind, Violation, machine::PORTION_BYTES, reply,
};

/// The results of a machine: messages with their ends, the violation, bytes moved and examined.
#[derive(Debug, PartialEq)]
struct Reading {
    messages: Vec<(Vec<u8>, u64)>,
    violation: Option<Violation>,
    looked: u64,
    moved: u64,
}

/// Lets a machine read `pieces`, each of which arrives by itself.
fn read<'a>(kind: BufferKind, limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Reading {
    let mut machine = LineMachine::new(kind, limit);
    let mut messages = Vec::new();
    let mut violation = None;
    'pieces: for mut piece in pieces {
        loop {
            match machine.next_message() {
                Ok(Some(message)) => messages.push((message.text.to_vec(), message.range.end)),
                Ok(None) if piece.is_empty() => break,
                Ok(None) => {
                    let taken = machine.feed(piece);
                    assert!(taken > 0, "a buffer without a message has room");
                    piece = &piece[taken..];
                }
                Err(found) => {
                    violation = Some(found);
                    break 'pieces;
                }
            }
        }
    }
    Reading { messages, violation, looked: machine.looked(), moved: machine.moved() }
}

/// The messages of `bytes`, by another way: those up to the first that is too long.
fn expected(bytes: &[u8], limit: usize) -> Vec<(Vec<u8>, u64)> {
    let mut end = 0;
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines
        .take_while(|line| line.len() <= limit + 1)
        .filter_map(|line| {
            end += line.len() as u64;
            line.strip_suffix(b"\n").map(|text| (text.to_vec(), end))
        })
        .collect()
}

/// A stream, the limit, the messages in it, and the rule that it breaks.
type Vector = (&'static [u8], usize, &'static [&'static [u8]], Option<Rule>);

const VECTORS: [Vector; 10] = [
    (b"", 8, &[], None),
    (b"hello\n", 8, &[b"hello"], None),
    (b"\n\n", 8, &[b"", b""], None),
    (b"one\ntwo\nthr", 8, &[b"one", b"two"], None),
    (b"with a return\r\n", 99, &[b"with a return\r"], None),
    (b"\xFF\x00\x1B[31m\n", 8, &[b"\xFF\x00\x1B[31m"], None),
    (b"12345678\n", 8, &[b"12345678"], None),
    (b"ok\n123456789\n", 8, &[b"ok"], Some(Rule::LineTooLong)),
    (b"123456789", 8, &[], Some(Rule::LineTooLong)),
    (b"\na\n", 0, &[b""], Some(Rule::LineTooLong)),
];

#[test]
fn every_split_of_every_vector_gives_the_same_messages_with_every_buffer() {
    for (bytes, limit, messages, rule) in VECTORS {
        for kind in BufferKind::ALL {
            let whole = read(kind, limit, [bytes]);
            let texts: Vec<&[u8]> = whole.messages.iter().map(|(text, _)| &**text).collect();
            assert_eq!(texts, messages, "{}", bytes.escape_ascii());
            assert_eq!(whole.violation.as_ref().map(|violation| violation.rule), rule);
            for at in 0..=bytes.len() {
                let split = read(kind, limit, [&bytes[..at], &bytes[at..]]);
                assert_eq!((&split.messages, &split.violation), (&whole.messages, &whole.violation));
            }
            let single = read(kind, limit, bytes.chunks(1));
            assert_eq!((single.messages, single.violation), (whole.messages, whole.violation));
        }
    }
}

#[test]
fn the_byte_at_fault_is_the_first_over_the_limit() {
    let found = read(BufferKind::Lazy, 3, [&b"ok\nlonger"[..]]).violation;
    assert_eq!(found, Some(Violation::byte(Rule::LineTooLong, 6, b'g')));
}

#[test]
fn a_stream_that_ends_in_a_message_breaks_a_rule() {
    let mut machine = LineMachine::new(BufferKind::Fixed, 8);
    assert_eq!(machine.end_of_input(), Ok(()));
    machine.feed(b"one\ntw");
    machine.next_message().unwrap();
    assert_eq!(machine.next_message(), Ok(None));
    assert!(machine.is_in_message());
    assert_eq!(machine.end_of_input(), Err(Violation::token(Rule::LineUnfinished, 6..6)));
}

#[test]
fn no_byte_is_looked_at_twice() {
    for bytes in ["x".repeat(300_000), "a\n".repeat(50_000), "0123456789\n".repeat(9000) + "end"] {
        for kind in BufferKind::ALL {
            for size in [1, 7, 1000, 100_000] {
                let found = read(kind, 1 << 20, bytes.as_bytes().chunks(size));
                assert_eq!(found.looked, bytes.len() as u64, "{kind:?} in pieces of {size}");
            }
        }
    }
}

#[test]
fn a_client_that_drips_one_long_message_moves_no_more_than_it_sends() {
    let bytes = [vec![b'x'; 1 << 20], vec![b'\n']].concat();
    for kind in BufferKind::ALL {
        let found = read(kind, 1 << 20, bytes.chunks(1));
        assert_eq!(found.messages.len(), 1);
        assert!(found.moved <= bytes.len() as u64 * 2, "{kind:?} moved {}", found.moved);
    }
    assert_eq!(read(BufferKind::Fixed, 1 << 20, bytes.chunks(1)).moved, 0);
}

#[test]
fn replies_repeat_the_message_and_only_quit_ends_the_conversation() {
    let said = |message: &[u8]| {
        let mut out = bytes::BytesMut::new();
        let goes_on = reply::write(message, &mut out);
        (out.to_vec(), goes_on)
    };
    assert_eq!(said(b"hello"), (b"Echo: hello\n".to_vec(), true));
    assert_eq!(said(b""), (b"Echo: \n".to_vec(), true));
    assert_eq!(said(b"\xFF\r"), (b"Echo: \xFF\r\n".to_vec(), true));
    assert_eq!(said(b"quit"), (b"Bye.\n".to_vec(), false));
    for other in [&b"quit\r"[..], b"QUIT", b" quit", b"quit "] {
        assert!(said(other).1, "{}", other.escape_ascii());
    }
}

#[test]
fn each_part_of_messages_and_replies_has_its_kind() {
    use SpanKind::{LineEnd, Malformed, Prefix, Text, Unparsed};
    let kinds = |leaves: Vec<Leaf<SpanKind>>| {
        leaves.into_iter().map(|leaf| (leaf.kind, leaf.range, leaf.partial)).collect::<Vec<_>>()
    };
    let found = replay::run(&mut Scanner::messages(4, 100), b"a\r\n\nlonger\nx", false, |_, _| {});
    assert_eq!(found.notes, [(Note::ReturnBeforeEnd, 101..102)]);
    assert_eq!(
        kinds(found.leaves),
        [
            (Text, 100..102, false),
            (LineEnd, 102..103, false),
            (LineEnd, 103..104, false),
            (Text, 104..108, true),
            (Malformed, 108..109, false),
            (Unparsed, 109..112, false),
        ]
    );
    let found = replay::run(&mut Scanner::replies(0), b"Echo: a\nBye.\nx", false, |_, _| {});
    assert_eq!(
        kinds(found.leaves),
        [
            (Prefix, 0..6, false),
            (Text, 6..7, false),
            (LineEnd, 7..8, false),
            (Text, 8..12, false),
            (LineEnd, 12..13, false),
            (Unparsed, 13..14, false),
        ]
    );
}

#[test]
fn every_rule_and_every_buffer_has_a_name_of_its_own() {
    for rule in Rule::ALL {
        assert_eq!(Rule::ALL.iter().filter(|other| other.key() == rule.key()).count(), 1);
        assert!(rule.facts().sentence.ends_with('.'));
    }
    for (index, kind) in BufferKind::ALL.into_iter().enumerate() {
        assert_eq!(BufferKind::from_key(kind.key()), Some(kind));
        assert_eq!(kind.index(), index);
        assert!(kind.facts().about.ends_with('.') && !kind.facts().title.is_empty());
    }
}

/// Lines of a few bytes and of many, some of them over a limit of 40.
fn streams() -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    let byte = prop_oneof![4 => Just(b'a'), 2 => Just(b'\n'), 1 => any::<u8>()];
    let line = prop_oneof![
        8 => prop::collection::vec(byte, 0..60),
        1 => (0..3000_usize).prop_map(|len| vec![b'l'; len]),
    ];
    (prop::collection::vec(line, 0..12), prop::collection::vec(1..2000_usize, 1..20))
        .prop_map(|(lines, sizes)| (lines.concat(), sizes))
}

/// `bytes` in pieces of these sizes, over and over.
fn pieces<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at(bytes.len().min(*size));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

proptest! {
    #[test]
    fn all_buffers_give_the_same_messages_within_their_bounds(
        (bytes, sizes) in streams(),
        limit in prop_oneof![Just(1), Just(40), Just(5000)],
    ) {
        let messages = expected(&bytes, limit);
        let total = bytes.len() as u64;
        for kind in BufferKind::ALL {
            let found = read(kind, limit, pieces(&bytes, &sizes));
            prop_assert_eq!(&found.messages, &messages);
            let too_long = bytes.split(|byte| *byte == b'\n').any(|line| line.len() > limit);
            prop_assert_eq!(found.violation.is_some(), too_long);
            prop_assert!(found.looked <= total);
            // Growing moves what a buffer holds; doubling makes that no more than it comes to hold.
            let held = (limit + 1 + PORTION_BYTES) as u64 * 2;
            let bound = match kind {
                BufferKind::Compacting => found.messages.len() as u64 * PORTION_BYTES as u64 + held,
                BufferKind::Lazy => total + held,
                BufferKind::Fixed => total,
            };
            prop_assert!(found.moved <= bound, "{:?} moved {} of {}", kind, found.moved, total);
        }
    }
}
