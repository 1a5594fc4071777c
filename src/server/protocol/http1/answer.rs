//! Turns an answer of the service into bytes in the output.

use bytes::Bytes;

use crate::{
    base::stream::Nanos,
    http::{
        Framing, Method, Status,
        encode::{self, Persistence},
    },
    server::{
        protocol::{Context, Protocol},
        turn::BODY_POOL_BYTES,
    },
    service::{Answered, Body, Piece, Request},
    trace::{CloseReason, EventKind, Refusal, Stage},
    wire::{Machine, State},
};

use super::{Http1, Phase, produce::Producer};

impl Http1 {
    /// Lets the service answer the request that has been read.
    pub(super) fn answer(&mut self, cx: &mut Context<'_>, body: &Bytes) {
        let Some(active) = &mut self.active else { return };
        let (Some((head, bytes)), Some(opened)) = (&active.head, active.opened.take()) else { return };
        let request = Request::new(active.exchange, head, bytes, cx.peer);
        let answered = cx.turn.service.answer(opened, &request, body, &cx.turn.clock);
        let was_pooled = std::mem::take(&mut active.pooled);
        cx.turn.body_pool -= was_pooled;
        // What is made from a body in the pool may be larger than the body, and waits for as long as the client
        // likes.
        if was_pooled > 0
            && let Body::Bytes(made) = &answered.reply.body
        {
            if cx.turn.body_pool + made.len() as u64 > BODY_POOL_BYTES {
                self.refuse(cx, Refusal::TooBusy, None, CloseReason::ServerRefused);
                return;
            }
            active.pooled = made.len() as u64;
            cx.turn.body_pool += active.pooled;
        }
        cx.turn.stats.requests += 1;
        self.respond(cx, answered);
    }

    /// Sends an answer at once, or after its delay.
    pub(super) fn respond(&mut self, cx: &mut Context<'_>, mut answered: Answered) {
        let exchange = self.exchange();
        let up = std::mem::take(&mut answered.steps);
        if !up.list.is_empty() {
            cx.event_at(Nanos::new(answered.steps_end), exchange, EventKind::Middleware(up));
        }
        if let Some(problem) = answered.reply.problem.take() {
            self.note_problem(cx, problem);
        }
        if answered.reply.delay.is_zero() {
            self.begin_response(cx, answered);
        } else {
            let until = cx.turn.now + answered.reply.delay;
            self.phase = Phase::Delayed { until, answered: Box::new(answered) };
        }
    }

    /// Writes the response head, then the body if it is in memory; otherwise sets up its producer.
    pub(super) fn begin_response(&mut self, cx: &mut Context<'_>, answered: Answered) {
        let reply = answered.reply;
        let Some(active) = &mut self.active else { return };
        let head = active.head.as_ref().map(|(head, _)| head).or_else(|| self.machine.partial_head());
        let (method, minor) = head.map_or((Method::Other, 1), |head| (head.method, head.version.minor));
        let framing = framing(&reply.body, minor);
        // RFC 9112 §8: a response that has neither length nor chunks "is considered complete unless an
        // error was indicated by the underlying connection".
        let until_close = framing == Framing::UntilClose;
        cx.output.set_ends_with_stream(until_close);
        if until_close {
            active.keep_alive = false;
        }
        let announced = reply.trouble.as_ref().map_or(framing, |trouble| trouble.announced(framing));
        active.keep_alive &= announced == framing;
        let persistence = match (active.keep_alive, minor) {
            (false, _) => Persistence::Close,
            (true, 0) => Persistence::KeepAlive,
            (true, _) => Persistence::Keep,
        };
        let start = cx.output.produced();
        let date = cx.turn.clock.date();
        cx.output.build(|tail| encode::head(tail, reply.status, &reply.fields, announced, persistence, date));
        let end = cx.output.produced();
        let stage = Stage::ResponseHead {
            status: reply.status,
            refusal: reply.refusal,
            start,
            end,
            framing: announced,
        };
        let exchange = active.exchange;
        cx.event_now(exchange, EventKind::Stage(stage));
        cx.output.set_pace(reply.pace);
        if let Some(trouble) = &reply.trouble {
            cx.disturb(exchange, start, framing, trouble);
        }
        if reply.status == Status(101) {
            return self.upgrade(cx);
        }

        // RFC 9110 §9.3.2: HEAD is answered as GET is, but without content.
        let body =
            if method == Method::Head || reply.status.forbids_content() { Body::None } else { reply.body };
        let producer = match body {
            Body::None => None,
            Body::Bytes(bytes) => {
                cx.output.put(bytes);
                None
            }
            Body::File(file) => Some(Producer::Pieces([Piece::File(file)].into())),
            Body::Pieces(pieces) => Some(Producer::Pieces(pieces.queue)),
            Body::Timed(timed) => Some(Producer::timed(timed, framing == Framing::Chunked, cx.turn.now)),
            Body::Stream(source) => Some(Producer::stream(source, framing == Framing::Chunked)),
        };
        match producer {
            Some(producer) => self.phase = Phase::Producing(producer),
            None => self.end_response(cx),
        }
    }

    /// Ends the exchange once the complete response is in the output.
    pub(super) fn end_response(&mut self, cx: &mut Context<'_>) {
        self.note_unread(cx);
        let Some(active) = self.active.take() else { return };
        cx.output.end_response(active.exchange, active.keep_alive, active.pooled);
        if !active.keep_alive {
            self.heard_last = self.machine.state() == State::Idle
                && active.head.as_ref().is_some_and(|(head, _)| !head.keep_alive);
            self.phase = Phase::Closing(self.refused.unwrap_or(CloseReason::ServerDone));
            return;
        }
        if let Some((head, _)) = active.head {
            self.machine.recycle(head);
        }
        // The next response may have another pace, so it waits until this one is written.
        self.phase = if cx.output.is_paced() { Phase::Producing(Producer::Drain) } else { Phase::Reading };
    }
}

/// The framing of a response body. HTTP/1.0 has no chunks (RFC 9112 §6.1: a server "MUST NOT send a response
/// containing Transfer-Encoding unless the corresponding request indicates HTTP/1.1").
fn framing(body: &Body, minor: u8) -> Framing {
    match (body, body.len()) {
        (Body::None, _) => Framing::None,
        (_, Some(length)) => Framing::Length(length),
        (_, None) if minor == 0 => Framing::UntilClose,
        (_, None) => Framing::Chunked,
    }
}
