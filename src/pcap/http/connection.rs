//! Turns the two streams of a connection into the events that the server itself would have given.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Nanos},
    http::{Leniencies, Limits, RequestMachine, Violation},
    trace::{EventKind, Note, NoteKind, Payload, Severity, Stage},
    wire::{Event as Read, Machine, Silent, State},
};

use super::{
    PendingRequest, UNKNOWN_BYTES, no_response, not_captured,
    responses::{Requests, ResponseReader},
};
use crate::pcap::{sink::EventSink, spoken::begins_request, tcp::StreamEvent};

/// A connection whose client is known.
#[derive(Debug)]
pub(crate) struct HttpConnection {
    conn: ConnId,
    /// Reads requests. `None`: the beginning of the next request is not known.
    machine: Option<RequestMachine>,
    /// Bytes that the machine has not consumed.
    buffer: Vec<u8>,
    /// Stream offset after the client's last byte.
    offset: u64,
    /// The exchange whose request is arriving. `None`: none is.
    current: Option<ExchangeId>,
    /// Bytes of content that arrived of that request.
    content: u64,
    waiting: VecDeque<PendingRequest>,
    responses: ResponseReader,
    /// Whether both ends speak another protocol by now.
    tunnel: bool,
    /// Stream offset up to which the client had received the server's bytes when it sent the latest ones. `None`: not
    /// known.
    acked: Option<u64>,
    /// Whether requests may be missing from the capture before the next one.
    after_gap: bool,
}

impl HttpConnection {
    /// A connection. `whole`: the capture has its beginning.
    pub(crate) fn new(conn: ConnId, whole: bool) -> Self {
        Self {
            conn,
            machine: whole.then(|| RequestMachine::starting_at(Limits::UNLIMITED.with(Leniencies::ALL), 0)),
            buffer: Vec::new(),
            offset: 0,
            current: None,
            content: 0,
            waiting: VecDeque::new(),
            responses: ResponseReader::new(conn, whole),
            tunnel: false,
            acked: None,
            after_gap: !whole,
        }
    }

    /// The exchange that an irregularity in a direction belongs to. `None`: it belongs to none.
    pub(crate) fn about(&mut self, direction: Direction) -> Option<ExchangeId> {
        let id = |waiting: &PendingRequest| waiting.id;
        match direction {
            Direction::Received => self.current.or_else(|| self.waiting.back().map(id)),
            Direction::Sent => {
                self.responses.current().map(|current| current.id).or_else(|| self.waiting.front().map(id))
            }
        }
    }

    /// Takes a part of a stream in: received from the client, or sent by the server.
    pub(crate) fn take(&mut self, direction: Direction, part: StreamEvent, out: &mut EventSink) {
        match (direction, part) {
            (Direction::Received, StreamEvent::Bytes { at, bytes, acked }) => {
                self.acked = acked;
                self.bytes(at, &bytes, out);
            }
            (Direction::Received, StreamEvent::Gap(at, len)) => self.gap(at, len, out),
            (Direction::Received, StreamEvent::End(at)) => {
                out.emit(at, self.conn, None, EventKind::HalfClosed);
            }
            (Direction::Sent, part) => {
                let mut requests =
                    Requests { waiting: &mut self.waiting, offset: self.offset, gap: self.after_gap, out };
                self.tunnel |= self.responses.take(part, &mut requests);
            }
        }
    }

    /// Ends the connection: the capture ends, or the connection was closed or reset. `reason` becomes a note on each
    /// exchange without a complete response.
    pub(crate) fn finish(&mut self, at: Nanos, reason: &str, out: &mut EventSink) {
        let mut requests =
            Requests { waiting: &mut self.waiting, offset: self.offset, gap: self.after_gap, out };
        self.responses.finish(at, &mut requests);
        self.request_line(at, out);
        let foreign = self.responses.foreign();
        for (index, waiting) in self.waiting.drain(..).enumerate() {
            if index == 0 && foreign > 0 {
                out.note(at, self.conn, Some(waiting.id), &no_response(foreign));
            }
            out.note(at, self.conn, Some(waiting.id), reason);
            out.emit(at, self.conn, Some(waiting.id), EventKind::Stage(Stage::Aborted));
        }
    }

    fn bytes(&mut self, at: Nanos, bytes: &Bytes, out: &mut EventSink) {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        out.emit(at, self.conn, None, EventKind::bytes(Direction::Received, offset, bytes.clone()));
        if self.tunnel {
            return;
        }
        if self.machine.is_none() && begins_request(bytes) {
            self.machine = Some(RequestMachine::starting_at(Limits::UNLIMITED.with(Leniencies::ALL), offset));
            self.buffer.clear();
        }
        self.buffer.extend_from_slice(bytes);
        self.read(at, out);
    }

    /// Lets the machine read the buffer.
    fn read(&mut self, at: Nanos, out: &mut EventSink) {
        let mut consumed = 0;
        while let Some(machine) = &mut self.machine {
            let step = machine.advance(&self.buffer[consumed..], &mut Silent);
            let (began, end, idle) =
                (machine.message_start(), machine.offset(), machine.state() == State::Idle);
            let ends = matches!(&step, Ok(step) if step.event == Read::End);
            if self.current.is_none() && !ends && (!idle || step.is_err()) {
                self.begin(at, began, out);
            }
            match step {
                Ok(step) => {
                    let part = consumed..consumed + step.consumed;
                    consumed = part.end;
                    match step.event {
                        Read::NeedData => break,
                        Read::Head => self.head(at, out),
                        Read::Body(content) => self.content += content.len() as u64,
                        Read::End => {
                            let content = self.content;
                            if let Some(id) = self.current.take() {
                                let stage = Stage::RequestEnd { end, content };
                                out.emit(at, self.conn, Some(id), EventKind::Stage(stage));
                            }
                        }
                    }
                }
                Err(violation) => {
                    self.violated(at, violation, out);
                    consumed = self.buffer.len();
                }
            }
        }
        if self.machine.is_none() {
            consumed = self.buffer.len();
        }
        self.buffer.drain(..consumed);
    }

    fn head(&mut self, at: Nanos, out: &mut EventSink) {
        self.request_line(at, out);
        let (Some(machine), Some(id)) = (&self.machine, self.current) else { return };
        let head = machine.head();
        // The request that is being read is the last of those that wait for a response.
        let waiting = self.waiting.iter_mut().rfind(|waiting| waiting.id == id);
        if let Some(waiting) = waiting.or_else(|| self.responses.current().filter(|current| current.id == id))
        {
            (waiting.method, waiting.keep_alive) = (head.method, head.keep_alive);
            waiting.expects_continue = head.expects_continue;
        }
        let fields = u32::try_from(head.fields.len()).unwrap_or(u32::MAX);
        let stage = Stage::Head { start: head.start, end: head.end, fields, framing: head.framing };
        out.emit(at, self.conn, Some(id), EventKind::Stage(stage));
    }

    /// Emits what is known of the request line.
    fn request_line(&self, at: Nanos, out: &mut EventSink) {
        let (Some(machine), Some(id)) = (&self.machine, self.current) else { return };
        let Some(head) = machine.partial_head().filter(|head| !head.target.is_empty()) else { return };
        let (method, target) = (head.placed(&head.method_range), head.placed(&head.target));
        out.emit(at, self.conn, Some(id), EventKind::Stage(Stage::RequestLine { method, target }));
    }

    fn violated(&mut self, at: Nanos, violation: Violation, out: &mut EventSink) {
        self.lose_track(at, out);
        let Some(id) = self.current.take() else { return };
        let kind = NoteKind::Violation(violation.rule.into(), violation.found);
        let note = Note { severity: Severity::Error, span: Some(Box::new(violation.span)), kind };
        out.emit(at, self.conn, Some(id), EventKind::NoteAdded(note));
    }

    /// The rest of the request that is being read, if one is, cannot be found, nor where the next one begins.
    fn lose_track(&mut self, at: Nanos, out: &mut EventSink) {
        let Some(id) = self.current else {
            (self.machine, self.after_gap) = (None, true);
            return;
        };
        let in_head = self.machine.as_ref().is_some_and(|machine| !matches!(machine.state(), State::Body(_)));
        if in_head {
            self.request_line(at, out);
        }
        // What the response to it looks like depends on the method, which is known.
        let method = self.machine.take().and_then(|machine| machine.partial_head().map(|head| head.method));
        let waiting = self.waiting.iter_mut().rfind(|waiting| waiting.id == id);
        if let (Some(method), Some(waiting)) = (method, waiting) {
            waiting.method = method;
        }
        self.after_gap = true;
    }

    fn gap(&mut self, at: Nanos, len: u64, out: &mut EventSink) {
        let offset = self.offset;
        self.offset += len;
        out.emit(at, self.conn, None, EventKind::bytes(Direction::Received, offset, Payload::Dropped(len)));
        if self.tunnel {
            return;
        }
        if let Some(id) = self.current {
            out.note(at, self.conn, Some(id), &not_captured(len, "request"));
        }
        let inside = self
            .machine
            .as_ref()
            .is_some_and(|machine| matches!(machine.state(), State::Body(Some(left)) if left >= len));
        if !inside {
            self.lose_track(at, out);
            self.buffer.clear();
            self.current = None;
            return;
        }
        let mut left = len;
        while left > 0 {
            let step = UNKNOWN_BYTES.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.buffer.extend_from_slice(&UNKNOWN_BYTES[..step]);
            self.read(at, out);
            left -= step as u64;
        }
    }

    fn begin(&mut self, at: Nanos, offset: u64, out: &mut EventSink) {
        let mut requests =
            Requests { waiting: &mut self.waiting, offset: self.offset, gap: self.after_gap, out };
        let settled = self.responses.settle(at, self.acked, &mut requests);
        let after_gap = std::mem::take(&mut self.after_gap) && !settled;
        let request = PendingRequest { after_gap, ..PendingRequest::unknown(out) };
        self.current = Some(request.id);
        self.content = 0;
        self.waiting.push_back(request);
        out.emit(at, self.conn, Some(request.id), EventKind::request_started(offset));
    }
}
