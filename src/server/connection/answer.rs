//! From an answer of the service to bytes in the output.

use crate::{
    http::{
        Framing, Method,
        encode::{self, Persistence},
    },
    server::{clock::nanos, turn::Turn},
    service::{Answered, Body, Piece, Request},
    trace::{CloseReason, EventKind, Stage},
};

use super::{Connection, Mark, Phase, produce::Producer};

impl Connection {
    /// Lets the service answer the request at hand.
    pub(super) fn answer(&mut self, turn: &mut Turn, body: &[u8]) {
        let Some(active) = &mut self.active else { return };
        let (Some((head, bytes)), Some(opened)) = (&active.head, active.opened.take()) else { return };
        let request = Request { head, bytes, peer: self.peer.ip() };
        let answered = turn.service.answer(opened, &request, body, &turn.clock);
        turn.body_pool -= std::mem::take(&mut active.pooled);
        turn.stats.requests += 1;
        self.respond(turn, answered);
    }

    /// Sends this answer, or plans to.
    pub(super) fn respond(&mut self, turn: &mut Turn, mut answered: Answered) {
        let exchange = self.active.as_ref().map(|active| active.exchange);
        let up = std::mem::take(&mut answered.up);
        if !up.is_empty() {
            turn.event_now(self.id, exchange, EventKind::Middleware(up.into()));
        }
        if let Some(trouble) = answered.reply.trouble.take() {
            self.note_trouble(turn, trouble);
        }
        if answered.reply.delay.is_zero() {
            self.begin_response(turn, answered);
        } else {
            let until = turn.now + nanos(answered.reply.delay);
            self.phase = Phase::Delayed { until, answered: Box::new(answered) };
        }
    }

    /// Writes the head, and the body or the means to make it.
    pub(super) fn begin_response(&mut self, turn: &mut Turn, answered: Answered) {
        let reply = answered.reply;
        let Some(active) = &mut self.active else { return };
        let head = active.head.as_ref().map(|(head, _)| head).or_else(|| self.machine.partial_head());
        let (method, minor) = head.map_or((Method::Other, 1), |head| (head.method, head.version.minor));
        let framing = framing(&reply.body, minor);
        self.until_close = framing == Framing::UntilClose;
        if self.until_close {
            active.keep_alive = false;
        }
        let persistence = match (active.keep_alive, minor) {
            (false, _) => Persistence::Close,
            (true, 0) => Persistence::KeepAlive,
            (true, _) => Persistence::Keep,
        };
        let start = self.output.produced();
        let date = turn.clock.date();
        self.output.build(|tail| encode::head(tail, reply.status, &reply.fields, framing, persistence, date));
        let end = self.output.produced();
        let stage = Stage::ResponseHead { status: reply.status, rule: reply.rule, start, end, framing };
        let exchange = active.exchange;
        turn.event_now(self.id, Some(exchange), EventKind::Stage(stage));
        self.output.set_pace(reply.pace);

        // RFC 9110 §9.3.2: HEAD is answered as GET is, but without content.
        let body =
            if method == Method::Head || reply.status.forbids_content() { Body::None } else { reply.body };
        let producer = match body {
            Body::None => None,
            Body::Bytes(bytes) => {
                self.output.put(bytes);
                None
            }
            Body::File(file) => Some(Producer::Pieces([Piece::File(file)].into())),
            Body::Pieces(pieces) => Some(Producer::Pieces(pieces.queue)),
            Body::Timed(timed) => Some(Producer::timed(timed, framing == Framing::Chunked, turn.now)),
            Body::Stream(source) => Some(Producer::stream(source, framing == Framing::Chunked)),
        };
        match producer {
            Some(producer) => self.phase = Phase::Producing(producer),
            None => self.end_response(turn),
        }
    }

    /// The response is in the output whole.
    pub(super) fn end_response(&mut self, turn: &mut Turn) {
        self.note_unread(turn);
        let Some(active) = self.active.take() else { return };
        turn.body_pool -= active.pooled;
        let end = self.output.produced();
        self.unwritten.push_back(Mark { end, exchange: active.exchange, keep_alive: active.keep_alive });
        // Its last byte may be out already, as a file's end is found only after its last block. That was
        // when the connection moved last.
        self.report_written(turn, self.moved);
        if !active.keep_alive {
            self.phase = Phase::Closing(self.refused.unwrap_or(CloseReason::ServerDone));
            return;
        }
        if let Some((head, _)) = active.head {
            self.machine.recycle(head);
        }
        self.moved = turn.now;
        // The next response may have another pace: it waits until this one is out.
        self.phase = if self.output.is_paced() { Phase::Producing(Producer::Drain) } else { Phase::Reading };
    }
}

/// How the body will end. HTTP/1.0 knows no chunks (RFC 9112 §6.1: a server "MUST NOT send a response
/// containing Transfer-Encoding unless the corresponding request indicates HTTP/1.1").
fn framing(body: &Body, minor: u8) -> Framing {
    match (body, body.len()) {
        (Body::None, _) => Framing::None,
        (_, Some(length)) => Framing::Length(length),
        (_, None) if minor == 0 => Framing::UntilClose,
        (_, None) => Framing::Chunked,
    }
}
