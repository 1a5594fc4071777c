//! WebSocket: takes messages from the input and sends them back.

use bytes::BytesMut;

use crate::{
    base::stream::ExchangeId,
    server::{Guards, output::HIGH_BYTES, turn::BODY_POOL_BYTES},
    trace::{CloseReason, EventKind, Guard, Note, NoteKind, Severity, Stage},
    websocket::{
        CloseCode, FrameMachine, Limits, Opcode, Rule, Sender, Violation,
        encode::{Outgoing, close_payload},
    },
    wire::{Event, Machine, Silent},
};

use super::{Context, Progress, Protocol, Wants};

/// Number of frames read before other connections are served.
const FRAMES_PER_SHARE: usize = 256;
/// A message up to this size is copied into the output, which has room for the next one sooner.
const COPIED_BYTES: usize = 16 * 1024;
/// A buffer with more room than this is not kept for the next message.
const KEPT_BYTES: usize = 64 * 1024;

/// The server's side of `/ws/echo` on one connection.
pub(in crate::server) struct WebSocket {
    machine: FrameMachine,
    /// The exchange that began with the handshake. `None`: it is over.
    exchange: Option<ExchangeId>,
    /// The message of data as far as it arrived, unmasked.
    message: BytesMut,
    /// Bytes taken from the pool for `message`.
    pooled: u64,
    /// Bytes from the pool whose messages are in the output.
    echoed: u64,
    /// Stream offset after the last of these messages.
    echoed_until: u64,
    /// Whether the message is one of text.
    is_text: bool,
    /// The payload of a control frame as far as it arrived, unmasked.
    control: BytesMut,
    /// Why the connection is over. `None`: it is not.
    over: Option<CloseReason>,
}

impl WebSocket {
    /// The protocol after a handshake; `offset` is that of the first byte after it.
    pub(in crate::server) fn new(exchange: ExchangeId, offset: u64, guards: &Guards) -> Self {
        let limits = Limits { message_bytes: guards[Guard::WebSocketBytes], deflate: false };
        Self {
            machine: FrameMachine::new(Sender::Client, offset, limits),
            exchange: Some(exchange),
            message: BytesMut::new(),
            pooled: 0,
            echoed: 0,
            echoed_until: 0,
            is_text: false,
            control: BytesMut::new(),
            over: None,
        }
    }

    /// Reads frames while there are any and the output has room.
    fn converse(&mut self, cx: &mut Context<'_>) -> Progress {
        // A client that reads nothing keeps its share of the pool.
        if self.echoed > 0 && cx.output.written() >= self.echoed_until {
            cx.turn.body_pool -= std::mem::take(&mut self.echoed);
        }
        let mut progress = Progress::None;
        let mut frames = 0;
        while self.over.is_none() && cx.output.queued() < HIGH_BYTES {
            if frames == FRAMES_PER_SHARE {
                return Progress::Share;
            }
            let start = self.machine.offset();
            match self.machine.advance(cx.input.bytes(), &mut Silent) {
                Ok(step) => {
                    match step.event {
                        Event::NeedData => {
                            cx.input.consume(step.consumed);
                            return progress;
                        }
                        Event::Head => self.begin_frame(),
                        Event::Body(range) => self.take_payload(cx, range.len(), start),
                        Event::End => {
                            self.end_frame(cx);
                            frames += 1;
                        }
                    }
                    cx.input.consume(step.consumed);
                }
                Err(violation) => self.refuse(cx, &violation, CloseReason::ServerRefused),
            }
            progress = Progress::Some;
        }
        progress
    }

    fn begin_frame(&mut self) {
        match self.machine.frame().opcode {
            Opcode::Text => self.is_text = true,
            Opcode::Binary => self.is_text = false,
            _ => self.control.clear(),
        }
    }

    /// Takes the first `len` bytes of the input, which are payload from stream offset `at` on.
    fn take_payload(&mut self, cx: &mut Context<'_>, len: usize, at: u64) {
        let frame = *self.machine.frame();
        let into = if frame.opcode.is_control() {
            &mut self.control
        } else {
            if cx.turn.body_pool + len as u64 > BODY_POOL_BYTES {
                return self.say_goodbye(cx, CloseCode::TryAgain, "too busy", CloseReason::ServerRefused);
            }
            cx.turn.body_pool += len as u64;
            self.pooled += len as u64;
            &mut self.message
        };
        let before = into.len();
        into.extend_from_slice(&cx.input.bytes()[..len]);
        frame.unmask(&mut into[before..], at);
    }

    fn end_frame(&mut self, cx: &mut Context<'_>) {
        let frame = *self.machine.frame();
        match frame.opcode {
            Opcode::Text | Opcode::Binary | Opcode::Continuation if !frame.fin => {}
            Opcode::Text | Opcode::Binary | Opcode::Continuation => {
                let opcode = if self.is_text { Opcode::Text } else { Opcode::Binary };
                let len = self.message.len() as u64;
                cx.turn.stats.largest_websocket = cx.turn.stats.largest_websocket.max(len);
                let whole = Outgoing::server(opcode, &self.message);
                if self.message.len() > COPIED_BYTES {
                    cx.output.build(|tail| whole.write_head(tail));
                    cx.output.put(std::mem::take(&mut self.message).freeze());
                } else {
                    cx.output.build(|tail| whole.write(tail));
                }
                self.echoed += std::mem::take(&mut self.pooled);
                self.echoed_until = cx.output.produced();
                self.forget_message(cx);
            }
            // RFC 6455 §5.5.3: "A Pong frame sent in response to a Ping frame must have identical "Application data"".
            Opcode::Ping => {
                cx.output.build(|tail| Outgoing::server(Opcode::Pong, &self.control).write(tail));
            }
            Opcode::Pong => {}
            // §5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it
            // received."
            Opcode::Close => {
                self.control.truncate(2);
                cx.output.build(|tail| Outgoing::server(Opcode::Close, &self.control).write(tail));
                self.end(cx, CloseReason::ServerDone);
            }
        }
    }

    fn forget_message(&mut self, cx: &mut Context<'_>) {
        cx.turn.body_pool -= std::mem::take(&mut self.pooled);
        self.message.clear();
        if self.message.capacity() > KEPT_BYTES {
            self.message = BytesMut::new();
        }
    }

    /// Fails the connection (§7.1.7) because a frame breaks a rule.
    fn refuse(&mut self, cx: &mut Context<'_>, violation: &Violation, reason: CloseReason) {
        let rule = violation.rule;
        if rule == Rule::MessageTooBig {
            let limit = cx.turn.guards[Guard::WebSocketBytes];
            cx.event_now(self.exchange, EventKind::Guard { kind: Guard::WebSocketBytes, limit });
        }
        let kind = NoteKind::Violation(rule.into(), violation.found);
        let note = Note { severity: Severity::Error, span: Some(Box::new(violation.span.clone())), kind };
        cx.event_now(self.exchange, EventKind::NoteAdded(note));
        self.say_goodbye(cx, rule.facts().close, rule.facts().sentence, reason);
    }

    /// Sends a close frame, after which nothing is read.
    fn say_goodbye(&mut self, cx: &mut Context<'_>, code: CloseCode, why: &str, reason: CloseReason) {
        let payload = close_payload(code, why);
        cx.output.build(|tail| Outgoing::server(Opcode::Close, &payload).write(tail));
        self.end(cx, reason);
    }

    fn end(&mut self, cx: &mut Context<'_>, reason: CloseReason) {
        self.forget_message(cx);
        self.over = Some(reason);
        if let Some(exchange) = self.exchange.take() {
            let unread = cx.input.bytes().len() as u64;
            if unread > 0 && reason == CloseReason::ServerDone {
                let kind = NoteKind::BytesAfterLast(unread);
                let note = Note { severity: Severity::Warning, span: None, kind };
                cx.event_now(exchange, EventKind::NoteAdded(note));
            }
            cx.output.end_response(exchange, false, std::mem::take(&mut self.echoed));
        }
    }
}

impl Protocol for WebSocket {
    /// A connection that has become a WebSocket is counted already.
    fn on_crowded(&mut self, _: &mut Context<'_>) {}

    fn on_bytes(&mut self, cx: &mut Context<'_>) -> Progress {
        let progress = self.converse(cx);
        cx.input.detach();
        progress
    }

    fn on_end(&mut self, cx: &mut Context<'_>) {
        if let Err(violation) = self.machine.end_of_input(&mut Silent) {
            let kind = NoteKind::Violation(violation.rule.into(), None);
            let note = Note { severity: Severity::Warning, span: Some(Box::new(violation.span)), kind };
            cx.event_now(self.exchange, EventKind::NoteAdded(note));
        }
        self.end(cx, CloseReason::ClientEarly);
    }

    fn on_room(&mut self, _: &mut Context<'_>) -> Progress {
        Progress::None
    }

    fn on_time(&mut self, cx: &mut Context<'_>) -> Progress {
        if self.machine.is_in_message() {
            let end = self.machine.offset();
            let violation = Violation::token(Rule::MessageLate, end..end);
            self.refuse(cx, &violation, CloseReason::Timeout(Guard::FrameTimeout));
        } else {
            let reason = CloseReason::Timeout(Guard::UpgradeTimeout);
            self.say_goodbye(cx, CloseCode::GoingAway, "idle for too long", reason);
        }
        Progress::Some
    }

    fn on_gone(&mut self, cx: &mut Context<'_>) -> bool {
        self.forget_message(cx);
        cx.turn.body_pool -= std::mem::take(&mut self.echoed);
        let exchange = self.exchange.take();
        if let Some(exchange) = exchange {
            cx.event_now(exchange, EventKind::Stage(Stage::Aborted));
        }
        exchange.is_some()
    }

    fn interject(&mut self, cx: &mut Context<'_>, frame: &[u8]) {
        if self.over.is_none() {
            cx.output.build(|tail| tail.extend_from_slice(frame));
            cx.note_interjection(self.exchange, "client", frame.len());
        }
    }

    fn next(&self) -> Wants {
        match self.over {
            Some(reason) => Wants::Close(reason),
            None if self.machine.is_in_message() => Wants::Read { guard: Guard::FrameTimeout, since: None },
            None => Wants::Read { guard: Guard::UpgradeTimeout, since: None },
        }
    }

    fn exchange(&self) -> Option<ExchangeId> {
        self.exchange
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::protocol::playbook::Playbook;

    const IDLE: Wants = Wants::Read { guard: Guard::UpgradeTimeout, since: None };
    const WITHIN: Wants = Wants::Read { guard: Guard::FrameTimeout, since: None };

    fn echo(guards: Guards) -> Playbook<WebSocket> {
        Playbook::new(guards, |turn| WebSocket::new(ExchangeId::FIRST, 0, &turn.guards))
    }

    /// A frame of a client.
    fn frame(fin: bool, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
        let mut out = BytesMut::new();
        Outgoing { fin, rsv: 0, opcode: opcode.bits(), mask: Some([9, 8, 7, 6]), payload }.write(&mut out);
        out.to_vec()
    }

    /// A frame of the server with a short payload, each byte as a character.
    fn sent(opcode: Opcode, payload: &[u8]) -> String {
        let mut out = BytesMut::new();
        Outgoing::server(opcode, payload).write(&mut out);
        out.iter().map(|byte| char::from(*byte)).collect()
    }

    #[test]
    fn messages_come_back_whole_and_pings_are_answered_between_their_fragments() {
        let mut playbook = echo(Guards::default());
        playbook.expect_wants(IDLE);
        playbook.feed(frame(false, Opcode::Text, b"one ")).expect_wants(WITHIN).expect("");
        playbook.feed(frame(true, Opcode::Ping, b"hi")).expect(&sent(Opcode::Pong, b"hi"));
        playbook.feed(frame(true, Opcode::Continuation, b"two")).expect(&sent(Opcode::Text, b"one two"));
        playbook.feed(frame(true, Opcode::Binary, b"")).expect(&sent(Opcode::Binary, b""));
        playbook.feed(frame(true, Opcode::Pong, b"?")).expect("").expect_wants(IDLE);
        playbook.feed(frame(true, Opcode::Close, b"\x03\xE8bye")).expect(&sent(Opcode::Close, b"\x03\xE8"));
        playbook.expect_close(CloseReason::ServerDone);
        assert!(!playbook.gone());
        assert_eq!(playbook.turn().body_pool, 0);
    }

    #[test]
    fn each_byte_may_come_alone() {
        let mut playbook = echo(Guards::default());
        let bytes =
            [frame(false, Opcode::Text, b"caf\xC3"), frame(true, Opcode::Continuation, b"\xA9")].concat();
        for byte in bytes {
            playbook.feed([byte]);
        }
        playbook.expect(&sent(Opcode::Text, b"caf\xC3\xA9"));
    }

    #[test]
    fn a_breach_is_noted_and_closes_with_its_code() {
        let mut playbook = echo(Guards::default());
        playbook.feed(frame(true, Opcode::Continuation, b"x"));
        playbook.expect_close(CloseReason::ServerRefused);
        let sentence = Rule::NothingToContinue.facts().sentence;
        playbook.expect(&sent(Opcode::Close, &[b"\x03\xEA", sentence.as_bytes()].concat()));
        let noted = playbook.events().into_iter().any(|event| {
            matches!(event, EventKind::NoteAdded(Note { kind: NoteKind::Violation(cause, _), .. })
                if cause.key() == "ws_nothing_to_continue")
        });
        assert!(noted);
    }

    #[test]
    fn a_message_over_the_limit_is_refused_before_it_arrives() {
        let mut playbook = echo(Guards::default().with(Guard::WebSocketBytes, 1000));
        playbook.feed([0x82, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0]).expect_close(CloseReason::ServerRefused);
        assert_eq!(playbook.turn().body_pool, 0);
    }

    #[test]
    fn ten_thousand_fragments_are_one_message() {
        let mut playbook = echo(Guards::default());
        playbook.feed(frame(false, Opcode::Binary, b"x"));
        let more = frame(false, Opcode::Continuation, b"x").repeat(9_998);
        playbook.feed(more);
        playbook.feed(frame(true, Opcode::Continuation, b"x"));
        assert_eq!(playbook.queued(), 10_000 + 4);
    }

    #[test]
    fn a_flood_of_pings_stops_when_nobody_reads() {
        let mut playbook = echo(Guards::default());
        playbook.feed(frame(true, Opcode::Ping, &[b'x'; 125]).repeat(5_000));
        assert!(playbook.queued() < HIGH_BYTES + 200, "{}", playbook.queued());
    }

    #[test]
    fn silence_ends_the_connection_within_a_frame_and_between_frames() {
        use crate::base::stream::Nanos;
        let mut playbook = echo(Guards::default());
        playbook.wait_until(Nanos::new(1)).expect_close(CloseReason::Timeout(Guard::UpgradeTimeout));
        playbook.expect_start("\u{88}");
        let mut playbook = echo(Guards::default());
        playbook.feed([0x81]).expect_wants(WITHIN);
        playbook.wait_until(Nanos::new(1)).expect_close(CloseReason::Timeout(Guard::FrameTimeout));
        let sentence = Rule::MessageLate.facts().sentence;
        playbook.expect(&sent(Opcode::Close, &[b"\x03\xF0", sentence.as_bytes()].concat()));
    }

    #[test]
    fn an_end_without_a_close_frame_is_noted() {
        let mut playbook = echo(Guards::default());
        playbook.feed(frame(true, Opcode::Text, b"x")).end().expect_close(CloseReason::ClientEarly);
        assert!(playbook.events().iter().any(|event| matches!(event, EventKind::NoteAdded(_))));
    }
}
