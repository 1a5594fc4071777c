//! The middleware's part on a backend's response.

use bytes::Bytes;

use crate::{
    base::stream::Nanos,
    http::ResponseHead,
    server::protocol::Context,
    service::{Answered, Body, Reply, Request},
    trace::{CloseReason, EventKind, MiddlewareSteps},
};

use super::{Http1, Phase};

impl Http1 {
    /// Has the middleware act on the head of the final response. Returns what it does to it.
    pub(super) fn act_on_response(
        &mut self,
        cx: &mut Context<'_>,
        head: &ResponseHead,
        bytes: &Bytes,
    ) -> Reply {
        let untouched = Reply::new(head.status, Body::None);
        let Some(active) = &mut self.active else { return untouched };
        let (Some(opened), Some((request_head, request_bytes))) = (active.opened.take(), &active.head) else {
            return untouched;
        };
        let request = Request::new(active.exchange, request_head, request_bytes, cx.peer);
        let answered = cx.turn.service.answer_forwarded(&opened, &request, (head, bytes), &cx.turn.clock);
        if !answered.steps.list.is_empty() {
            let kind = EventKind::Middleware(answered.steps);
            cx.event_at(Nanos::new(answered.steps_end), active.exchange, kind);
        }
        answered.reply
    }

    /// Answers in place of the backend, whose response a middleware replaced.
    pub(super) fn answer_instead(&mut self, cx: &mut Context<'_>, reply: Reply) {
        let is_received = matches!(&self.phase, Phase::Relaying(relay) if relay.is_received());
        self.cancel(cx);
        if let Some(active) = &mut self.active {
            active.keep_alive &= is_received;
        }
        if !is_received {
            self.refused = Some(CloseReason::ServerRefused);
        }
        cx.turn.stats.requests += 1;
        self.respond(cx, Answered { reply, steps: MiddlewareSteps::default(), steps_end: 0 });
    }
}
