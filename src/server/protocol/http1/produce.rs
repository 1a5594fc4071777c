//! Bodies that are produced while they are sent: files, streams, and pieces over time.

use std::{collections::VecDeque, io};

use bytes::Bytes;

use crate::{
    base::stream::Nanos,
    http::encode,
    server::{
        disk::Answer,
        output::{HIGH_BYTES, Output},
        protocol::{Context, Progress},
    },
    service::{self, FileBody, Piece, Reach, Source, TimedBody},
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
    /// A thread makes the next part. `since`: when it was asked to.
    Fetching { answer: Answer<Fetched>, since: Nanos },
    /// Nothing more: waits until the output is written.
    Drain,
}

/// The part of a body that a thread made.
#[derive(Debug)]
pub(super) struct Fetched {
    /// The source of the rest.
    producer: Producer,
    bytes: Vec<u8>,
    /// Whether the source has more.
    result: io::Result<service::Progress>,
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
    /// The next part is not in the system's cache.
    Disk,
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
            Self::Pieces(_) | Self::Stream { .. } | Self::Fetching { .. } | Self::Drain => None,
        }
    }

    /// Since when a disk is waited for. `None`: it is not.
    pub(super) const fn waits_since(&self) -> Option<Nanos> {
        match self {
            Self::Fetching { since, .. } => Some(*since),
            _ => None,
        }
    }

    /// The number of the file that the next part is read from. 0: any.
    pub(super) fn file(&self) -> u64 {
        match self {
            Self::Pieces(queue) => match queue.front() {
                Some(Piece::File(body)) => body.file.identity(),
                _ => 0,
            },
            Self::Stream { source, .. } => std::ptr::from_ref(&**source).addr() as u64,
            _ => 0,
        }
    }

    /// Makes the next part, on a thread that may wait for a disk.
    pub(super) fn fetch(mut self) -> Fetched {
        let mut bytes = Vec::new();
        let result = loop {
            let result = match &mut self {
                Self::Pieces(queue) => match queue.front_mut() {
                    Some(Piece::File(file)) => {
                        let len = file.up_to(FILE_BLOCK_BYTES);
                        bytes.resize(aligned(file, len), 0);
                        let read = file.read(&mut bytes, Reach::Disk);
                        bytes.truncate(*read.as_ref().unwrap_or(&0));
                        read.map(|_| service::Progress::More)
                    }
                    _ => Ok(service::Progress::More),
                },
                Self::Stream { source, .. } => {
                    bytes.clear();
                    source.make(&mut bytes, Reach::Disk)
                }
                _ => Ok(service::Progress::More),
            };
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        Fetched { producer: self, bytes, result }
    }

    /// Puts what a thread made into the output, and goes on with the rest.
    fn take(&mut self, output: &mut Output) -> Produced {
        let Self::Fetching { answer, .. } = self else { return Produced::Nothing };
        let Fetched { producer, bytes, result } = match answer.poll() {
            None => return Produced::Nothing,
            Some(Ok(fetched)) => fetched,
            Some(Err(error)) => return Produced::Failed(error),
        };
        *self = producer;
        match (result, &mut *self) {
            (Err(error), _) => Produced::Failed(error),
            (Ok(_), Self::Pieces(queue)) => match queue.front() {
                Some(Piece::File(file)) if bytes.is_empty() && file.len > 0 => Produced::Short(file.len),
                _ => {
                    output.put(bytes.into());
                    Produced::More
                }
            },
            (Ok(progress), Self::Stream { chunked, .. }) => made(output, &bytes, *chunked, progress),
            (Ok(_), _) => Produced::More,
        }
    }

    /// Takes one step, as far as the output has room.
    fn make(&mut self, output: &mut Output, now: Nanos) -> Produced {
        let room = HIGH_BYTES.saturating_sub(output.queued());
        match self {
            Self::Drain if output.queued() == 0 => Produced::All,
            Self::Drain => Produced::Nothing,
            Self::Fetching { .. } => self.take(output),
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
                let progress = match source.make(made, Reach::Cache) {
                    Ok(progress) => progress,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Produced::Disk,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => service::Progress::More,
                    Err(error) => return Produced::Failed(error),
                };
                self::made(output, made, *chunked, progress)
            }
        }
    }
}

/// Puts the bytes that a source has made into the output.
fn made(output: &mut Output, bytes: &[u8], chunked: bool, progress: service::Progress) -> Produced {
    output.build(|tail| {
        if chunked && !bytes.is_empty() {
            encode::chunk_head(tail, bytes.len());
            tail.extend_from_slice(bytes);
            tail.extend_from_slice(encode::CHUNK_END);
        } else {
            tail.extend_from_slice(bytes);
        }
    });
    match progress {
        service::Progress::More => Produced::Share,
        service::Progress::End => {
            end(output, chunked);
            Produced::All
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
            let len = file.up_to(FILE_BLOCK_BYTES);
            match output.fill(len, |into| {
                let len = aligned(file, into.len());
                file.read(&mut into[..len], Reach::Cache)
            }) {
                Ok(0) => Produced::Short(file.len),
                Ok(_) => Produced::More,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Produced::More,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Produced::Disk,
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
            Produced::Disk => self.fetch(cx),
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
mod tests;
