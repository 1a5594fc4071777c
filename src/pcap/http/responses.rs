//! Reads the stream from the server to the client.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, Nanos},
    http::{Framing, Leniencies, Method, ResponseMachine, Violation},
    trace::{Event, EventKind, Note, NoteKind, Payload, Severity, Stage},
    wire::{Event as Read, Machine, Silent, State},
};

use super::{PendingRequest, UNKNOWN_BYTES, no_response, not_captured};
use crate::pcap::{sink::EventSink, tcp::StreamEvent};

/// Reads responses and assigns them to requests. While bytes are missing from the capture, only what the
/// acknowledgements of TCP prove is assigned.
#[derive(Debug)]
pub(super) struct ResponseReader {
    conn: ConnId,
    /// Reads responses. `None`: the beginning of the next response is not known.
    machine: Option<ResponseMachine>,
    /// Bytes that the machine has not consumed.
    buffer: Vec<u8>,
    /// Stream offset after the server's last byte.
    offset: u64,
    /// The request whose response is arriving. `None`: none is.
    current: Option<PendingRequest>,
    /// Whether the head of that response was emitted.
    head_told: bool,
    /// Whether responses may be missing before the next one that begins.
    uncertain: bool,
    /// Events of bytes that wait until the head in them is complete, since the server emits the head first.
    held: Vec<Event>,
    /// Number of bytes that belong to no response although one was waited for and nothing is missing.
    foreign: u64,
    tunnel: bool,
}

/// What the reader is given beside the bytes: the requests without a response, and where the client's stream stands.
pub(super) struct Requests<'a> {
    pub waiting: &'a mut VecDeque<PendingRequest>,
    /// Stream offset after the client's last byte.
    pub offset: u64,
    /// Whether requests may be missing from the capture after them.
    pub gap: bool,
    pub out: &'a mut EventSink,
}

impl ResponseReader {
    pub(super) fn new(conn: ConnId, whole: bool) -> Self {
        Self {
            conn,
            machine: whole.then(|| machine_at(0)),
            buffer: Vec::new(),
            offset: 0,
            current: None,
            head_told: false,
            uncertain: !whole,
            held: Vec::new(),
            foreign: 0,
            tunnel: false,
        }
    }

    /// The request whose response is arriving. `None`: none is.
    pub(super) fn current(&mut self) -> Option<&mut PendingRequest> {
        self.current.as_mut()
    }

    /// Number of bytes that belong to no response although one was waited for and nothing is missing.
    pub(super) const fn foreign(&self) -> u64 {
        self.foreign
    }

    /// Takes a part of the stream in. Returns whether both ends speak another protocol from now on.
    pub(super) fn take(&mut self, part: StreamEvent, requests: &mut Requests<'_>) -> bool {
        match part {
            StreamEvent::Bytes { at, bytes, .. } => self.bytes(at, bytes, requests),
            StreamEvent::Gap(at, len) => self.gap(at, len, requests),
            StreamEvent::End(at) => self.finish(at, requests),
        }
        self.tunnel
    }

    /// A request begins whose sender had received `acked` bytes of this stream. If that is everything that was
    /// captured, the next byte begins a response, and requests without one have lost theirs. Returns whether that is
    /// so and nothing else is waited for.
    pub(super) fn settle(&mut self, at: Nanos, acked: Option<u64>, requests: &mut Requests<'_>) -> bool {
        if acked != Some(self.offset) || self.tunnel {
            return false;
        }
        if self.machine.is_none() {
            let mut foreign = std::mem::take(&mut self.foreign);
            while let Some(lost) = requests.waiting.pop_front() {
                let why = match std::mem::take(&mut foreign) {
                    0 => "The response is not in the capture.".to_owned(),
                    bytes => no_response(bytes),
                };
                requests.out.note(at, self.conn, Some(lost.id), &why);
                self.end(at, lost, Stage::Aborted, requests.out);
            }
            self.machine = Some(machine_at(self.offset));
            self.buffer.clear();
            self.uncertain = false;
        }
        self.end_in_trailers(at, requests);
        self.current.is_none() && requests.waiting.is_empty()
    }

    /// Ends a chunked body that lacks its last empty line only: some servers leave it out, and the client has gone on.
    fn end_in_trailers(&mut self, at: Nanos, requests: &mut Requests<'_>) {
        let machine = self.machine.as_ref().filter(|machine| machine.state() == State::Trailers);
        if let (Some(machine), Some(current)) = (machine, self.current) {
            let stage = Stage::ResponseSent { end: machine.offset(), keep_alive: true };
            let text = "The response ends without the empty line after its last chunk.";
            requests.out.note(at, self.conn, Some(current.id), text);
            self.end(at, current, stage, requests.out);
            self.current = None;
            self.machine = Some(machine_at(self.offset));
            self.buffer.clear();
        }
    }

    /// Ends the stream, which completes a body that lasts until close.
    pub(super) fn finish(&mut self, at: Nanos, requests: &mut Requests<'_>) {
        let (Some(machine), Some(current)) = (&mut self.machine, self.current.take()) else {
            requests.out.events.append(&mut self.held);
            return;
        };
        let ended = machine.end_of_input(&mut Silent).is_ok();
        let offset = machine.offset();
        self.partial_head(current, self.offset, requests.out);
        self.machine = None;
        requests.out.events.append(&mut self.held);
        let stage = if ended {
            Stage::ResponseSent { end: offset, keep_alive: false }
        } else {
            requests.out.note(at, self.conn, Some(current.id), "The response breaks off.");
            Stage::Aborted
        };
        self.end(at, current, stage, requests.out);
    }

    fn end(&self, at: Nanos, request: PendingRequest, stage: Stage, out: &mut EventSink) {
        out.emit(at, self.conn, Some(request.id), EventKind::Stage(stage));
    }

    /// Emits what is known of a head that is not complete, before its bytes. `end`: the stream offset after them.
    fn partial_head(&self, current: PendingRequest, end: u64, out: &mut EventSink) {
        let Some(machine) = self.machine.as_ref().filter(|_| !self.head_told) else { return };
        // A status has three digits.
        let Some(head) = machine.partial_head().filter(|head| head.status.0 >= 100) else { return };
        if !self.held.is_empty() {
            let (status, start) = (head.status, head.start);
            let stage = Stage::ResponseHead { status, refusal: None, start, end, framing: Framing::None };
            self.end(self.head_began(Nanos::ZERO), current, stage, out);
        }
    }

    /// When the first bytes of the head were captured that is being read; `at` if all of them came just now.
    fn head_began(&self, at: Nanos) -> Nanos {
        self.held.first().map_or(at, |event| event.at)
    }

    fn bytes(&mut self, at: Nanos, bytes: Bytes, requests: &mut Requests<'_>) {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        if self.machine.is_none() && bytes.starts_with(b"HTTP/1.") {
            self.machine = Some(machine_at(offset));
            self.buffer.clear();
        }
        self.buffer.extend_from_slice(&bytes);
        self.held.push(Event {
            at,
            conn: Some(self.conn),
            exchange: None,
            kind: EventKind::bytes(Direction::Sent, offset, bytes),
        });
        self.read(at, requests);
    }

    /// The request that the response which begins now answers; an exchange of its own if that is not known.
    fn begin(&mut self, at: Nanos, requests: &mut Requests<'_>) -> PendingRequest {
        let uncertain = self.uncertain && requests.waiting.len() > 1;
        match requests.waiting.front() {
            Some(first) if !uncertain && !first.after_gap => {
                let first = *first;
                (self.uncertain, self.foreign) = (false, 0);
                requests.waiting.pop_front();
                first
            }
            waiting => {
                let text = match waiting {
                    Some(_) => {
                        "Bytes are missing from the capture before this response, so that it is not known which request it answers."
                    }
                    None if requests.gap => "The request is not in the capture.",
                    None => "No request asked for this response.",
                };
                let request = PendingRequest::unknown(requests.out);
                requests.out.emit(
                    at,
                    self.conn,
                    Some(request.id),
                    EventKind::request_started(requests.offset),
                );
                requests.out.note(at, self.conn, Some(request.id), text);
                request
            }
        }
    }

    /// Skips the empty lines in the buffer from index `from` on, which some programs send before a response as others do
    /// before a request (RFC 9112 §2.2). Returns the number of their bytes.
    fn skip_empty_lines(&mut self, from: usize) -> usize {
        let rest = &self.buffer[from..];
        let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if empty > 0 {
            self.machine = Some(machine_at(self.offset - (rest.len() - empty) as u64));
        }
        empty
    }

    /// The bytes from index `from` of the buffer on belong to no response: counts them if one is waited for.
    fn leave_out(&mut self, from: usize, requests: &Requests<'_>) {
        if !self.uncertain && !self.tunnel && !requests.waiting.is_empty() {
            self.foreign += (self.buffer.len() - from) as u64;
        }
    }

    /// Lets the machine read the buffer.
    fn read(&mut self, at: Nanos, requests: &mut Requests<'_>) {
        let (mut consumed, mut done) = (0, Vec::new());
        let mut told = self.machine.is_none();
        while self.machine.is_some() {
            if self.current.is_none() && consumed < self.buffer.len() {
                consumed += self.skip_empty_lines(consumed);
                if consumed == self.buffer.len() {
                    break;
                }
                if !begins_response(&self.buffer[consumed..]) {
                    self.machine = None;
                    break;
                }
                let request = self.begin(at, requests);
                (self.current, self.head_told) = (Some(request), false);
                self.machine.iter_mut().for_each(|machine| machine.answers(request.method));
            }
            let Some(machine) = &mut self.machine else { break };
            let step = match machine.advance(&self.buffer[consumed..], &mut Silent) {
                Ok(step) => step,
                Err(violation) => {
                    if let Some(current) = self.current.take() {
                        self.violated(at, current, violation, requests.out);
                        done.push((current, Stage::Aborted));
                    }
                    (self.machine, told) = (None, true);
                    break;
                }
            };
            consumed += step.consumed;
            let Some(current) = self.current else { break };
            match step.event {
                Read::NeedData => break,
                Read::Head if machine.state() == State::StartLine => {
                    told = true;
                    self.end(self.head_began(at), current, Stage::Continue, requests.out);
                }
                Read::Head => {
                    told = true;
                    self.head(at, current, requests.out);
                }
                Read::Body(_) => {}
                Read::End => {
                    let keep_alive = current.keep_alive && machine.head().framing != Framing::UntilClose;
                    done.push((current, Stage::ResponseSent { end: machine.offset(), keep_alive }));
                    (self.current, told) = (None, true);
                }
            }
        }
        if self.machine.is_none() {
            self.leave_out(consumed, requests);
            consumed = self.buffer.len();
        }
        self.buffer.drain(..consumed);
        let in_head = self.machine.as_ref().is_some_and(|machine| {
            self.current.is_some() && matches!(machine.state(), State::StartLine | State::Fields)
        });
        if told || !in_head {
            requests.out.events.append(&mut self.held);
        }
        for (request, stage) in done {
            self.end(at, request, stage, requests.out);
        }
    }

    /// Emits the head that is complete.
    fn head(&mut self, at: Nanos, current: PendingRequest, out: &mut EventSink) {
        let Some(machine) = &self.machine else { return };
        let head = machine.head();
        let (status, start, end, framing) = (head.status, head.start, head.end, head.framing);
        self.tunnel |= status.opens_tunnel(current.method == Method::Connect);
        self.head_told = true;
        let stage = Stage::ResponseHead { status, refusal: None, start, end, framing };
        self.end(self.head_began(at), current, stage, out);
    }

    /// The response breaks a rule after which reading cannot go on: what is known of it stays.
    fn violated(&self, at: Nanos, current: PendingRequest, violation: Violation, out: &mut EventSink) {
        self.partial_head(current, self.offset, out);
        let kind = NoteKind::Violation(violation.rule.into(), violation.found);
        let note = Note { severity: Severity::Error, span: Some(Box::new(violation.span)), kind };
        out.emit(at, self.conn, Some(current.id), EventKind::NoteAdded(note));
    }

    fn gap(&mut self, at: Nanos, len: u64, requests: &mut Requests<'_>) {
        let offset = self.offset;
        self.offset += len;
        let kind = EventKind::bytes(Direction::Sent, offset, Payload::Dropped(len));
        self.held.push(Event { at, conn: Some(self.conn), exchange: None, kind });
        let inside = self.machine.as_ref().is_some_and(|machine| match machine.state() {
            State::Body(Some(left)) => left >= len,
            State::Body(None) => machine.head().framing == Framing::UntilClose || self.tunnel,
            _ => false,
        });
        // The response to the first waiting request begins in the gap, unless that was an interim one.
        let begins = self.machine.is_some() && self.current.is_none();
        let first =
            requests.waiting.front().filter(|first| begins && !first.after_gap && !first.expects_continue);
        if begins && first.is_some() && !self.uncertain {
            (self.current, self.head_told) = (requests.waiting.pop_front(), false);
        }
        if let Some(current) = self.current {
            requests.out.note(at, self.conn, Some(current.id), &not_captured(len, "response"));
        }
        if !inside {
            if let Some(current) = self.current.take() {
                self.partial_head(current, offset, requests.out);
                requests.out.events.append(&mut self.held);
                self.end(at, current, Stage::Aborted, requests.out);
            }
            requests.out.events.append(&mut self.held);
            self.machine = None;
            self.uncertain = true;
            self.buffer.clear();
            return;
        }
        let mut left = len;
        while left > 0 {
            let step = UNKNOWN_BYTES.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.buffer.extend_from_slice(&UNKNOWN_BYTES[..step]);
            self.read(at, requests);
            left -= step as u64;
        }
    }
}

/// A machine that reads what others sent, between two messages at stream offset `offset`.
fn machine_at(offset: u64) -> ResponseMachine {
    ResponseMachine::starting_at(offset).tolerating(Leniencies::ALL)
}

/// Whether `bytes` can begin a response, as far as they go. Servers of radio streams say ICY.
fn begins_response(bytes: &[u8]) -> bool {
    let begins = |start: &[u8]| {
        let known = bytes.len().min(start.len());
        bytes[..known].eq_ignore_ascii_case(&start[..known])
    };
    begins(b"HTTP/") || begins(b"ICY ")
}
