//! Tests of the arrangement of lines.

use bytes::Bytes;

use super::*;
use crate::base::stream::Nanos;

fn chunk(number: u64, offset: u64, data: &'static [u8]) -> Chunk {
    let bytes = Bytes::from_static(data);
    let at = Nanos::new(number * 1_000_000);
    Chunk { at, until: at, number, offset, len: data.len() as u64, count: 1, lost: false, bytes }
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
        backing: Backing::default(),
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
    let source = Source {
        chunks: &chunks,
        boundaries: &[],
        messages: &[],
        markers: &[],
        direction: Direction::Sent,
        backing: Backing::default(),
    };
    let lines = Lines::new(&source, Mode::Text(6));
    assert_eq!(shown(&lines), ["write 1  16 bytes", "0..4", "4..10", "10..14", "14..15", "15..16"]);
    assert_eq!(lines.line_of(13), Some(3));
}

#[test]
fn each_gap_says_whether_its_bytes_can_be_had_and_why_not() {
    let missing = |number: u64, offset: u64, len: u64, lost: bool| Chunk {
        len,
        count: 3,
        lost,
        ..chunk(number, offset, b"")
    };
    let chunks =
        [chunk(1, 0, b"abcd"), missing(2, 4, 1000, false), missing(5, 1004, 6, true), chunk(8, 1020, b"xy")];
    let shown_with = |backing: Backing| {
        let direction = Direction::Received;
        let source =
            Source { chunks: &chunks, boundaries: &[], messages: &[], markers: &[], direction, backing };
        let lines = Lines::new(&source, Mode::Hex(16));
        assert_eq!(lines.line_of(500), None);
        assert_eq!(lines.line_of(1021), Some(8));
        shown(&lines)
    };
    let live = shown_with(Backing { on_disk: true, of_file: false });
    assert_eq!(
        live,
        [
            "read 1  4 bytes",
            "0..4",
            "reads 2 to 4  1,000 bytes  +1.0 ms",
            "1,000 bytes are only on disk: memory had no room for them. An export to a file has them.",
            "reads 5 to 7  6 bytes  +3.0 ms",
            "6 bytes are lost: they came faster than they could be recorded.",
            "10 bytes are lost: they came faster than they could be recorded.",
            "read 8  2 bytes  +3.0 ms",
            "1020..1022",
        ]
    );
    let undone = shown_with(Backing::default());
    assert_eq!(undone[3], "1,000 bytes are lost: memory had no room for them, and they are not on disk.");
    let file = shown_with(Backing { on_disk: true, of_file: true });
    assert_eq!(file[3], live[3]);
    assert_eq!(file[5], "6 bytes are missing: the file that was opened does not have them.");
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
        backing: Backing::default(),
    };
    let lines = Lines::new(&source, Mode::Hex(16));
    assert_eq!(lines.len(), 1 + (1 << 16));
    assert_eq!(lines.blocks.len(), 2);
    assert_eq!(lines.line_of((1 << 20) - 1), Some(1 << 16));
}
