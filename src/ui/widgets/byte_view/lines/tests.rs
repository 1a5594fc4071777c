//! Tests of the arrangement of lines.

use bytes::Bytes;

use super::*;
use crate::base::stream::Nanos;

fn chunk(number: u64, offset: u64, data: &'static [u8]) -> Chunk {
    let bytes = Bytes::from_static(data);
    let at = Nanos::new(number * 1_000_000);
    Chunk { at, until: at, number, offset, len: data.len() as u64, count: 1, bytes }
}

fn shown(lines: &Lines) -> Vec<String> {
    (0..lines.len())
        .map(|index| match lines.line(index) {
            Some(Line::Separator(separator)) => separator.text(),
            Some(Line::Bytes(range)) => format!("{}..{}", range.start, range.end),
            None => "none".to_owned(),
        })
        .collect()
}

#[test]
fn lines_break_where_a_read_or_a_message_begins() {
    let chunks = [chunk(1, 0, b"0123456789abcdef0123"), chunk(2, 20, b"456789")];
    let boundaries = [Boundary { offset: 4, ends: Some(1), begins: Some(2) }];
    let markers = [Marker { offset: 22, place: Place::BodyBegins(crate::http::Framing::Length(4)) }];
    let source = Source {
        messages: &[],
        chunks: &chunks,
        boundaries: &boundaries,
        markers: &markers,
        direction: Direction::Received,
    };
    let lines = Lines::new(&source, Mode::Hex(8));
    assert_eq!(
        shown(&lines),
        [
            "read 1  20 bytes",
            "0..4",
            "request 1 ends request 2 begins · offset 4 (0x4) of the connection",
            "4..12",
            "12..20",
            "read 2  6 bytes  +1.0 ms",
            "20..22",
            "empty line: the head ends, a body of 4 bytes begins",
            "22..26",
        ]
    );
    for offset in 0..26 {
        let line = lines.line_of(offset).and_then(|line| lines.line(line));
        assert!(
            matches!(&line, Some(Line::Bytes(range)) if range.contains(&offset)),
            "offset {offset} is on {line:?}"
        );
    }
    assert_eq!(lines.line_of(26), None);
}

#[test]
fn text_lines_end_after_lf_or_when_they_are_full() {
    let chunks = [chunk(1, 0, b"ab\r\ncdefghijk\n\nl")];
    let source =
        Source { chunks: &chunks, boundaries: &[], messages: &[], markers: &[], direction: Direction::Sent };
    let lines = Lines::new(&source, Mode::Text(6));
    assert_eq!(shown(&lines), ["write 1  16 bytes", "0..4", "4..10", "10..14", "14..15", "15..16"]);
    assert_eq!(lines.line_of(13), Some(3));
}

#[test]
fn bytes_that_are_not_kept_are_said_to_be_missing() {
    let mut omitted = chunk(2, 4, b"");
    omitted.len = 1000;
    omitted.count = 3;
    let chunks = [chunk(1, 0, b"abcd"), omitted, chunk(5, 1010, b"xy")];
    let source = Source {
        chunks: &chunks,
        boundaries: &[],
        messages: &[],
        markers: &[],
        direction: Direction::Received,
    };
    let lines = Lines::new(&source, Mode::Hex(16));
    assert_eq!(
        shown(&lines),
        [
            "read 1  4 bytes",
            "0..4",
            "reads 2 to 4  1,000 bytes  +1.0 ms",
            "1,000 bytes not in memory, only counted",
            "6 bytes not in memory",
            "read 5  2 bytes  +3.0 ms",
            "1010..1012",
        ]
    );
    assert_eq!(lines.line_of(500), None);
    assert_eq!(lines.line_of(1011), Some(6));
}

#[test]
fn a_large_body_costs_no_line_each() {
    let data: &'static [u8] = Box::leak(vec![0_u8; 1 << 20].into_boxed_slice());
    let chunks = [chunk(1, 0, data)];
    let source = Source {
        chunks: &chunks,
        boundaries: &[],
        messages: &[],
        markers: &[],
        direction: Direction::Received,
    };
    let lines = Lines::new(&source, Mode::Hex(16));
    assert_eq!(lines.len(), 1 + (1 << 16));
    assert_eq!(lines.blocks.len(), 2);
    assert_eq!(lines.line_of((1 << 20) - 1), Some(1 << 16));
}
