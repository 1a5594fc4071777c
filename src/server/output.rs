//! The output of a connection: bytes to write, in order, and their pace.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Write},
};

use bytes::{Bytes, BytesMut};

use crate::{
    base::{
        faults::{self, Call},
        stream::{ExchangeId, Nanos},
    },
    service::Pace,
    trace::BLOCK_BYTES,
};

use super::blocks::Blocks;

/// Above this many bytes the producers of bodies wait for the client, which limits the memory that a slow
/// reader of a large file takes.
pub(super) const HIGH_BYTES: usize = 128 * 1024;
/// Bodies up to this size are copied behind their head, so that both are sent in one write.
const COPIED_BYTES: usize = 16 * 1024;

/// Free space that a block needs before a response is built in it.
const ROOM_BYTES: usize = 4 * 1024;
/// A block with less free space than this is not filled up with the next part of a file.
const FILL_BYTES: usize = 16 * 1024;

/// The queue of bytes to write.
#[derive(Debug, Default)]
pub(super) struct Output {
    queue: VecDeque<Waiting>,
    /// The part under construction: heads and small bodies, of several responses if the client pipelines. It
    /// lies in a block of [`BLOCK_BYTES`] that many parts of the queue share.
    tail: BytesMut,
    /// Whether the block of `tail` has become longer than [`BLOCK_BYTES`].
    grown: bool,
    /// Stream offset from which on the queue may have parts of a borrowed block.
    borrowed: u64,
    queued: usize,
    written: u64,
    /// Ends of responses that are complete in the output but not yet completely written, in order.
    ends: VecDeque<ResponseEnd>,
    /// Whether the end of the stream delimits the last response: cut off, it would look complete.
    ends_with_stream: bool,
    pace: Option<Pace>,
    /// With a pace: the time of the next write.
    next_write: Nanos,
}

/// Bytes waiting to be written.
#[derive(Debug)]
struct Waiting {
    bytes: Bytes,
    /// Number of bytes of memory that they keep alive, even when some of them are written.
    memory: usize,
}

/// The end of a response in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ResponseEnd {
    /// Stream offset after its last byte.
    pub(super) end: u64,
    pub(super) exchange: ExchangeId,
    /// Whether another request may follow on the connection.
    pub(super) keep_alive: bool,
    /// Bytes that the response takes from the pool until it is written.
    pub(super) pooled: u64,
}

/// Result of a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flushed {
    /// Everything is written.
    Empty,
    /// The socket takes no more.
    Full,
    /// The pace allows no more before this time.
    Paced(Nanos),
    /// The budget is used up: other connections come first.
    Budget,
}

impl Output {
    /// Builds in `block`, which all connections use in turn, behind what was built before.
    pub(super) fn attach_block(&mut self, block: &mut BytesMut, blocks: &mut Blocks) {
        self.close_tail();
        if block.capacity() < ROOM_BYTES {
            blocks.renew(block);
        }
        std::mem::swap(&mut self.tail, block);
        self.grown = false;
        self.borrowed = self.produced();
    }

    /// Returns the borrowed block. Bytes in it that still wait to be written are copied out: a client that
    /// does not read would otherwise keep a whole block in memory for a few bytes.
    pub(super) fn detach_block(&mut self, block: &mut BytesMut) {
        self.close_tail();
        std::mem::swap(&mut self.tail, block);
        if std::mem::take(&mut self.grown) {
            *block = BytesMut::new();
        }
        let mut start = self.produced();
        for Waiting { bytes, memory } in self.queue.iter_mut().rev() {
            start -= bytes.len() as u64;
            if start < self.borrowed {
                break;
            }
            if bytes.len() <= COPIED_BYTES {
                (*bytes, *memory) = (Bytes::copy_from_slice(bytes), bytes.len());
            }
        }
    }

    /// Stream offset after the last byte that the socket accepted.
    pub(super) const fn written(&self) -> u64 {
        self.written
    }

    /// Stream offset after the last byte that was put.
    pub(super) const fn produced(&self) -> u64 {
        self.written + self.queued as u64
    }

    pub(super) const fn queued(&self) -> usize {
        self.queued
    }

    /// Marks the end of the response of `exchange`, which takes `pooled` bytes from the pool until it is written.
    pub(super) fn end_response(&mut self, exchange: ExchangeId, keep_alive: bool, pooled: u64) {
        self.ends.push_back(ResponseEnd { end: self.produced(), exchange, keep_alive, pooled });
    }

    /// Takes the end of the next completely written response. `None`: there is none.
    pub(super) fn take_written(&mut self) -> Option<ResponseEnd> {
        self.ends.pop_front_if(|end| end.end <= self.written)
    }

    /// Takes the end of the next response that will never be completely written.
    pub(super) fn take_unwritten(&mut self) -> Option<ResponseEnd> {
        self.ends.pop_front()
    }

    pub(super) const fn ends_with_stream(&self) -> bool {
        self.ends_with_stream
    }

    pub(super) const fn set_ends_with_stream(&mut self, ends_with_stream: bool) {
        self.ends_with_stream = ends_with_stream;
    }

    /// Sets the pace of slow motion for everything written from now on. `None`: as fast as the client reads.
    pub(super) const fn set_pace(&mut self, pace: Option<Pace>) {
        self.pace = pace;
    }

    pub(super) const fn is_paced(&self) -> bool {
        self.pace.is_some()
    }

    /// Appends bytes that `build` writes into the current block: heads and other small parts.
    pub(super) fn build(&mut self, build: impl FnOnce(&mut BytesMut)) {
        let (before, room) = (self.tail.len(), self.tail.capacity());
        build(&mut self.tail);
        self.grown |= self.tail.capacity() > room;
        self.queued += self.tail.len() - before;
    }

    /// Appends a body that owns all of its memory. A large one is shared, not copied.
    pub(super) fn put(&mut self, bytes: Bytes) {
        if bytes.len() <= COPIED_BYTES {
            self.build(|tail| tail.extend_from_slice(&bytes));
        } else {
            self.close_tail();
            self.queued += bytes.len();
            self.queue.push_back(Waiting { memory: bytes.len(), bytes });
        }
    }

    /// Appends up to `len` bytes that `read` writes into the given buffer. Returns the number of bytes.
    pub(super) fn fill(
        &mut self,
        len: usize,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.tail.capacity() - self.tail.len() < len.min(FILL_BYTES) {
            self.close_tail();
            // Reuses the block if no part of it is held any more, else takes another one.
            self.tail.reserve(BLOCK_BYTES);
        }
        let before = self.tail.len();
        self.tail.resize(self.tail.capacity().min(before + len), 0);
        let result = read(&mut self.tail[before..]);
        let got = *result.as_ref().unwrap_or(&0);
        self.tail.truncate(before + got);
        self.queued += got;
        result
    }

    /// Writes until everything is written, the socket is full, the pace demands a pause or `budget` bytes are
    /// written. Calls `wrote` for every write, with its stream offset, its bytes and the memory that they
    /// keep alive.
    pub(super) fn flush(
        &mut self,
        socket: &mut impl Write,
        now: Nanos,
        mut budget: usize,
        mut wrote: impl FnMut(u64, &Bytes, usize),
    ) -> io::Result<Flushed> {
        self.close_tail();
        while let Some(front) = self.queue.front_mut() {
            if budget == 0 {
                return Ok(Flushed::Budget);
            }
            let mut limit = front.bytes.len();
            if let Some(pace) = self.pace {
                if now < self.next_write {
                    return Ok(Flushed::Paced(self.next_write));
                }
                limit = limit.min(pace.bytes.max(1));
            }
            let result =
                faults::allow(Call::Write, limit).and_then(|most| socket.write(&front.bytes[..most]));
            let sent = match result {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(sent) => sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Flushed::Full),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let (bytes, memory) = (front.bytes.split_to(sent), front.memory);
            if front.bytes.is_empty() {
                self.queue.pop_front();
            }
            wrote(self.written, &bytes, memory);
            self.written += sent as u64;
            self.queued -= sent;
            budget = budget.saturating_sub(sent);
            if let Some(pace) = self.pace {
                self.next_write = now + pace.every;
            }
        }
        Ok(Flushed::Empty)
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            let memory = if self.grown { usize::MAX } else { BLOCK_BYTES };
            self.queue.push_back(Waiting { bytes: self.tail.split().freeze(), memory });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A socket that accepts `room` bytes and is then full.
    struct Socket {
        room: usize,
        got: Vec<u8>,
    }

    impl Write for Socket {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            self.got.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn small_pieces_leave_in_one_write() {
        let mut output = Output::default();
        output.build(|tail| tail.extend_from_slice(b"head "));
        output.put(Bytes::from_static(b"body"));
        let mut socket = Socket { room: 100, got: Vec::new() };
        let mut writes = Vec::new();
        let flushed = output
            .flush(&mut socket, Nanos::ZERO, usize::MAX, |at, bytes, _| writes.push((at, bytes.clone())));
        assert_eq!(flushed.expect("room"), Flushed::Empty);
        assert_eq!(writes, [(0, Bytes::from_static(b"head body"))]);
        assert_eq!((output.written(), output.produced(), output.queued()), (9, 9, 0));
    }

    #[test]
    fn a_full_socket_keeps_the_rest_in_order() {
        let mut output = Output::default();
        output.put(Bytes::from(vec![b'a'; COPIED_BYTES + 1]));
        output.put(Bytes::from_static(b"end"));
        let mut socket = Socket { room: 10, got: Vec::new() };
        assert_eq!(
            output.flush(&mut socket, Nanos::ZERO, usize::MAX, |_, _, _| {}).expect("room"),
            Flushed::Full
        );
        assert_eq!(output.written(), 10);
        socket.room = usize::MAX;
        assert_eq!(
            output.flush(&mut socket, Nanos::ZERO, usize::MAX, |_, _, _| {}).expect("room"),
            Flushed::Empty
        );
        assert_eq!(socket.got.len(), COPIED_BYTES + 4);
        assert!(socket.got.ends_with(b"aend"));
    }

    #[test]
    fn a_block_is_lent_and_comes_back_whatever_is_not_written() {
        let mut block = BytesMut::new();
        let mut output = Output::default();
        let mut socket = Socket { room: 3, got: Vec::new() };
        for expected in [Flushed::Full, Flushed::Empty] {
            output.attach_block(&mut block, &mut Blocks::default());
            output.build(|tail| tail.extend_from_slice(b"in the block "));
            assert_eq!(
                output.flush(&mut socket, Nanos::ZERO, usize::MAX, |_, _, _| {}).expect("room"),
                expected
            );
            output.detach_block(&mut block);
            socket.room = usize::MAX;
            assert!(block.capacity() > 0, "it came back");
            assert!(output.tail.capacity() == 0, "nothing is held");
        }
        assert_eq!(socket.got, b"in the block in the block ");
        // No part of the block is held any more, so it can be reused from its beginning.
        assert!(block.try_reclaim(BLOCK_BYTES));
    }

    #[test]
    fn a_pace_is_kept() {
        let mut output = Output::default();
        output.set_pace(Some(Pace { bytes: 2, every: Duration::from_nanos(100) }));
        output.put(Bytes::from_static(b"abc"));
        let mut socket = Socket { room: 100, got: Vec::new() };
        assert_eq!(
            output.flush(&mut socket, Nanos::new(50), usize::MAX, |_, _, _| {}).expect("room"),
            Flushed::Paced(Nanos::new(150))
        );
        assert_eq!(socket.got, b"ab");
        assert_eq!(
            output.flush(&mut socket, Nanos::new(149), usize::MAX, |_, _, _| {}).expect("room"),
            Flushed::Paced(Nanos::new(150))
        );
        assert_eq!(
            output.flush(&mut socket, Nanos::new(150), usize::MAX, |_, _, _| {}).expect("room"),
            Flushed::Empty
        );
        assert_eq!(socket.got, b"abc");
    }

    #[test]
    fn a_file_follows_its_head_in_the_same_block() {
        let mut block = BytesMut::new();
        let mut output = Output::default();
        let mut socket = Socket { room: usize::MAX, got: Vec::new() };
        output.attach_block(&mut block, &mut Blocks::default());
        output.build(|tail| tail.extend_from_slice(b"head"));
        let got = [0, 1].map(|_| output.fill(BLOCK_BYTES, |into| Ok(into.len())).expect("read"));
        assert_eq!(got, [BLOCK_BYTES - 4, BLOCK_BYTES], "what is left of the block, then another one");
        output.put(Bytes::from(vec![b'a'; 100_000]));
        output.build(|tail| tail.extend_from_slice(&vec![b'b'; BLOCK_BYTES + 1]));
        let mut writes = Vec::new();
        let wrote = |_, bytes: &Bytes, memory| writes.push((bytes.len(), memory));
        assert_eq!(output.flush(&mut socket, Nanos::ZERO, usize::MAX, wrote).expect("room"), Flushed::Empty);
        let long = (BLOCK_BYTES + 1, usize::MAX);
        assert_eq!(
            writes,
            [(BLOCK_BYTES, BLOCK_BYTES), (BLOCK_BYTES, BLOCK_BYTES), (100_000, 100_000), long]
        );
        output.detach_block(&mut block);
        assert_eq!(block.capacity(), 0, "a block that has grown is not used again");
    }

    #[test]
    fn a_failed_fill_leaves_nothing_behind() {
        let mut output = Output::default();
        output.build(|tail| tail.extend_from_slice(b"head"));
        let failed = output.fill(10, |_| Err(ErrorKind::Other.into()));
        assert!(failed.is_err());
        assert_eq!(output.queued(), 4);
        let got = output.fill(10, |into| {
            into[..3].copy_from_slice(b"xyz");
            Ok(3)
        });
        assert_eq!(got.expect("read"), 3);
        assert_eq!(output.queued(), 7);
    }
}
