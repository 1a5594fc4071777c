//! The output of a connection: bytes to write, in order, and their pace.

mod plan;

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
pub(super) use plan::EndAt;
use plan::{Gate, Plan};

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
    /// What is done on purpose. `None`: nothing.
    plan: Option<Box<Plan>>,
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
    /// The connection ends here on purpose: [`Output::take_end`].
    End,
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
        self.complete_plan();
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

    /// Whether something is planned for the time at which the bytes leave, so that no other message may follow yet.
    pub(super) const fn is_paced(&self) -> bool {
        self.pace.is_some() || self.plan.is_some()
    }

    /// Writes nothing from the offset `at` on before `until`.
    pub(super) fn hold(&mut self, at: u64, until: Nanos) {
        self.plan.get_or_insert_default().hold(at, until);
    }

    /// Ends the connection at an offset.
    pub(super) fn end_at(&mut self, end: EndAt) {
        self.plan.get_or_insert_default().end(end);
    }

    /// Forgets an end that lies behind what was put: the message is complete.
    pub(super) fn complete_plan(&mut self) {
        if let Some(plan) = &mut self.plan {
            plan.complete(self.written + self.queued as u64);
        }
    }

    /// Forgets pace and plan: what they were for is written.
    pub(super) fn forget_plan(&mut self) {
        (self.pace, self.plan) = (None, None);
    }

    /// Takes the end of the connection that was reached.
    pub(super) fn take_end(&mut self) -> Option<EndAt> {
        self.plan.as_mut().and_then(|plan| plan.take_end())
    }

    /// Drops what is not written.
    pub(super) fn discard(&mut self) {
        self.close_tail();
        self.queue.clear();
        self.queued = 0;
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
            match self.plan.as_ref().map(|plan| plan.gate(self.written, now)) {
                Some(Gate::Until(time)) => return Ok(Flushed::Paced(time)),
                Some(Gate::End) => return Ok(Flushed::End),
                Some(Gate::Open(most)) => limit = limit.min(most),
                None => {}
            }
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
        match self.plan.as_ref().map(|plan| plan.gate(self.written, now)) {
            Some(Gate::End) => Ok(Flushed::End),
            _ => Ok(Flushed::Empty),
        }
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            let memory = if self.grown { usize::MAX } else { BLOCK_BYTES };
            self.queue.push_back(Waiting { bytes: self.tail.split().freeze(), memory });
        }
    }
}

#[cfg(test)]
mod tests;
