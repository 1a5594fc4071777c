//! Requests on their way to a backend.

use crate::{
    base::stream::{Direction, ExchangeId, Leg, StreamId},
    gateway::{Address, Failure},
    http::{Framing, ResponseMachine, forward::Framer},
    server::{
        protocol::{Context, lineage::Record},
        upstream::{FULL_BYTES, RequestPart},
    },
    trace::{CloseReason, EventKind},
};

use super::Upstream;

impl Upstream {
    /// Gives the exchange up: a rule of Trouble ends the connection in the middle of the request.
    pub(super) fn end_on_purpose(&mut self, cx: &mut Context<'_>) {
        cx.turn.gateway.lost(&self.dial.address, cx.conn, cx.turn.now);
        self.fail(
            cx,
            Failure::OnPurpose,
            "was not sent the whole request, on purpose",
            CloseReason::OnPurpose,
        );
    }

    /// Moves the request from its pipe to the output.
    pub(super) fn send(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(exchange) = self.busy.as_ref().map(|busy| busy.exchange) else { return false };
        let mut record = Record::begin(cx);
        let changed = self.send_parts(cx, exchange, &mut record);
        record.report(cx, exchange);
        changed
    }

    fn send_parts(&mut self, cx: &mut Context<'_>, exchange: ExchangeId, record: &mut Record) -> bool {
        let Some(busy) = &self.busy else { return false };
        let mut changed = false;
        if busy.framer.is_none() {
            self.report_encryption(cx, exchange);
            let stream = StreamId { layer: self.layer(), direction: Direction::Sent };
            let backend = (&self.dial.address, &*self.authority);
            let (framer, upgrades) = write_head(cx, exchange, backend, &mut self.machine, stream, record);
            let Some(busy) = &mut self.busy else { return false };
            (busy.framer, busy.may_upgrade) = (Some(framer), upgrades);
            changed = true;
        }
        let Some(busy) = &mut self.busy else { return changed };
        let Some(framer) = busy.framer else { return changed };
        while (busy.is_tunnel || busy.sent_at.is_none()) && cx.output.queued() < FULL_BYTES {
            let Some(transfer) = cx.turn.gateway.transfer(exchange) else { return changed };
            let was_full = transfer.request.is_full();
            let Some(part) = transfer.request.take() else { break };
            let (is_full, client) = (transfer.request.is_full(), transfer.client);
            match part {
                RequestPart::Content(content, at) => {
                    if let Some(between) = &mut busy.frames {
                        between.pass(content, at, cx.output, record.origins());
                    } else {
                        let framer = if busy.is_tunnel { Framer::new(Framing::None) } else { framer };
                        framer.frame(&content, at, |bytes| cx.output.put(bytes), record.origins());
                    }
                }
                RequestPart::End(trailers) => {
                    cx.output.build(|tail| framer.end(&trailers, tail, record.origins()));
                    cx.output.complete_plan();
                    busy.sent_at = Some(cx.turn.now);
                    transfer.attempt.body_sent = Some(cx.turn.now);
                }
            }
            changed = true;
            transfer.weigh_backend(cx.input.bytes().len(), cx.output.queued());
            if was_full && !is_full {
                cx.turn.gateway.wake(client);
            }
        }
        changed
    }
}

/// Writes the head of the exchange's request for a backend, given with its address and its authority. Returns how the
/// request's content is framed, and whether it asks for another protocol.
fn write_head(
    cx: &mut Context<'_>,
    exchange: ExchangeId,
    (address, authority): (&Address, &str),
    machine: &mut ResponseMachine,
    stream: StreamId,
    record: &mut Record,
) -> (Framer, bool) {
    let nothing = (Framer::new(Framing::None), false);
    let start = cx.output.produced();
    cx.output.forget_plan();
    let takes_authorization = cx.turn.service.asks_for_credentials();
    let Some(target) = cx.turn.gateway.target(exchange, address) else { return nothing };
    let gateway = &cx.turn.gateway;
    let trouble = gateway.trouble_of(exchange);
    let Some(mut message) = gateway.message_of(exchange, &target, authority, takes_authorization) else {
        return nothing;
    };
    let head = message.head;
    let framing = head.framing;
    message.framing = trouble.as_ref().map_or(framing, |trouble| trouble.announced(framing));
    machine.answers(head.method);
    cx.output.build(|tail| message.write(tail, record.origins()));
    let written = (Framer::new(head.framing), message.upgrades());
    if let Some(transfer) = cx.turn.gateway.transfer(exchange) {
        transfer.attempt.head_sent = Some(cx.turn.now);
    }
    cx.event_now(exchange, EventKind::MessageStarted { leg: Leg::Upstream, stream, offset: start });
    if let Some(trouble) = trouble {
        // With a plan the connection is not kept: nobody knows what the backend makes of the request.
        cx.output.hold(start, cx.turn.now);
        cx.output.set_pace(trouble.pace.as_ref().map(|(pace, _)| *pace));
        cx.disturb(exchange, start, framing, &trouble);
    }
    written
}
