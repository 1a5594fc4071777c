//! The protocol of lines: takes messages from the input and writes replies to the output.

use crate::{
    base::stream::ExchangeId,
    lines::{BufferKind, LineMachine, Rule, Violation, WORD, reply},
    server::output::HIGH_BYTES,
    trace::{CloseReason, EventKind, Guard, Note, NoteKind, Severity, Stage},
};

use super::{Context, Progress, Protocol, Wants};

/// Number of messages answered before other connections are served.
const MESSAGES_PER_SHARE: usize = 256;

/// The server's side of the protocol of lines on one connection.
pub(in crate::server) struct Lines {
    machine: LineMachine,
    buffer: BufferKind,
    /// Maximum length of a message without its line feed, in bytes.
    limit: u64,
    /// The exchange whose message is arriving. `None`: no message has begun.
    arriving: Option<ExchangeId>,
    /// Why the conversation is over. `None`: it is not.
    over: Option<CloseReason>,
    /// Number of bytes moved by the buffer that are already counted in the statistics.
    counted_moved: u64,
}

impl Lines {
    pub(in crate::server) fn new(buffer: BufferKind, limit: u64) -> Self {
        let machine = LineMachine::new(buffer, usize::try_from(limit).unwrap_or(usize::MAX - 1));
        Self { machine, buffer, limit, arriving: None, over: None, counted_moved: 0 }
    }

    /// Answers messages while there are any and the output has room for the replies.
    fn converse(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        let mut answered = 0;
        while self.over.is_none() && cx.output.queued() < HIGH_BYTES {
            if answered == MESSAGES_PER_SHARE {
                return Progress::Share;
            }
            match self.machine.next_message() {
                Ok(Some(message)) => {
                    let (start, end) = (message.range.start, message.range.end);
                    let content = message.text.len() as u64;
                    let exchange = take_or_begin(&mut self.arriving, cx, start);
                    let received = Stage::Received { word: WORD, content: start..start + content };
                    cx.event(exchange, EventKind::Stage(received));
                    cx.event(exchange, EventKind::Stage(Stage::RequestEnd { end, content }));
                    let reply = Stage::Answered { refusal: None, start: cx.output.produced() };
                    cx.event_now(exchange, EventKind::Stage(reply));
                    let mut keep_alive = true;
                    cx.output.build(|tail| keep_alive = reply::write(message.text, tail));
                    cx.output.end_response(exchange, keep_alive, 0);
                    cx.turn.stats.messages += 1;
                    cx.turn.stats.longest_message = cx.turn.stats.longest_message.max(content);
                    if !keep_alive {
                        self.over = Some(CloseReason::ServerDone);
                        self.note_unread(cx, exchange);
                    }
                    answered += 1;
                }
                Ok(None) => {
                    let taken = self.machine.feed(cx.input.bytes());
                    if taken == 0 {
                        break;
                    }
                    cx.input.consume(taken);
                }
                Err(violation) => self.refuse(cx, &violation, CloseReason::ServerRefused),
            }
            progress = Progress::Some;
        }
        if self.over.is_none() && self.machine.is_in_message() {
            self.arriving = Some(take_or_begin(&mut self.arriving, cx, self.machine.offset()));
        }
        progress
    }

    /// Answers a message that breaks a rule, and ends the conversation, since the beginning of the next
    /// message is unknown.
    fn refuse(&mut self, cx: &mut Context<'_>, violation: &Violation, reason: CloseReason) {
        let exchange = take_or_begin(&mut self.arriving, cx, self.machine.offset());
        let rule = violation.rule;
        let content = self.machine.offset()..violation.span.start;
        cx.event_now(exchange, EventKind::Stage(Stage::Received { word: WORD, content }));
        let mut sentence = rule.facts().sentence.to_owned();
        if rule == Rule::LineTooLong {
            let limit = self.limit;
            cx.event_now(exchange, EventKind::Guard { kind: Guard::MessageBytes, limit });
            sentence = format!("{sentence} The limit is {limit} bytes.");
        }
        let kind = NoteKind::Violation(rule.into(), violation.found);
        let note = Note { severity: Severity::Error, span: Some(Box::new(violation.span.clone())), kind };
        cx.event_now(exchange, EventKind::NoteAdded(note));
        self.reply_error(cx, exchange, rule, &sentence, reason);
    }

    /// Replies with `sentence`, the reason for a refusal, and ends the conversation.
    fn reply_error(
        &mut self,
        cx: &mut Context<'_>,
        exchange: ExchangeId,
        rule: Rule,
        sentence: &str,
        reason: CloseReason,
    ) {
        let refusal = Some(rule.into());
        let answered = Stage::Answered { refusal, start: cx.output.produced() };
        cx.event_now(exchange, EventKind::Stage(answered));
        cx.output.build(|tail| reply::write_error(sentence, tail));
        cx.output.end_response(exchange, false, 0);
        self.over = Some(reason);
    }

    /// Adds a note on bytes that arrived after the last message and are not read.
    fn note_unread(&self, cx: &mut Context<'_>, exchange: ExchangeId) {
        let unread = (self.machine.waiting() + cx.input.bytes().len()) as u64;
        if unread > 0 {
            let kind = NoteKind::BytesAfterLast(unread);
            cx.event_now(
                exchange,
                EventKind::NoteAdded(Note { severity: Severity::Warning, span: None, kind }),
            );
        }
    }

    fn count_moved(&mut self, cx: &mut Context<'_>) {
        let moved = self.machine.moved();
        cx.turn.stats.moved[self.buffer.index()] += moved - self.counted_moved;
        self.counted_moved = moved;
    }
}

/// The exchange of the message that begins at stream offset `offset`.
fn take_or_begin(arriving: &mut Option<ExchangeId>, cx: &mut Context<'_>, offset: u64) -> ExchangeId {
    arriving.take().unwrap_or_else(|| cx.begin_exchange(offset))
}

impl Protocol for Lines {
    fn on_crowded(&mut self, cx: &mut Context<'_>) {
        let limit = cx.turn.guards[Guard::Connections];
        let exchange = take_or_begin(&mut self.arriving, cx, 0);
        cx.event_now(exchange, EventKind::Guard { kind: Guard::Connections, limit });
        let rule = Rule::LinesCrowded;
        self.reply_error(cx, exchange, rule, rule.facts().sentence, CloseReason::ServerRefused);
    }

    fn on_bytes(&mut self, cx: &mut Context<'_>) -> Progress {
        let progress = self.converse(cx);
        self.count_moved(cx);
        cx.input.detach();
        progress
    }

    fn on_end(&mut self, cx: &mut Context<'_>) {
        match self.machine.end_of_input() {
            Ok(()) => self.over = Some(CloseReason::Client),
            Err(violation) => self.refuse(cx, &violation, CloseReason::ClientEarly),
        }
    }

    fn on_room(&mut self, _: &mut Context<'_>) -> Progress {
        Progress::None
    }

    fn on_time(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.arriving {
            Some(exchange) => {
                let reason = CloseReason::Timeout(Guard::BodyTimeout);
                self.arriving = None;
                self.reply_error(cx, exchange, Rule::LineLate, Rule::LineLate.facts().sentence, reason);
            }
            // No exchange is in progress, so the connection ends normally.
            None => self.over = Some(CloseReason::Timeout(Guard::IdleTimeout)),
        }
        Progress::Some
    }

    fn on_gone(&mut self, cx: &mut Context<'_>) -> bool {
        let arriving = self.arriving.take();
        if let Some(exchange) = arriving {
            cx.event_now(exchange, EventKind::Stage(Stage::Aborted));
        }
        arriving.is_some()
    }

    fn next(&self) -> Wants {
        match (self.over, self.arriving) {
            (Some(reason), _) => Wants::Close(reason),
            (None, Some(_)) => Wants::Read { guard: Guard::BodyTimeout, since: None },
            (None, None) => Wants::Read { guard: Guard::IdleTimeout, since: None },
        }
    }

    fn exchange(&self) -> Option<ExchangeId> {
        self.arriving
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::stream::Nanos,
        server::{Guards, protocol::playbook::Playbook},
        trace::Cause,
    };

    const IDLE: Wants = Wants::Read { guard: Guard::IdleTimeout, since: None };
    const WITHIN: Wants = Wants::Read { guard: Guard::BodyTimeout, since: None };

    fn lines(limit: u64) -> Playbook<Lines> {
        Playbook::new(Guards::default(), |_| Lines::new(BufferKind::Lazy, limit))
    }

    fn ends(playbook: &mut Playbook<Lines>) -> Vec<&'static str> {
        let name = |event| match event {
            EventKind::MessageStarted { .. } => Some("started"),
            EventKind::Stage(Stage::Received { .. }) => Some("received"),
            EventKind::Stage(Stage::Answered { refusal: None, .. }) => Some("answered"),
            EventKind::Stage(Stage::Answered { refusal: Some(cause), .. }) => Some(cause.key()),
            EventKind::Stage(Stage::Aborted) => Some("aborted"),
            EventKind::Guard { kind: Guard::MessageBytes, limit: 4 } => Some("guard"),
            EventKind::NoteAdded(note) if matches!(note.kind, NoteKind::BytesAfterLast(_)) => Some("unread"),
            EventKind::NoteAdded(note) => match note.kind {
                NoteKind::Violation(Cause::Lines(_), found) => found.map(|_| "found").or(Some("missing")),
                _ => Some("note"),
            },
            _ => None,
        };
        playbook.events().into_iter().filter_map(name).collect()
    }

    #[test]
    fn messages_of_one_read_are_answered_in_order_and_half_a_message_is_kept() {
        let mut lines = lines(100);
        lines.expect_wants(IDLE).feed("one\ntwo\n\nthr").expect_wants(WITHIN);
        lines
            .expect("Echo: one\nEcho: two\nEcho: \n")
            .feed("ee\n")
            .expect("Echo: three\n")
            .expect_wants(IDLE);
        let each = ["started", "received", "answered"];
        assert_eq!(ends(&mut lines), [each, each, each, each].concat());
        assert!(!lines.gone(), "nothing is under way");
    }

    #[test]
    fn quit_ends_the_conversation_and_says_what_it_leaves_unread() {
        let mut lines = lines(100);
        lines.feed("a\nquit\nb\n").expect_close(CloseReason::ServerDone).expect("Echo: a\nBye.\n");
        assert_eq!(ends(&mut lines).last(), Some(&"unread"));
    }

    #[test]
    fn a_message_that_is_too_long_gets_an_answer_and_the_end() {
        let mut lines = lines(4);
        lines.feed("1234\n12345").expect_close(CloseReason::ServerRefused);
        lines.expect(
            "Echo: 1234\nError: The message is longer than this server allows. The limit is 4 bytes.\n",
        );
        assert_eq!(ends(&mut lines)[3..], ["started", "received", "guard", "found", "line_too_long"]);
    }

    #[test]
    fn each_wait_has_its_guard() {
        let mut idle = lines(4);
        idle.wait_until(Nanos::new(5)).expect_close(CloseReason::Timeout(Guard::IdleTimeout)).expect("");
        let mut within = lines(4);
        within.feed("12").wait_until(Nanos::new(5)).expect_close(CloseReason::Timeout(Guard::BodyTimeout));
        within.expect("Error: The rest of the message did not come in time.\n");
        assert_eq!(ends(&mut within), ["started", "line_late"]);
    }

    #[test]
    fn the_end_of_the_client_is_one_thing_between_messages_and_another_within() {
        lines(4).end().expect_close(CloseReason::Client).expect("");
        let mut within = lines(4);
        within.feed("12").end().expect_close(CloseReason::ClientEarly);
        within.expect("Error: The connection ended in the middle of a message.\n");
        assert_eq!(ends(&mut within), ["started", "received", "missing", "line_unfinished"]);
        let mut gone = lines(4);
        gone.feed("12");
        assert!(gone.gone());
        assert_eq!(ends(&mut gone), ["started", "aborted"]);
    }

    #[test]
    fn one_connection_too_many_is_told_so() {
        lines(4)
            .crowd()
            .expect_close(CloseReason::ServerRefused)
            .expect("Error: There are too many connections.\n");
    }

    #[test]
    fn messages_wait_while_the_client_does_not_take_the_replies() {
        let mut lines = lines(100);
        let many = "x\n".repeat(100_000);
        lines.feed(&many);
        assert!(lines.queued() >= HIGH_BYTES && lines.queued() < HIGH_BYTES + 100, "{}", lines.queued());
        while lines.queued() > 0 {
            lines.expect_start("Echo: x\n");
        }
        lines.expect_wants(IDLE);
        assert_eq!(lines.turn().stats.messages, 100_000);
        assert!(lines.turn().stats.moved[BufferKind::Lazy.index()] <= 200_000);
    }
}
