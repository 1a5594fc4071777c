//! Tests of bodies that are produced while they are sent.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use std::{fs::File, sync::Arc};

use super::*;

/// A source that makes one byte per step; the third step fails if told to.
#[derive(Debug)]
struct Steps {
    left: u8,
    fails: bool,
}

impl Source for Steps {
    fn make(&mut self, into: &mut Vec<u8>, _: Reach) -> io::Result<service::Progress> {
        self.left -= 1;
        into.push(b'x');
        match self.left {
            0 if self.fails => Err(io::Error::other("no more")),
            0 => Ok(service::Progress::End),
            _ => Ok(service::Progress::More),
        }
    }
}

fn written(output: &mut Output) -> String {
    let mut got = Vec::new();
    output.flush(&mut got, Nanos::ZERO, usize::MAX, |_, _, _| {}).unwrap();
    String::from_utf8(got).unwrap()
}

#[test]
fn a_stream_makes_one_step_a_turn_and_ends_with_its_last_chunk() {
    let mut output = Output::default();
    let mut producer = Producer::stream(Box::new(Steps { left: 3, fails: false }), true);
    assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Share));
    assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Share));
    assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::All));
    assert_eq!(written(&mut output), "1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n0\r\n\r\n");
}

#[test]
fn a_stream_that_fails_has_no_last_chunk() {
    let mut output = Output::default();
    let mut producer = Producer::stream(Box::new(Steps { left: 2, fails: true }), true);
    assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Share));
    assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Failed(_)));
    assert_eq!(written(&mut output), "1\r\nx\r\n");
}

#[test]
fn a_full_output_stops_every_producer() {
    let mut output = Output::default();
    output.put(vec![0; HIGH_BYTES].into());
    let file = Arc::new(tempfile::tempfile().unwrap().into());
    for mut producer in [
        Producer::stream(Box::new(Steps { left: 3, fails: false }), false),
        Producer::Pieces([Piece::Bytes("x".into())].into()),
        Producer::Pieces([Piece::File(FileBody { file, start: 0, len: 1 })].into()),
    ] {
        assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Nothing), "{producer:?}");
    }
}

/// Reading a folder as a file gives an operating system error that every test can provoke.
#[cfg(unix)]
#[test]
fn an_error_of_the_file_system_is_no_end() {
    let mut output = Output::default();
    let file = Arc::new(File::open(std::env::temp_dir()).unwrap().into());
    let mut producer = Producer::Pieces([Piece::File(FileBody { file, start: 0, len: 10 })].into());
    // The system's cache has no folders.
    assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Disk));
    assert!(producer.fetch().result.is_err());
    assert_eq!(output.queued(), 0);
}

#[test]
fn a_file_that_is_too_short_says_how_much_is_missing() {
    let mut output = Output::default();
    let file = tempfile::tempfile().unwrap();
    file.set_len(4).unwrap();
    let body = FileBody { file: Arc::new(file.into()), start: 1, len: 10 };
    let mut producer = Producer::Pieces([Piece::File(body)].into());
    assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::More));
    assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Short(7)));
}

#[test]
fn the_next_read_begins_with_a_page_where_it_can() {
    let file = Arc::new(tempfile::tempfile().unwrap().into());
    for (start, len, room, expected) in [
        (0, 100_000, 65_536, 65_536),
        (0, 100_000, 65_236, 61_440),
        (5000, 100_000, 65_236, 64_632),
        (0, 65_236, 65_236, 65_236),
        (0, 100_000, 300, 300),
    ] {
        let body = FileBody { file: Arc::clone(&file), start, len };
        assert_eq!(aligned(&body, room), expected, "{start} {len} {room}");
    }
}
