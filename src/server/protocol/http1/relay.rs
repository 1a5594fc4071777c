//! The client's leg of a forwarded exchange: its request goes into a transfer, and the response comes out of it.

use bytes::Bytes;

use crate::{
    gateway::Failure,
    http::{
        Framing, ResponseHead,
        encode::Persistence,
        forward::{Framer, ResponseForward, Trailers},
    },
    server::{
        clock::millis,
        protocol::{Context, Protocol, Wants, between_frames::BetweenFrames, lineage::Record},
        upstream::{FULL_BYTES, NoResponse, RequestPart, ResponsePart},
    },
    service::{Body, Opened, Reply, Request},
    trace::{CloseReason, EventKind, Guard, Note, NoteKind, Refusal, Severity, Stage},
    websocket::Sender,
    wire::Machine,
};

use super::{Http1, Phase};

/// The refusal that tells the client of a backend's failure.
const fn refusal_of(failure: Failure) -> Refusal {
    match failure {
        // RFC 9110 §15.6.5: the gateway "did not receive a timely response from an upstream server".
        Failure::ConnectTimeout | Failure::FirstByteTimeout | Failure::SilenceTimeout => {
            Refusal::BackendTimeout
        }
        Failure::Malformed => Refusal::BackendMalformed,
        Failure::Tls => Refusal::BackendInsecure,
        Failure::OnPurpose => Refusal::OnPurpose,
        Failure::Refused | Failure::Unreachable | Failure::Unresolved | Failure::Reset | Failure::Check => {
            Refusal::BackendFailed
        }
    }
}

/// What the response says of the connection to the client.
const fn persistence(keep_alive: bool, minor: u8, is_tunnel: bool) -> Persistence {
    match (keep_alive, minor) {
        _ if is_tunnel => Persistence::Keep,
        (false, _) => Persistence::Close,
        (true, 0) => Persistence::KeepAlive,
        (true, _) => Persistence::Keep,
    }
}

/// State of the client's leg of a forwarded exchange.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "four facts, all independent")]
pub(super) struct Relay {
    /// Whether the request is complete.
    is_received: bool,
    /// Whether reading is paused because the transfer takes no more of the request for the moment.
    is_paused: bool,
    /// Whether the client has sent so much of its next requests that they are left in the socket.
    is_ahead: bool,
    /// Framer of the response's content. `None`: the head of the response is not written yet.
    framer: Option<Framer>,
    /// Whether the connection is a tunnel: another protocol is spoken in both directions.
    is_tunnel: bool,
    /// Bytes of the client that were taken into the tunnel.
    tunneled: u64,
    /// The places between the frames for the client. `None`: the tunnel is not one of WebSocket.
    frames: Option<Box<BetweenFrames>>,
}

impl Relay {
    /// Whether bytes of the client are read.
    pub(super) const fn reads(&self) -> bool {
        !self.is_paused && !self.is_ahead
    }

    /// Whether the request is complete.
    pub(super) const fn is_received(&self) -> bool {
        self.is_received
    }

    /// Whether the rest of the request is awaited from the client.
    pub(super) const fn waits_for_client(&self) -> bool {
        !self.is_received && !self.is_paused && !self.is_tunnel
    }

    /// Whether another protocol is spoken in both directions.
    pub(super) const fn is_tunnel(&self) -> bool {
        self.is_tunnel
    }

    /// The framer of what follows the head. What a tunnel carries is passed on as it is.
    fn content_framer(&self) -> Framer {
        self.framer.filter(|_| !self.is_tunnel).unwrap_or(Framer::new(Framing::None))
    }

    /// Whether the head of the final response was written.
    pub(super) const fn has_answered(&self) -> bool {
        self.framer.is_some()
    }
}

impl Http1 {
    /// Begins to forward the request whose head is complete.
    pub(super) fn forward(&mut self, cx: &mut Context<'_>, group: usize) {
        let Some(active) = &self.active else { return };
        let Some((head, bytes)) = &active.head else { return };
        let mut request = Request::new(active.exchange, head, bytes, cx.peer);
        request.edits = active.opened.as_ref().and_then(Opened::edits);
        request.trouble = active.opened.as_ref().and_then(Opened::trouble);
        if let Some(refusal) = cx.turn.gateway.refusal(&request) {
            return self.refuse(cx, refusal, None, CloseReason::ServerRefused);
        }
        let now = cx.turn.now;
        let place = cx.place();
        cx.turn.gateway.begin(active.exchange, place, &request, bytes, group, now);
        cx.turn.report_attempts();
        self.phase = Phase::Relaying(Relay::default());
    }

    /// Passes on content of the request.
    pub(super) fn pass_on(&mut self, cx: &mut Context<'_>, content: Bytes, at: u64) {
        let (Some(active), Phase::Relaying(relay)) = (&mut self.active, &mut self.phase) else { return };
        active.content += content.len() as u64;
        if let Some(transfer) = cx.turn.gateway.transfer(active.exchange) {
            transfer.request.put(RequestPart::Content(content, at));
            transfer.weigh_client(cx.input.bytes().len(), cx.output.queued());
            transfer.pause_client(&mut relay.is_paused);
        }
        cx.turn.gateway.wake_upstream(active.exchange);
    }

    /// Passes on the end of the request.
    pub(super) fn pass_on_end(&mut self, cx: &mut Context<'_>, trailers: Trailers) {
        let (Some(active), Phase::Relaying(relay)) = (&mut self.active, &mut self.phase) else { return };
        relay.is_received = true;
        if let Some(transfer) = cx.turn.gateway.transfer(active.exchange) {
            transfer.request.put(RequestPart::End(trailers));
        }
        cx.turn.gateway.wake_upstream(active.exchange);
    }

    /// Passes on bytes that arrive in a tunnel. Returns whether there were any.
    pub(super) fn pass_on_tunnel(&mut self, cx: &mut Context<'_>) -> bool {
        let (Some(active), Phase::Relaying(relay)) = (&mut self.active, &mut self.phase) else {
            return false;
        };
        relay.is_ahead = relay.is_received && !relay.is_tunnel && cx.input.bytes().len() >= FULL_BYTES;
        if !relay.is_tunnel {
            return false;
        }
        let Some(transfer) = cx.turn.gateway.transfer(active.exchange) else { return false };
        transfer.pause_client(&mut relay.is_paused);
        if relay.is_paused || cx.input.is_empty() {
            return false;
        }
        let content = cx.input.take(cx.input.bytes().len());
        let at = self.machine.offset() + relay.tunneled;
        relay.tunneled += content.len() as u64;
        transfer.request.put(RequestPart::Content(content, at));
        cx.turn.gateway.wake_upstream(active.exchange);
        true
    }

    /// Moves the response from its pipe to the output. Returns whether anything changed.
    pub(super) fn pass_back(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(exchange) = self.active.as_ref().map(|active| active.exchange) else { return false };
        let mut record = Record::begin(cx);
        let changed = self.pass_back_parts(cx, &mut record);
        record.report(cx, exchange);
        changed
    }

    fn pass_back_parts(&mut self, cx: &mut Context<'_>, record: &mut Record) -> bool {
        let mut changed = false;
        while let (Phase::Relaying(relay), Some(active)) = (&mut self.phase, &self.active) {
            let exchange = active.exchange;
            if let Some(transfer) = cx.turn.gateway.transfer(exchange)
                && relay.is_paused
                && !transfer.request.is_full()
            {
                relay.is_paused = false;
                changed = true;
            }
            let Some(transfer) = cx.turn.gateway.transfer(exchange) else { return changed };
            transfer.weigh_client(cx.input.bytes().len(), cx.output.queued());
            if cx.output.queued() >= FULL_BYTES {
                return changed;
            }
            let was_full = transfer.response.is_full();
            let Some(part) = transfer.response.take() else { return changed };
            if was_full && !transfer.response.is_full() {
                cx.turn.gateway.wake_upstream(exchange);
            }
            changed = true;
            match part {
                ResponsePart::Head(head, bytes) => {
                    self.pass_back_head(cx, &head, &bytes, record);
                    cx.turn.gateway.spare.keep_head(head);
                }
                ResponsePart::Content(content, at) => {
                    if let Some(frames) = &mut relay.frames {
                        frames.pass(content, at, cx.output, record.origins());
                    } else {
                        let framer = relay.content_framer();
                        framer.frame(&content, at, |bytes| cx.output.put(bytes), record.origins());
                    }
                }
                ResponsePart::End(trailers) => {
                    let framer = relay.content_framer();
                    cx.output.build(|tail| framer.end(&trailers, tail, record.origins()));
                    self.end_relay(cx);
                }
                ResponsePart::Failed(why) => self.fail_relay(cx, &why),
            }
        }
        changed
    }

    fn pass_back_head(
        &mut self,
        cx: &mut Context<'_>,
        head: &ResponseHead,
        bytes: &Bytes,
        record: &mut Record,
    ) {
        let Some(active) = &self.active else { return };
        let Some((request_head, _)) = &active.head else { return };
        let (minor, exchange) = (request_head.version.minor, active.exchange);
        let is_tunnel = head.status.0 == 101;
        let is_interim = head.status.class() == 1 && !is_tunnel;
        // RFC 9110 §15.2: "A server MUST NOT send a 1xx response to an HTTP/1.0 client."
        if is_interim && minor == 0 {
            return;
        }
        let reply = if is_interim {
            Reply::new(head.status, Body::None)
        } else {
            self.act_on_response(cx, head, bytes)
        };
        // Other middleware may refuse as well, without the backend's validators; what counts is the backend's answer.
        if reply.refusal == Some(Refusal::OnPurpose.into()) {
            return self.answer_instead(cx, reply);
        }
        let (Phase::Relaying(relay), Some(active)) = (&mut self.phase, &mut self.active) else { return };
        let framing = head.framing.forwarded(minor);
        let Reply { fields: set, received, trouble, pace, .. } = reply;
        let edits = received.map(|received| received.edits);
        if !is_interim {
            cx.output.set_pace(pace);
            cx.turn.stats.requests += 1;
            // An early answer: the rest of the request is not read as another one.
            active.keep_alive &= relay.is_received && framing != Framing::UntilClose && !is_tunnel;
            cx.output.set_ends_with_stream(framing == Framing::UntilClose || is_tunnel);
            relay.framer = Some(Framer::new(framing));
            relay.is_tunnel = is_tunnel;
            let protocol = head.value(bytes, "Upgrade").filter(|_| is_tunnel);
            if protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket")) {
                relay.frames = Some(Box::new(BetweenFrames::new(Sender::Server)));
            }
        }
        let announced = trouble.as_ref().map_or(framing, |trouble| trouble.announced(framing));
        active.keep_alive &= announced == framing;
        let persistence = persistence(active.keep_alive, minor, is_tunnel);
        let message = ResponseForward {
            head,
            bytes,
            pseudonym: cx.turn.gateway.pseudonym(),
            date: cx.turn.clock.date(),
            framing: (!is_interim && !is_tunnel).then_some(announced),
            persistence,
            set: &set,
            edits: edits.as_ref(),
        };
        let start = cx.output.produced();
        cx.output.build(|tail| message.write(tail, record.origins()));
        let end = cx.output.produced();
        if !is_interim {
            let stage =
                Stage::ResponseHead { status: head.status, refusal: None, start, end, framing: announced };
            cx.turn.event_now(cx.conn, Some(exchange), EventKind::Stage(stage));
            if let Some(trouble) = trouble {
                cx.disturb(exchange, start, framing, &trouble);
            }
        }
    }

    /// Sends a frame that the user composed to the client.
    pub(super) fn interject_frame(&mut self, cx: &mut Context<'_>, frame: &[u8]) {
        let (Phase::Relaying(relay), Some(active)) = (&mut self.phase, &self.active) else { return };
        if let Some(frames) = &mut relay.frames {
            let mut record = Record::begin(cx);
            frames.interject(frame, cx.output, record.origins());
            record.report(cx, active.exchange);
            cx.note_interjection(Some(active.exchange), "client", frame.len());
        }
    }

    /// Ends the exchange once all of the response is in the output.
    fn end_relay(&mut self, cx: &mut Context<'_>) {
        if let Some(active) = &self.active {
            cx.turn.gateway.end(active.exchange, cx.turn.now);
            cx.turn.report_attempts();
        }
        self.end_response(cx);
    }

    /// Ends the exchange for which there is no response, or no more of it.
    fn fail_relay(&mut self, cx: &mut Context<'_>, why: &NoResponse) {
        let has_answered = matches!(&self.phase, Phase::Relaying(relay) if relay.has_answered());
        let (refusal, told, retry_after) = match why {
            NoResponse::Failed(failure, told) => (refusal_of(*failure), told.clone(), None),
            NoResponse::NoBackend { secs, told } => {
                let told = format!("Try again in {secs} s. {told}");
                (Refusal::NoBackend, told, Some(*secs))
            }
            NoResponse::QueueFull { open_max, waiting_max, told } => {
                let told = format!(
                    "The backends have as many open requests as they may have ({open_max} each), and as many requests wait as may wait ({waiting_max}). {told}"
                );
                (Refusal::QueueFull, told, Some(1))
            }
            NoResponse::Waited { ms, told } => {
                let told = format!("The request waited for {ms} ms, and no backend had room for it. {told}");
                (Refusal::QueueTimeout, told, Some(1))
            }
        };
        let is_received = matches!(&self.phase, Phase::Relaying(relay) if relay.is_received);
        self.cancel(cx);
        // The response has the sentence of the refusal before these words.
        let kind = NoteKind::Text(match refusal {
            Refusal::NoBackend => format!("{} {told}", refusal.facts().sentence).into(),
            _ => told.as_str().into(),
        });
        if let Some(active) = &self.active {
            let note = Note { severity: Severity::Error, span: None, kind };
            cx.event_now(active.exchange, EventKind::NoteAdded(note));
        }
        if has_answered {
            self.cut_off(cx, CloseReason::BackendFailed);
        } else {
            self.refuse_forwarded(cx, refusal, &told, retry_after, is_received);
        }
    }

    /// Whether the exchange has taken longer than it may.
    pub(super) fn is_overdue(&self, cx: &Context<'_>) -> bool {
        let limit = millis(cx.turn.guards[Guard::ExchangeTimeout]);
        let Wants::Relay { whole: Some(since), .. } = self.next() else { return false };
        since + limit <= cx.turn.now
    }

    /// Ends an exchange that took longer than it may.
    pub(super) fn time_out_exchange(&mut self, cx: &mut Context<'_>) {
        let reason = CloseReason::Timeout(Guard::ExchangeTimeout);
        let Phase::Relaying(relay) = &self.phase else { return };
        if relay.has_answered() {
            return self.cut_off(cx, reason);
        }
        if !relay.is_received {
            return self.refuse(cx, Refusal::BodyTimeout, None, reason);
        }
        let limit = cx.turn.guards[Guard::ExchangeTimeout];
        let exchange = self.active.as_ref().map(|active| active.exchange);
        let backend = exchange.and_then(|exchange| cx.turn.gateway.backend(exchange));
        let detail = backend.map_or_else(
            || format!("No backend had the request within {limit} ms."),
            |(name, address)| {
                format!("{name} ({}) did not complete its answer within {limit} ms.", address.authority())
            },
        );
        self.cancel(cx);
        let note =
            Note { severity: Severity::Error, span: None, kind: NoteKind::Text(detail.as_str().into()) };
        cx.event_now(exchange, EventKind::NoteAdded(note));
        self.refuse_forwarded(cx, Refusal::ExchangeTimeout, &detail, None, true);
    }

    /// Cancels the exchange at the backend, whose response is no longer awaited.
    pub(super) fn cancel(&mut self, cx: &mut Context<'_>) {
        if let (Phase::Relaying(_), Some(active)) = (&self.phase, &self.active) {
            cx.turn.gateway.end(active.exchange, cx.turn.now);
            cx.turn.report_attempts();
            self.phase = Phase::Reading;
        }
    }
}
