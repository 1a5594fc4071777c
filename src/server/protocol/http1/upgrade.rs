//! The end of HTTP on a connection that goes on with WebSocket.

use crate::{
    server::protocol::{Context, Protocol, websocket::WebSocket},
    wire::Machine,
};

use super::{Http1, Phase};

impl Http1 {
    /// Hands the connection over after the head of a 101 (RFC 6455 §4.2.2). The exchange goes on.
    pub(super) fn upgrade(&mut self, cx: &mut Context<'_>) {
        let Some(active) = self.active.take() else { return };
        cx.turn.body_pool -= active.pooled;
        let next = WebSocket::new(active.exchange, self.machine.offset(), &cx.turn.guards);
        self.phase = Phase::Upgraded(Some(Box::new(next) as Box<dyn Protocol>));
    }
}
