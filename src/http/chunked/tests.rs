//! Tests of the reader of a chunked body.

use super::*;
use crate::wire::{Recorded, Silent};

const LIMITS: Limits = Limits { target_bytes: 0, head_bytes: 100, body_bytes: 1000, ..Limits::UNLIMITED };

/// Reads `data` whole: the content, how much was consumed, and whether it is the end.
fn read(chunks: &mut Chunks, data: &[u8]) -> Result<(Vec<u8>, usize, bool), Violation> {
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        let step = chunks.read(&data[at..], 50 + at as u64, &LIMITS, &mut Silent)?;
        match step.event {
            Event::Body(range) => content.extend_from_slice(&data[at..][range]),
            event => return Ok((content, at + step.consumed, event == Event::End)),
        }
        at += step.consumed;
    }
}

#[test]
fn content_is_the_data_of_all_chunks() {
    let data = b"4\r\nwiki\r\n5;x=\"y\"\r\npedia\r\n0\r\nA: b\r\n\r\nGET";
    let mut chunks = Chunks::starting(50);
    assert_eq!(read(&mut chunks, data), Ok((b"wikipedia".to_vec(), data.len() - 3, true)));
    assert_eq!(chunks.reached(), 50 + data.len() as u64 - 3);
}

#[test]
fn framing_is_consumed_as_it_comes_and_trailers_whole() {
    let cases = [
        (&b""[..], 0, State::Body(None), None),
        (b"1f", 2, State::Body(None), Some((SpanKind::ChunkSize, 50..52))),
        (b"2;a", 3, State::Body(None), Some((SpanKind::ChunkExtension, 51..53))),
        (b"2\r", 2, State::Body(None), Some((SpanKind::LineEnd, 51..52))),
        (b"2\r\nh", 4, State::Body(Some(1)), Some((SpanKind::Body, 53..54))),
        (b"2\r\nhi\r", 6, State::Body(None), Some((SpanKind::LineEnd, 55..56))),
        (b"0\r\nA:", 3, State::Trailers, Some((SpanKind::Delimiter, 54..55))),
    ];
    for (data, consumed, state, pending) in cases {
        let mut chunks = Chunks::starting(50);
        let read = read(&mut chunks, data).map(|(_, consumed, end)| (consumed, end));
        let name = data.escape_ascii();
        assert_eq!(read, Ok((consumed, false)), "{name}");
        assert_eq!(chunks.state(), state, "{name}");
        assert_eq!(chunks.pending(), pending, "{name}");
    }
}

#[test]
fn extensions_are_bounded_over_all_chunks() {
    let half = format!("1;{}\r\nx\r\n", "a".repeat(EXTENSION_BYTES_MAX as usize / 2 - 2));
    let mut chunks = Chunks::starting(50);
    for _ in 0..2 {
        // The `;` was counted with the size; the CR is the last byte of the extension's line.
        assert!(read(&mut chunks, half.as_bytes()).is_ok());
    }
    let violation = read(&mut chunks, b"1;aaaa\r\n");
    assert_eq!(violation.map_err(|violation| violation.rule), Err(Rule::ChunkExtensionTooLong));
}

#[test]
fn a_sum_past_the_limit_is_refused_where_its_size_ends() {
    let mut chunks = Chunks::starting(50);
    let violation = read(&mut chunks, b"1\r\nx\r\n3e8\r\n");
    assert_eq!(violation, Err(Violation::token(Rule::BodyTooLarge, 56..59)));
}

#[test]
fn a_trailer_section_without_fields_gives_no_note() {
    let mut sink = Recorded::default();
    let step = Chunks::starting(0).read(b"0\r\n\r\n", 0, &LIMITS, &mut sink);
    assert_eq!(step, Ok(Step { consumed: 5, event: Event::End }));
    assert!(sink.notes.is_empty());
}
