//! Record of where the bytes come from that a leg of a forwarded exchange puts out.

use crate::{
    base::stream::ExchangeId,
    http::forward::Origins,
    trace::{EventKind, Lineage},
};

use super::Context;

/// Free space in the block of lineages with which another one is begun.
const ROOM_BYTES: usize = 1024;

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
    pub(super) fn begin(cx: &mut Context<'_>) -> Self {
        let origins = cx.turn.tracer.on().then(|| std::mem::take(&mut cx.turn.origins));
        Self { start: cx.output.produced(), origins }
    }

    /// The origins, to which those of the next bytes are added. `None`: nobody looks.
    pub(super) const fn origins(&mut self) -> Option<&mut Origins> {
        self.origins.as_mut()
    }

    /// Reports what was put out.
    pub(super) fn report(self, cx: &mut Context<'_>, exchange: ExchangeId) {
        let Some(mut origins) = self.origins else { return };
        if origins.total() > 0 {
            let turn = &mut *cx.turn;
            if turn.lineages.capacity() < ROOM_BYTES {
                turn.blocks.renew(&mut turn.lineages);
            }
            for part in Lineage::parts_in(self.start, &origins, &mut turn.lineages) {
                turn.tracer.event(turn.now, Some(cx.conn), Some(exchange), EventKind::Lineage(part));
            }
            origins.clear();
        }
        cx.turn.origins = origins;
    }
}
