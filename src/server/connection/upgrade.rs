//! Connections that change their protocol, and frames that the user sends into them by hand.

use crate::{base::stream::ExchangeId, server::turn::Turn};

use super::{Connection, NextStep, State};

impl Connection {
    /// Goes on with the protocol that takes over.
    pub(super) fn change_protocol(&mut self) {
        if let Some(next) = self.protocol.successor() {
            self.protocol = next;
        }
    }

    /// Sends the bytes of a frame, if the connection carries frames of this exchange.
    pub(in crate::server) fn interject(
        &mut self,
        turn: &mut Turn,
        exchange: ExchangeId,
        bytes: &[u8],
    ) -> NextStep {
        if !matches!(self.state, State::Open) || self.protocol.exchange() != Some(exchange) {
            return NextStep::Wait;
        }
        self.output.attach_block(&mut turn.tail, &mut turn.blocks);
        self.call(turn, |protocol, cx| protocol.interject(cx, bytes));
        self.output.detach_block(&mut turn.tail);
        self.drive(turn)
    }
}
