//! An active check of a backend: one GET on a connection of its own, of which only the status counts.

use std::{io, sync::Arc};

use crate::{
    base::stream::{ExchangeId, Nanos},
    gateway::{CheckId, Failure},
    http::{Limits, ResponseMachine},
    server::upstream::Dial,
    trace::{CloseReason, Guard, Handshake},
    wire::{Event, Machine, Silent},
};

use super::{Context, Progress, Protocol, Wants};

/// The longest head that the backend may send.
const LIMITS: Limits = Limits { head_bytes: 64 * 1024, ..Limits::UNLIMITED };

/// The connection of a check.
pub(in crate::server) struct Check {
    id: CheckId,
    /// The address that the connection leads to, and the addresses to try after it.
    dial: Dial,
    machine: ResponseMachine,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The connection is being made.
    Connecting { since: Nanos },
    /// The request is sent, and the head of the response awaited.
    Asking,
    /// The result is known. What is left of the response is thrown away.
    Done,
    /// The check is given up.
    GivenUp,
}

impl Check {
    pub(in crate::server) fn connecting(id: CheckId, dial: Dial, now: Nanos) -> Self {
        Self { id, dial, machine: ResponseMachine::strict(LIMITS), phase: Phase::Connecting { since: now } }
    }

    fn fail(&mut self, cx: &mut Context<'_>, failure: Failure) {
        self.phase = Phase::GivenUp;
        cx.turn.gateway.checked(self.id, Err(failure), cx.turn.now);
    }

    fn fail_to_connect(&mut self, cx: &mut Context<'_>, failure: Failure) {
        if cx.turn.gateway.dial_next(self.dial.clone()) {
            self.phase = Phase::GivenUp;
        } else {
            self.fail(cx, failure);
        }
    }
}

impl Protocol for Check {
    /// Nothing is refused on a connection that this program made.
    fn on_crowded(&mut self, _: &mut Context<'_>) {}

    fn on_connected(&mut self, cx: &mut Context<'_>) {
        let Some((path, authority)) = cx.turn.gateway.check(self.id, cx.conn) else {
            self.phase = Phase::GivenUp;
            return;
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: byteglass/{} (health check)\r\n\
             Connection: close\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        );
        cx.output.build(|tail| tail.extend_from_slice(request.as_bytes()));
        self.phase = Phase::Asking;
    }

    fn on_connect_failed(&mut self, cx: &mut Context<'_>, error: &io::Error) {
        self.fail_to_connect(cx, Failure::to_connect(error.kind()));
    }

    fn on_handshake(&mut self, cx: &mut Context<'_>, handshake: &Arc<Handshake>) {
        if !handshake.is_open {
            self.fail(cx, Failure::Tls);
        }
    }

    fn on_encryption_failed(&mut self, cx: &mut Context<'_>, _: &str) {
        self.fail(cx, Failure::Malformed);
    }

    fn on_bytes(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        while matches!(self.phase, Phase::Asking) && !cx.input.is_empty() {
            progress = Progress::Some;
            match self.machine.advance(cx.input.bytes(), &mut Silent) {
                Ok(step) => {
                    cx.input.consume(step.consumed);
                    match step.event {
                        Event::NeedData => {
                            cx.input.detach();
                            return Progress::None;
                        }
                        Event::Head if self.machine.head().status.class() != 1 => {
                            let status = self.machine.head().status.0;
                            self.phase = Phase::Done;
                            cx.turn.gateway.checked(self.id, Ok(status), cx.turn.now);
                        }
                        Event::Head | Event::Body(_) | Event::End => {}
                    }
                }
                Err(_) => self.fail(cx, Failure::Malformed),
            }
        }
        progress
    }

    fn on_end(&mut self, cx: &mut Context<'_>) {
        self.fail(cx, Failure::Reset);
    }

    fn on_room(&mut self, cx: &mut Context<'_>) -> Progress {
        if matches!(self.phase, Phase::Connecting { .. } | Phase::Asking)
            && cx.turn.gateway.check(self.id, cx.conn).is_none()
        {
            self.phase = Phase::GivenUp;
        }
        Progress::None
    }

    fn on_time(&mut self, cx: &mut Context<'_>) -> Progress {
        self.fail_to_connect(cx, Failure::ConnectTimeout);
        Progress::Some
    }

    fn on_gone(&mut self, cx: &mut Context<'_>) -> bool {
        if let Phase::Connecting { .. } | Phase::Asking = self.phase {
            cx.turn.gateway.checked(self.id, Err(Failure::Reset), cx.turn.now);
        }
        false
    }

    fn next(&self) -> Wants {
        match self.phase {
            Phase::Connecting { since } => {
                let timer = Some((Guard::ConnectTimeout, Some(since)));
                Wants::Relay { reads: true, timer, whole: None }
            }
            // The gateway ends a check that takes too long.
            Phase::Asking => Wants::Relay { reads: true, timer: None, whole: None },
            Phase::Done => Wants::Close(CloseReason::ServerDone),
            Phase::GivenUp => Wants::Abort(CloseReason::ServerDone),
        }
    }

    fn exchange(&self) -> Option<ExchangeId> {
        None
    }
}
