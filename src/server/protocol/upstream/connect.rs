//! The beginning of a connection to a backend.

use std::io;

use crate::{
    gateway::{Failure, Scheme},
    server::protocol::{Context, Protocol},
    trace::CloseReason,
};

use super::{Phase, Upstream};

impl Upstream {
    /// Begins to use the connection that is made: with the handshake, or with the request.
    pub(super) fn begin(&mut self, cx: &mut Context<'_>) {
        self.phase = match (self.phase, self.dial.address.scheme) {
            (Phase::Connecting { since }, Scheme::Https) => Phase::Securing { since },
            _ => Phase::Open,
        };
        if let Some(exchange) = self.exchange() {
            cx.turn.gateway.connected(exchange, cx.conn, cx.turn.now);
        }
    }

    /// Tries the next address of the backend, because this one gave an error.
    pub(super) fn cannot_connect(&mut self, cx: &mut Context<'_>, error: &io::Error) {
        let failure = Failure::to_connect(error.kind());
        let (detail, reason) = match failure {
            Failure::Refused => ("refused the connection".to_owned(), CloseReason::Refused),
            _ => (format!("could not be reached: {error}"), CloseReason::Unreachable),
        };
        self.fail_to_connect(cx, failure, &detail, reason);
    }

    /// Tries the next address of the backend, because the connection could not be made.
    pub(super) fn fail_to_connect(
        &mut self,
        cx: &mut Context<'_>,
        failure: Failure,
        detail: &str,
        reason: CloseReason,
    ) {
        if cx.turn.gateway.dial_next(self.dial.clone()) {
            (self.phase, self.busy) = (Phase::Aborting(reason), None);
        } else {
            self.fail(cx, failure, detail, reason);
        }
    }
}
