//! Record of where the bytes come from that a leg of a forwarded exchange puts out.

use crate::{
    base::stream::ExchangeId,
    http::forward::Origins,
    trace::{EventKind, Lineage},
};

use super::Context;

/// The record of one call of the protocol.
#[derive(Debug)]
pub(super) struct Record {
    /// Stream offset of the first byte that is put out.
    start: u64,
    /// Origins of the bytes that were put out since. `None`: nobody looks.
    origins: Option<Origins>,
}

impl Record {
    /// Begins with the next byte that is put out.
    pub(super) fn begin(cx: &Context<'_>) -> Self {
        Self { start: cx.output.produced(), origins: cx.turn.tracer.on().then(Origins::default) }
    }

    /// The origins, to which those of the next bytes are added. `None`: nobody looks.
    pub(super) const fn origins(&mut self) -> Option<&mut Origins> {
        self.origins.as_mut()
    }

    /// Reports what was put out.
    pub(super) fn report(self, cx: &mut Context<'_>, exchange: ExchangeId) {
        let Some(origins) = self.origins else { return };
        for part in (Lineage { start: self.start, origins }).parts() {
            cx.event(exchange, EventKind::Lineage(part));
        }
    }
}
