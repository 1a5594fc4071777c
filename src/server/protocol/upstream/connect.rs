//! The beginning of a connection to a backend.

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
