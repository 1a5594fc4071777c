//! Bodies that are made while they are sent: files, and pieces over time.

use std::{fs::File, io, sync::Arc};

use crate::{
    faults::{self, Call},
    http::encode,
    server::{clock::nanos, output::HIGH_BYTES, turn::Turn},
    service::{FileBody, TimedBody},
    trace::{CloseReason, Nanos, Note, NoteKind, Severity, Stage, What},
};

use super::{Connection, Phase};

/// Bytes read from a file at once.
const FILE_BLOCK_BYTES: usize = 64 * 1024;

/// Where the rest of a body comes from.
#[derive(Debug)]
pub(super) enum Producer {
    /// From a file.
    File { file: Arc<File>, offset: u64, left: u64 },
    /// Piece by piece.
    Timed { body: TimedBody, chunked: bool, due: Nanos },
    /// From nowhere: the output runs dry before anything else happens.
    Drain,
}

/// What one look at the producer brought.
enum Made {
    /// The output has more in it than before.
    More,
    /// The body is complete.
    All,
    /// It is not time yet, or the output is full.
    Nothing,
    /// The file is shorter than it was: so many bytes are missing.
    Short(u64),
    Failed(io::Error),
}

impl Producer {
    pub(super) fn file(body: FileBody) -> Self {
        Self::File { file: body.file, offset: body.start, left: body.len }
    }

    /// The first piece is due at once.
    pub(super) const fn timed(body: TimedBody, chunked: bool, now: Nanos) -> Self {
        Self::Timed { body, chunked, due: now }
    }

    /// When there is something to do that no socket tells of. `None`: never.
    pub(super) const fn due(&self) -> Option<Nanos> {
        match self {
            Self::Timed { due, .. } => Some(*due),
            Self::File { .. } | Self::Drain => None,
        }
    }
}

impl Connection {
    /// Makes more of the body, as far as the output has room. Returns whether anything changed.
    pub(super) fn produce(&mut self, turn: &mut Turn) -> bool {
        match self.make(turn) {
            Made::More => true,
            Made::Nothing => false,
            Made::All if self.active.is_some() => {
                self.end_response(turn);
                true
            }
            Made::All => {
                self.output.set_pace(None);
                self.phase = Phase::Reading;
                true
            }
            Made::Short(missing) => {
                self.break_off(turn, NoteKind::FileShrank(missing));
                true
            }
            Made::Failed(error) => {
                self.break_off(turn, NoteKind::FileFailed(error.to_string().into()));
                true
            }
        }
    }

    fn make(&mut self, turn: &Turn) -> Made {
        let Phase::Producing(producer) = &mut self.phase else { return Made::Nothing };
        let room = HIGH_BYTES.saturating_sub(self.output.queued());
        match producer {
            Producer::Drain if self.output.queued() == 0 => Made::All,
            Producer::Drain => Made::Nothing,
            Producer::File { left: 0, .. } => Made::All,
            Producer::File { .. } if room < FILE_BLOCK_BYTES => Made::Nothing,
            Producer::File { file, offset, left } => {
                let len = usize::try_from(*left).unwrap_or(usize::MAX).min(FILE_BLOCK_BYTES);
                let read = |into: &mut [u8]| {
                    let most = faults::allow(Call::FileRead, into.len())?;
                    read_at(file, &mut into[..most], *offset)
                };
                match self.output.fill(len, read) {
                    Ok(0) => Made::Short(*left),
                    Ok(got) => {
                        *offset += got as u64;
                        *left -= got as u64;
                        Made::More
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => Made::More,
                    Err(error) => Made::Failed(error),
                }
            }
            Producer::Timed { due, .. } if *due > turn.now || room == 0 => Made::Nothing,
            Producer::Timed { body, chunked, due } => {
                let Some(piece) = body.pieces.pop() else {
                    if *chunked {
                        self.output.build(|tail| tail.extend_from_slice(encode::LAST_CHUNK));
                    }
                    return Made::All;
                };
                // The end follows the last piece at once.
                *due = if body.pieces.is_empty() { turn.now } else { turn.now + nanos(body.every) };
                if piece.is_empty() {
                    return Made::More;
                }
                if *chunked {
                    self.output.build(|tail| encode::chunk_head(tail, piece.len()));
                    self.output.put(piece);
                    self.output.build(|tail| tail.extend_from_slice(encode::CHUNK_END));
                } else {
                    self.output.put(piece);
                }
                Made::More
            }
        }
    }

    /// The body cannot be completed. Its length is announced already, so the only honest end is to
    /// close before it is reached: RFC 9112 §8 makes the client treat the response as incomplete.
    fn break_off(&mut self, turn: &mut Turn, kind: NoteKind) {
        if let Some(active) = self.active.take() {
            turn.body_pool -= active.pooled;
            let note = Note { severity: Severity::Error, span: None, kind };
            turn.event_now(self.id, active.exchange, What::Noted(note));
            turn.event_now(self.id, active.exchange, What::Stage(Stage::Aborted));
        }
        self.phase = Phase::Closing(CloseReason::FileBroke);
    }
}

/// Reads at an offset without moving a position that others share.
#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

/// Reads at an offset.
#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}
