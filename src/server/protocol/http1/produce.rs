//! Bodies that are produced while they are sent: files, streams, and pieces over time.

use std::{collections::VecDeque, io};

use bytes::Bytes;

use crate::{
    base::stream::Nanos,
    http::encode,
    server::{
        output::{HIGH_BYTES, Output},
        protocol::{Context, Progress},
    },
    service::{self, FileBody, Piece, Source, TimedBody},
    trace::NoteKind,
};

use super::{Http1, Phase};

/// Number of bytes read from a file at once.
const FILE_BLOCK_BYTES: usize = 64 * 1024;

/// The source of the rest of a body.
#[derive(Debug)]
pub(super) enum Producer {
    /// Memory and files, in this order.
    Pieces(VecDeque<Piece>),
    /// Pieces over time.
    Timed { body: TimedBody, chunked: bool, due: Nanos },
    /// A stream that is made step by step.
    Stream { source: Box<dyn Source>, chunked: bool, made: Vec<u8> },
    /// Nothing more: waits until the output is written.
    Drain,
}

/// Result of one step of a producer.
#[derive(Debug)]
enum Produced {
    /// Bytes were added to the output.
    More,
    /// Bytes were added to the output, which took as much work as one turn allows.
    Share,
    /// The body is complete.
    All,
    /// The time has not come yet, or the output is full.
    Nothing,
    /// The file has shrunk: this many bytes are missing.
    Short(u64),
    /// The rest of the body cannot be read.
    Failed(io::Error),
}

impl Producer {
    /// A producer of pieces over time, of which the first is due at once.
    pub(super) const fn timed(body: TimedBody, chunked: bool, now: Nanos) -> Self {
        Self::Timed { body, chunked, due: now }
    }

    pub(super) const fn stream(source: Box<dyn Source>, chunked: bool) -> Self {
        Self::Stream { source, chunked, made: Vec::new() }
    }

    /// The time of the next step, if it does not depend on the socket. `None`: it does.
    pub(super) const fn due(&self) -> Option<Nanos> {
        match self {
            Self::Timed { due, .. } => Some(*due),
            Self::Pieces(_) | Self::Stream { .. } | Self::Drain => None,
        }
    }

    /// Takes one step, as far as the output has room.
    fn make(&mut self, output: &mut Output, now: Nanos) -> Produced {
        let room = HIGH_BYTES.saturating_sub(output.queued());
        match self {
            Self::Drain if output.queued() == 0 => Produced::All,
            Self::Drain => Produced::Nothing,
            Self::Pieces(queue) => piece(queue, output, room),
            Self::Timed { due, .. } if *due > now || room == 0 => Produced::Nothing,
            Self::Timed { body, chunked, due } => {
                let Some(parts) = body.take_piece() else {
                    end(output, *chunked);
                    return Produced::All;
                };
                // The end follows immediately after the last piece.
                *due = if body.is_over() { now } else { now + body.every };
                let len = parts.iter().map(Bytes::len).sum();
                if *chunked && len > 0 {
                    output.build(|tail| encode::chunk_head(tail, len));
                }
                for part in parts {
                    output.put(part);
                }
                if *chunked && len > 0 {
                    output.build(|tail| tail.extend_from_slice(encode::CHUNK_END));
                }
                Produced::More
            }
            Self::Stream { .. } if room < FILE_BLOCK_BYTES => Produced::Nothing,
            Self::Stream { source, chunked, made } => {
                made.clear();
                let progress = match source.make(made) {
                    Ok(progress) => progress,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => service::Progress::More,
                    Err(error) => return Produced::Failed(error),
                };
                output.build(|tail| {
                    if *chunked && !made.is_empty() {
                        encode::chunk_head(tail, made.len());
                        tail.extend_from_slice(made);
                        tail.extend_from_slice(encode::CHUNK_END);
                    } else {
                        tail.extend_from_slice(made);
                    }
                });
                match progress {
                    service::Progress::More => Produced::Share,
                    service::Progress::End => {
                        end(output, *chunked);
                        Produced::All
                    }
                }
            }
        }
    }
}

/// Moves the next piece, or the next block of it, to the output.
fn piece(queue: &mut VecDeque<Piece>, output: &mut Output, room: usize) -> Produced {
    match queue.front_mut() {
        None => Produced::All,
        Some(Piece::Bytes(_)) if room == 0 => Produced::Nothing,
        Some(Piece::Bytes(bytes)) => {
            output.put(std::mem::take(bytes));
            queue.pop_front();
            Produced::More
        }
        Some(Piece::File(file)) if file.len == 0 => {
            queue.pop_front();
            Produced::More
        }
        Some(Piece::File(_)) if room < FILE_BLOCK_BYTES => Produced::Nothing,
        Some(Piece::File(file)) => {
            let len = usize::try_from(file.len).unwrap_or(usize::MAX).min(FILE_BLOCK_BYTES);
            match output.fill(len, |into| {
                let len = aligned(file, into.len());
                file.read(&mut into[..len])
            }) {
                Ok(0) => Produced::Short(file.len),
                Ok(_) => Produced::More,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Produced::More,
                Err(error) => Produced::Failed(error),
            }
        }
    }
}

/// At most `len` bytes, rounded so that the next read begins at a page boundary: whole pages are copied
/// faster.
fn aligned(file: &FileBody, len: usize) -> usize {
    const PAGE_BYTES: u64 = 4096;
    let over = usize::try_from((file.start + len as u64) % PAGE_BYTES).unwrap_or(0);
    if over < len && (len as u64) < file.len { len - over } else { len }
}

fn end(output: &mut Output, chunked: bool) {
    if chunked {
        output.build(|tail| tail.extend_from_slice(encode::LAST_CHUNK));
    }
}

impl Http1 {
    /// Produces more of the body, as far as the output has room.
    pub(super) fn produce(&mut self, cx: &mut Context<'_>) -> Progress {
        let Phase::Producing(producer) = &mut self.phase else { return Progress::None };
        match producer.make(cx.output, cx.turn.now) {
            Produced::More => Progress::Some,
            Produced::Share => Progress::Share,
            Produced::Nothing => Progress::None,
            Produced::All if self.active.is_some() => {
                if let Producer::Stream { source, .. } = producer
                    && let Some(problem) = source.problem()
                {
                    self.note_problem(cx, problem);
                }
                self.end_response(cx);
                Progress::Some
            }
            Produced::All => {
                cx.output.forget_plan();
                self.phase = Phase::Reading;
                Progress::Some
            }
            Produced::Short(missing) => {
                self.break_off(cx, NoteKind::FileShrank(missing));
                Progress::Some
            }
            Produced::Failed(error) => {
                self.break_off(cx, NoteKind::FileFailed(error.to_string().into()));
                Progress::Some
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
        fn make(&mut self, into: &mut Vec<u8>) -> io::Result<service::Progress> {
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
        let file = Arc::new(tempfile::tempfile().unwrap());
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
        let file = Arc::new(File::open(std::env::temp_dir()).unwrap());
        let mut producer = Producer::Pieces([Piece::File(FileBody { file, start: 0, len: 10 })].into());
        assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Failed(_)));
        assert_eq!(output.queued(), 0);
    }

    #[test]
    fn a_file_that_is_too_short_says_how_much_is_missing() {
        let mut output = Output::default();
        let file = tempfile::tempfile().unwrap();
        file.set_len(4).unwrap();
        let body = FileBody { file: Arc::new(file), start: 1, len: 10 };
        let mut producer = Producer::Pieces([Piece::File(body)].into());
        assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::More));
        assert!(matches!(producer.make(&mut output, Nanos::ZERO), Produced::Short(7)));
    }

    #[test]
    fn the_next_read_begins_with_a_page_where_it_can() {
        let file = Arc::new(tempfile::tempfile().unwrap());
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
}
