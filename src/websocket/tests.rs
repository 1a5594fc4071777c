//! The machine: what it reads, what it refuses, and that pieces make no difference.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::BytesMut;
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    testing::invariants,
    wire::{Replay, replay},
};
use encode::Outgoing;

/// The bytes of frames: FIN, RSV, opcode, payload. Masked with the key of the standard's example.
fn client(frames: &[(bool, u8, u8, &[u8])]) -> Vec<u8> {
    written(frames, Some([0x37, 0xfa, 0x21, 0x3d]))
}

fn server(frames: &[(bool, u8, u8, &[u8])]) -> Vec<u8> {
    written(frames, None)
}

fn written(frames: &[(bool, u8, u8, &[u8])], mask: Option<[u8; 4]>) -> Vec<u8> {
    let mut out = BytesMut::new();
    for (fin, rsv, opcode, payload) in frames {
        Outgoing { fin: *fin, rsv: *rsv, opcode: *opcode, mask, payload }.write(&mut out);
    }
    out.to_vec()
}

fn read(sender: Sender, limits: Limits, bytes: &[u8]) -> Replay<SpanKind, Rule, Frame> {
    // Whatever is read here is also read in pieces and accounted for byte by byte.
    let choices = [u8::from(sender == Sender::Server) | u8::from(limits.deflate) << 1, 7];
    invariants::websocket(&[&choices, bytes].concat());
    replay::run(&mut FrameMachine::new(sender, 0, limits), bytes, false, |_, _| {})
}

fn rule(bytes: &[u8]) -> Option<(Rule, std::ops::Range<u64>)> {
    read(Sender::Client, Limits::UNLIMITED, bytes).violation.map(|found| (found.rule, found.span))
}

/// RFC 6455 §5.7.
#[test]
fn the_examples_of_the_standard() {
    let hello = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(server(&[(true, 0, 1, b"Hello")]), hello);
    assert_eq!(client(&[(true, 0, 1, b"Hello")]), masked);
    let found = read(Sender::Client, Limits::UNLIMITED, &masked);
    let frame = found.messages[0].head.unwrap();
    let mut payload = masked[6..].to_vec();
    frame.unmask(&mut payload, 6);
    assert_eq!((payload.as_slice(), frame.payload_range(), frame.head_len()), (&b"Hello"[..], 6..11, 6));
    let kinds: Vec<_> = found.leaves.iter().map(|leaf| (leaf.kind, leaf.range.clone())).collect();
    assert_eq!(
        kinds,
        [
            (SpanKind::Opcode, 0..1),
            (SpanKind::Length, 1..2),
            (SpanKind::MaskKey, 2..6),
            (SpanKind::Payload, 6..11)
        ]
    );
    let fragments = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
    assert_eq!(server(&[(false, 0, 1, b"Hel"), (true, 0, 0, b"lo")]), fragments);
    for (len, form) in [(256, &[0x82, 0x7E, 0x01, 0x00][..]), (65536, &[0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])]
    {
        let bytes = server(&[(true, 0, 2, &vec![0; len])]);
        assert!(bytes.starts_with(form));
        let found = read(Sender::Server, Limits::UNLIMITED, &bytes);
        assert_eq!(found.messages[0].head.unwrap().length, len as u64);
    }
}

#[test]
fn each_rule_is_broken_at_its_byte() {
    let key = [0x37, 0xfa, 0x21, 0x3d];
    let with = |head: &[u8]| [head, &key].concat();
    for (bytes, expected, span) in [
        (client(&[(true, 4, 1, b"a")]), Rule::ReservedBit, 0..1),
        (client(&[(true, 1, 3, b"")]), Rule::ReservedBit, 0..1),
        (client(&[(true, 0, 3, b"")]), Rule::ReservedOpcode, 0..1),
        (client(&[(true, 0, 0xF, b"")]), Rule::ReservedOpcode, 0..1),
        (server(&[(true, 0, 1, b"a")]), Rule::Unmasked, 1..2),
        (with(&[0x81, 0xFE, 0, 125]), Rule::LengthNotShortest, 2..4),
        (with(&[0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]), Rule::LengthNotShortest, 2..10),
        (with(&[0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]), Rule::LengthTopBit, 2..3),
        (client(&[(false, 0, 9, b"")]), Rule::ControlFragmented, 0..1),
        (client(&[(true, 0, 9, &[0; 126])]), Rule::ControlTooLong, 1..2),
        (client(&[(true, 0, 0, b"")]), Rule::NothingToContinue, 0..1),
        (client(&[(false, 0, 1, b""), (true, 0, 2, b"")]), Rule::MessageInMessage, 6..7),
        (client(&[(true, 0, 8, b"a")]), Rule::CloseTooShort, 1..2),
        (client(&[(true, 0, 8, &[3, 0xED])]), Rule::CloseCodeInvalid, 6..8),
        (client(&[(true, 0, 8, &[3, 0xE8, b'a', 0xFF])]), Rule::CloseReasonNotUtf8, 9..10),
        (client(&[(true, 0, 8, &[3, 0xE8, 0xC3])]), Rule::CloseReasonNotUtf8, 8..9),
        (client(&[(false, 0, 1, b"caf\xC3"), (true, 0, 0, b"a")]), Rule::TextNotUtf8, 16..17),
        (client(&[(false, 0, 1, b"ab"), (true, 0, 0, b"caf\xC3")]), Rule::TextCutOff, 17..18),
    ] {
        assert_eq!(rule(&bytes), Some((expected, span)), "{bytes:x?}");
    }
    let masked = client(&[(true, 0, 1, b"a")]);
    let found = read(Sender::Server, Limits::UNLIMITED, &masked).violation.unwrap();
    assert_eq!((found.rule, found.found), (Rule::Masked, Some(0x81)));
}

#[test]
fn control_frames_stand_between_fragments_and_close_is_the_last() {
    let bytes = client(&[
        (false, 0, 1, "caf\u{e9}".as_bytes().split_at(4).0),
        (true, 0, 9, b"hi"),
        (false, 0, 0, b""),
        (true, 0, 0, &[0xA9]),
        (true, 0, 8, b"\x03\xE8bye"),
        (true, 0, 1, b"more"),
    ]);
    let found = read(Sender::Client, Limits::UNLIMITED, &bytes);
    assert_eq!((found.messages.len(), found.violation), (5, None));
    assert_eq!(found.leaves.last().unwrap().kind, SpanKind::Unparsed);
    assert!(found.leaves.iter().any(|leaf| leaf.kind == SpanKind::CloseCode));
}

/// RFC 6455 §10.4: a limit for "the total message size after reassembly".
#[test]
fn a_message_over_the_limit_is_refused_by_its_length() {
    let limits = Limits { message_bytes: 10, deflate: false };
    let found = |bytes: &[u8]| {
        let mut machine = FrameMachine::new(Sender::Client, 0, limits);
        replay::run(&mut machine, bytes, false, |_, _| {}).violation.map(|found| found.rule)
    };
    assert_eq!(
        found(&client(&[(false, 0, 2, &[0; 6]), (true, 0, 9, &[0; 100]), (true, 0, 0, &[0; 4])])),
        None
    );
    let fragments = client(&[(false, 0, 2, &[0; 6]), (true, 0, 0, &[0; 5])]);
    assert_eq!(found(&fragments), Some(Rule::MessageTooBig));
    // A gigabyte is announced, and nothing of it has to arrive.
    assert_eq!(found(&[0x82, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0]), Some(Rule::MessageTooBig));
}

#[test]
fn a_compressed_message_is_not_taken_for_text() {
    let limits = Limits { deflate: true, ..Limits::UNLIMITED };
    let bytes = server(&[(false, 4, 1, &[0xFF]), (true, 0, 0, &[0xFE])]);
    assert_eq!(read(Sender::Server, limits, &bytes).violation, None);
    for wrong in [(true, 2, 1), (true, 4, 9)] {
        let bytes = server(&[(wrong.0, wrong.1, wrong.2, b"")]);
        assert_eq!(read(Sender::Server, limits, &bytes).violation.unwrap().rule, Rule::ReservedBit);
    }
}

#[test]
fn the_end_without_a_close_frame_breaks_a_rule() {
    use crate::wire::{Machine, Silent};
    let mut machine = FrameMachine::new(Sender::Client, 0, Limits::UNLIMITED);
    assert_eq!(machine.end_of_input(&mut Silent).unwrap_err().rule, Rule::EndedWithoutClose);
    let mut machine = FrameMachine::new(Sender::Client, 0, Limits::UNLIMITED);
    let bytes = client(&[(true, 0, 8, b"")]);
    replay::run(&mut machine, &bytes, false, |_, _| {});
    assert_eq!(machine.end_of_input(&mut Silent), Ok(()));
}

#[test]
fn codes_that_are_kept_for_programs_are_not_sent() {
    for (range, may) in [
        (0..=999, false),
        (1000..=1003, true),
        (1004..=1006, false),
        (1007..=1014, true),
        (1015..=2999, false),
        (3000..=4999, true),
        (5000..=65535, false),
    ] {
        assert!(range.clone().all(|number| close_code::may_be_sent(number) == may), "{range:?}");
    }
    for code in CloseCode::ALL {
        assert_eq!(CloseCode::from_number(code.number()), Some(code));
        assert!(code.facts().about.ends_with('.'));
    }
    for rule in Rule::ALL {
        assert!(rule.facts().close.facts().may_be_sent, "{rule:?}");
    }
}

proptest! {
    /// What is written is read, in any pieces.
    #[test]
    fn frames_are_read_as_they_were_written(
        messages in vec((any::<bool>(), vec(vec(any::<u8>(), 0..200), 1..5), any::<[u8; 4]>()), 0..6),
    ) {
        let mut out = BytesMut::new();
        let mut expected = Vec::new();
        for (has_ping, fragments, key) in &messages {
            for (index, payload) in fragments.iter().enumerate() {
                let opcode = if index == 0 { 2 } else { 0 };
                let fin = index + 1 == fragments.len();
                Outgoing { fin, rsv: 0, opcode, mask: Some(*key), payload }.write(&mut out);
                expected.push((opcode, fin, payload.clone()));
                if *has_ping && !fin {
                    Outgoing { fin: true, rsv: 0, opcode: 9, mask: Some(*key), payload: b"x" }.write(&mut out);
                    expected.push((9, true, b"x".to_vec()));
                }
            }
        }
        let found = read(Sender::Client, Limits::UNLIMITED, &out);
        let frames: Vec<_> = found.messages.iter().map(|message| {
            let frame = message.head.unwrap();
            let range = frame.payload_range();
            let at = |offset: u64| usize::try_from(offset).unwrap();
                    let mut payload = out[at(range.start)..at(range.end)].to_vec();
            frame.unmask(&mut payload, range.start);
            (frame.opcode.bits(), frame.fin, payload)
        }).collect();
        prop_assert_eq!(frames, expected);
        prop_assert_eq!(found.violation, None);
    }

    /// Any bytes: in any pieces the same, every byte in one span.
    #[test]
    fn any_bytes_are_accounted_for(bytes in vec(any::<u8>(), 0..300)) {
        invariants::websocket(&bytes);
    }
}
