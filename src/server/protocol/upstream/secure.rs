//! Backends that are reached over TLS.

use std::sync::Arc;

use crate::{
    base::stream::{ExchangeId, Layer},
    gateway::Failure,
    http::Framing,
    server::protocol::{Context, Protocol},
    trace::{CloseReason, Encryption, EventKind, Guard, Handshake, TlsProblem},
};

use super::{Phase, Upstream, busy::Busy};

/// The encryption of a connection.
#[derive(Debug)]
pub(super) struct Secured {
    handshake: Arc<Handshake>,
    /// Whether a message began on the connection.
    is_used: bool,
}

impl Upstream {
    /// The layer of the bytes that the protocol sees.
    pub(super) const fn layer(&self) -> Layer {
        if self.secured.is_some() { Layer::Plaintext } else { Layer::Wire }
    }

    /// Whether the check of the connection's certificates is the one in force.
    pub(super) fn is_trusted(&self, cx: &Context<'_>) -> bool {
        self.secured.is_none() || self.trust == cx.turn.gateway.trust
    }

    /// Sends the request, or gives the connection up.
    pub(super) fn take_handshake(&mut self, cx: &mut Context<'_>, handshake: &Arc<Handshake>) {
        if handshake.is_open {
            self.secured = Some(Secured { handshake: Arc::clone(handshake), is_used: false });
            self.phase = Phase::Open;
            return;
        }
        if handshake.problem == Some(TlsProblem::TimedOut) {
            let guard = Guard::ConnectTimeout;
            let detail = format!("did not complete the TLS handshake within {} ms", cx.turn.guards[guard]);
            return self.fail_to_connect(cx, Failure::ConnectTimeout, &detail, CloseReason::Timeout(guard));
        }
        let words = handshake.problem_in_words().unwrap_or_default();
        self.fail(cx, Failure::Tls, &words, CloseReason::Insecure);
    }

    /// Reports the encryption inside which another message begins.
    pub(super) fn report_encryption(&mut self, cx: &mut Context<'_>, exchange: ExchangeId) {
        let Some(secured) = &mut self.secured else { return };
        // Before the first message the handshake was reported.
        if std::mem::replace(&mut secured.is_used, true) {
            let encryption = Encryption { handshake: Arc::clone(&secured.handshake), is_reused: true };
            cx.event_now(exchange, EventKind::Encrypted(Box::new(encryption)));
        }
    }

    /// Gives the exchange up, because what arrived cannot be decrypted, or the backend said why it ends.
    pub(super) fn lose_encryption(&mut self, cx: &mut Context<'_>, words: &str) {
        if self.busy.is_none() {
            return self.retire(cx, Phase::Aborting(CloseReason::Failed));
        }
        self.fail(cx, Failure::Reset, words, CloseReason::Failed);
    }

    /// Handles an end that the encryption did not announce. A response that lasts until the end may have been cut off
    /// by somebody on the way (RFC 9112 §9.8: "MUST NOT" be taken as complete).
    pub(super) fn end_without_close(&mut self, cx: &mut Context<'_>) {
        let lasts = |busy: &Busy| busy.framing == Framing::UntilClose && !busy.is_tunnel;
        if self.busy.as_ref().is_some_and(lasts) {
            let words = "ended the connection without ending TLS, so the response may have been cut off";
            return self.fail(cx, Failure::Malformed, words, CloseReason::ClientEarly);
        }
        self.on_end(cx);
    }
}
