//! Tests of a protocol as a script of input, expected output and expected waits. There is no socket, and the
//! script sets the time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Nanos},
    server::{Guards, clock::Clock, input::Input, output::Output, tracer::Tracer, turn::Turn},
    service::{MiddlewareSettings, Service, Site},
    trace::{self, CloseReason, EventKind},
};

use super::{Context, Progress, Protocol, Wants};

/// A protocol with its environment.
pub(super) struct Playbook<P> {
    protocol: P,
    input: Input,
    output: Output,
    turn: Turn,
    trace: trace::Receiver,
}

impl<P: Protocol> Playbook<P> {
    pub(super) fn new(guards: Guards, make: impl FnOnce(&Turn) -> P) -> Self {
        let (sender, trace) = trace::channel(1 << 20);
        let service = Service::new(Site::Welcome, &MiddlewareSettings::default());
        let turn = Turn::new(Clock::start(), service, Tracer::new(Some(sender)), guards);
        Self { protocol: make(&turn), input: Input::default(), output: Output::default(), turn, trace }
    }

    /// Delivers bytes in one read.
    pub(super) fn feed(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let wants = self.protocol.next();
        assert!(matches!(wants, Wants::Read { .. }), "it does not read: {wants:?}");
        self.input.push(Bytes::copy_from_slice(bytes.as_ref()));
        self.run()
    }

    /// Closes the client's side.
    pub(super) fn end(&mut self) -> &mut Self {
        self.call(P::on_end);
        self.run()
    }

    /// Reports that there are too many connections.
    pub(super) fn crowd(&mut self) -> &mut Self {
        self.call(P::on_crowded);
        self.run()
    }

    /// Sets the time to `now`, for which the protocol has waited.
    pub(super) fn wait_until(&mut self, now: Nanos) -> &mut Self {
        self.turn.now = now;
        self.call(P::on_time);
        self.run()
    }

    /// Takes the output and compares it with `expected`. Fields that change between runs are removed first.
    pub(super) fn expect(&mut self, expected: &str) -> &mut Self {
        assert_eq!(self.taken(), expected);
        self
    }

    /// Takes the output, which must begin with `expected`.
    pub(super) fn expect_start(&mut self, expected: &str) -> &mut Self {
        let taken = self.taken();
        assert!(taken.starts_with(expected), "{taken:?} instead of {expected:?}");
        self
    }

    pub(super) fn expect_wants(&mut self, wants: Wants) -> &mut Self {
        assert_eq!(self.protocol.next(), wants);
        self
    }

    pub(super) fn expect_close(&mut self, reason: CloseReason) -> &mut Self {
        self.expect_wants(Wants::Close(reason))
    }

    /// Number of bytes in the output.
    pub(super) fn queued(&self) -> usize {
        self.output.queued()
    }

    /// The state shared by all connections.
    pub(super) const fn turn(&self) -> &Turn {
        &self.turn
    }

    /// The events since the last call.
    pub(super) fn events(&mut self) -> Vec<EventKind> {
        self.turn.tracer.flush();
        let batches = std::iter::from_fn(|| self.trace.try_recv());
        batches.flat_map(|batch| batch.events).map(|event| event.kind).collect()
    }

    /// Closes the connection. Returns whether a response was in progress.
    pub(super) fn gone(&mut self) -> bool {
        self.call(P::on_gone)
    }

    fn call<T>(&mut self, act: impl FnOnce(&mut P, &mut Context<'_>) -> T) -> T {
        let mut cx = Context {
            conn: ConnId::FIRST,
            slot: 0,
            peer: [127, 0, 0, 1].into(),
            again: None,
            input: &mut self.input,
            output: &mut self.output,
            turn: &mut self.turn,
        };
        act(&mut self.protocol, &mut cx)
    }

    /// Lets the protocol do everything that it can do without waiting.
    fn run(&mut self) -> &mut Self {
        loop {
            let progress = match self.protocol.next() {
                Wants::Read { .. } => self.call(P::on_bytes),
                Wants::Write => self.call(P::on_room),
                Wants::Relay { .. } => match self.call(P::on_room) {
                    Progress::None => self.call(P::on_bytes),
                    progress => progress,
                },
                Wants::Disk { .. } => {
                    self.turn.disk.work_off();
                    self.call(P::on_disk)
                }
                Wants::At(at) if at <= self.turn.now => self.call(P::on_time),
                Wants::At(_) | Wants::Change | Wants::Close(_) | Wants::Abort(_) => Progress::None,
            };
            if progress == Progress::None {
                return self;
            }
        }
    }

    fn taken(&mut self) -> String {
        let mut taken = Vec::new();
        self.output.flush(&mut taken, self.turn.now, usize::MAX, |_, _, _| {}).unwrap();
        while let Some(end) = self.output.take_written() {
            self.turn.body_pool -= end.pooled;
        }
        self.run();
        let text: String = taken.into_iter().map(char::from).collect();
        text.split_inclusive('\n').filter(|line| !line.starts_with("Date: ")).collect()
    }
}
