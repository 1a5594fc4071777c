//! Reads the stream from the server to the client.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, Nanos},
    http::{Framing, Leniencies, Method, ResponseMachine},
    trace::{Event, EventKind, Payload, Stage},
    wire::{Event as Read, Machine, Silent, State},
};

use super::{EventSink, PendingRequest, UNKNOWN_BYTES};
use crate::pcap::tcp::StreamEvent;

/// Reads responses and assigns them to requests.
#[derive(Debug)]
pub(super) struct ResponseReader {
    conn: ConnId,
    /// Reads responses. `None`: the beginning of the next response is not known.
    machine: Option<ResponseMachine>,
    /// Bytes that the machine has not consumed.
    buffer: Vec<u8>,
    /// Stream offset after the server's last byte.
    offset: u64,
    /// Whether a response is arriving.
    reading: bool,
    /// Events of bytes that wait until the head in them is complete, since the server emits the head first.
    held: Vec<Event>,
    tunnel: bool,
}

impl ResponseReader {
    pub(super) fn new(conn: ConnId, whole: bool) -> Self {
        Self {
            conn,
            machine: whole.then(|| ResponseMachine::starting_at(0).tolerating(Leniencies::ALL)),
            buffer: Vec::new(),
            offset: 0,
            reading: false,
            held: Vec::new(),
            tunnel: false,
        }
    }

    /// Whether the next byte begins a response, as far as known.
    pub(super) fn is_between(&self) -> bool {
        !self.reading
    }

    /// Takes a part of the stream in. Returns whether both ends speak another protocol from now on.
    pub(super) fn take(
        &mut self,
        piece: StreamEvent,
        waiting: &mut VecDeque<PendingRequest>,
        out: &mut EventSink,
    ) -> bool {
        match piece {
            StreamEvent::Bytes(at, bytes) => self.bytes(at, bytes, waiting, out),
            StreamEvent::Gap(at, len) => self.gap(at, len, waiting, out),
            StreamEvent::End(at) => self.finish(at, waiting, out),
        }
        self.tunnel
    }

    /// Ends the stream, which completes a body that lasts until close.
    pub(super) fn finish(&mut self, at: Nanos, waiting: &mut VecDeque<PendingRequest>, out: &mut EventSink) {
        let Some(machine) = &mut self.machine else { return };
        if !std::mem::take(&mut self.reading) {
            return;
        }
        let ended = machine.end_of_input(&mut Silent).is_ok();
        let status = machine.partial_head().map(|head| (head.start, head.status)).filter(|(_, s)| s.0 > 0);
        let offset = machine.offset();
        self.machine = None;
        if let (Some((start, status)), Some(first), false) = (status, waiting.front(), self.held.is_empty()) {
            // The head breaks off: what is known of it is emitted before its bytes.
            let (end, framing) = (self.offset, Framing::None);
            let stage = Stage::ResponseHead { status, refusal: None, start, end, framing };
            out.emit(at, self.conn, Some(first.id), EventKind::Stage(stage));
        }
        out.events.append(&mut self.held);
        let Some(first) = waiting.pop_front() else { return };
        let stage = if ended {
            Stage::ResponseSent { end: offset, keep_alive: false }
        } else {
            out.note(at, self.conn, Some(first.id), "The response breaks off.");
            Stage::Aborted
        };
        out.emit(at, self.conn, Some(first.id), EventKind::Stage(stage));
    }

    fn bytes(
        &mut self,
        at: Nanos,
        bytes: Bytes,
        waiting: &mut VecDeque<PendingRequest>,
        out: &mut EventSink,
    ) {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        if self.machine.is_none() && bytes.starts_with(b"HTTP/1.") {
            // Some responses were not captured: this one answers the latest request.
            while waiting.len() > 1 {
                self.lost(at, waiting, out);
            }
            self.machine = Some(ResponseMachine::starting_at(offset).tolerating(Leniencies::ALL));
            self.buffer.clear();
        }
        self.buffer.extend_from_slice(&bytes);
        self.held.push(Event {
            at,
            conn: Some(self.conn),
            exchange: None,
            kind: EventKind::bytes(Direction::Sent, offset, bytes),
        });
        self.read(at, waiting, out);
    }

    /// Lets the machine read the buffer.
    fn read(&mut self, at: Nanos, waiting: &mut VecDeque<PendingRequest>, out: &mut EventSink) {
        let (mut consumed, mut done) = (0, Vec::new());
        // Number of waiting requests whose responses are complete; the response being read answers the next one.
        let mut answered = 0;
        let mut told = self.machine.is_none();
        while let Some(machine) = &mut self.machine {
            let current = waiting.get(answered).copied();
            if !self.reading && consumed < self.buffer.len() {
                self.reading = true;
                machine.answers(current.map_or(Method::Get, |waiting| waiting.method));
            }
            let id = current.map(|waiting| waiting.id);
            let step = machine.advance(&self.buffer[consumed..], &mut Silent);
            let step = match step {
                Ok(step) => step,
                Err(violation) => {
                    let text = format!("The response cannot be read on: {}", violation.rule.facts().sentence);
                    out.note(at, self.conn, id, &text);
                    done.push((id, Stage::Aborted));
                    answered += usize::from(current.is_some());
                    (self.machine, self.reading, told) = (None, false, true);
                    break;
                }
            };
            consumed += step.consumed;
            match step.event {
                Read::NeedData => break,
                Read::Head if machine.state() == State::StartLine => {
                    told = true;
                    out.emit(at, self.conn, id, EventKind::Stage(Stage::Continue));
                }
                Read::Head => {
                    told = true;
                    let head = machine.head();
                    let status = head.status;
                    let connects = current.is_some_and(|waiting| waiting.method == Method::Connect);
                    self.tunnel |= status.0 == 101 || connects && status.0 / 100 == 2;
                    let (start, end, framing) = (head.start, head.end, head.framing);
                    let stage = Stage::ResponseHead { status, refusal: None, start, end, framing };
                    out.emit(at, self.conn, id, EventKind::Stage(stage));
                }
                Read::Body(_) => {}
                Read::End => {
                    (self.reading, told) = (false, true);
                    let framing = machine.head().framing;
                    let keep_alive =
                        current.is_some_and(|waiting| waiting.keep_alive) && framing != Framing::UntilClose;
                    done.push((id, Stage::ResponseSent { end: machine.offset(), keep_alive }));
                    answered += usize::from(current.is_some());
                }
            }
        }
        if self.machine.is_none() {
            consumed = self.buffer.len();
        }
        self.buffer.drain(..consumed);
        let in_head = self.machine.as_ref().is_some_and(|machine| {
            self.reading && matches!(machine.state(), State::StartLine | State::Fields)
        });
        if told || !in_head {
            out.events.append(&mut self.held);
        }
        for (id, stage) in done.into_iter().filter(|(id, _)| id.is_some()) {
            out.emit(at, self.conn, id, EventKind::Stage(stage));
        }
        waiting.drain(..answered);
    }

    fn gap(&mut self, at: Nanos, len: u64, waiting: &mut VecDeque<PendingRequest>, out: &mut EventSink) {
        let offset = self.offset;
        self.offset += len;
        let kind = EventKind::bytes(Direction::Sent, offset, Payload::Dropped(len));
        self.held.push(Event { at, conn: Some(self.conn), exchange: None, kind });
        let inside = self.machine.as_ref().is_some_and(|machine| match machine.state() {
            State::Body(Some(left)) => left >= len,
            State::Body(None) => machine.head().framing == Framing::UntilClose || self.tunnel,
            _ => false,
        });
        if let Some(first) = waiting.front().filter(|_| self.reading) {
            out.note(
                at,
                self.conn,
                Some(first.id),
                &format!("{len} bytes of the response are not in the capture."),
            );
        }
        if !inside {
            self.machine = None;
            self.buffer.clear();
            out.events.append(&mut self.held);
            if std::mem::take(&mut self.reading)
                && let Some(first) = waiting.pop_front()
            {
                out.emit(at, self.conn, Some(first.id), EventKind::Stage(Stage::Aborted));
            }
            return;
        }
        let mut left = len;
        while left > 0 {
            let step = UNKNOWN_BYTES.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.buffer.extend_from_slice(&UNKNOWN_BYTES[..step]);
            self.read(at, waiting, out);
            left -= step as u64;
        }
    }

    /// Aborts the oldest waiting exchange, whose response was not captured.
    fn lost(&self, at: Nanos, waiting: &mut VecDeque<PendingRequest>, out: &mut EventSink) {
        let Some(first) = waiting.pop_front() else { return };
        out.note(at, self.conn, Some(first.id), "The response is not in the capture.");
        out.emit(at, self.conn, Some(first.id), EventKind::Stage(Stage::Aborted));
    }
}
