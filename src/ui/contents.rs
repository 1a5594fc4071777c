//! Reads the bytes of exchanges for filters that ask for them.

use std::ops::ControlFlow;

use crate::{
    base::stream::ExchangeId,
    capture::Capture,
    filter::{Filter, Verdict},
    list::Contents,
    search::Examined,
    store::Detail,
};

/// The bytes of a capture.
#[derive(Debug)]
pub(super) struct CaptureContents(pub(super) Capture);

impl Contents for CaptureContents {
    fn judge(&self, filter: &Filter, detail: &Detail) -> Verdict {
        Examined::new(detail).judge(filter)
    }

    fn read_disk(
        &self,
        wanted: &dyn Fn(ExchangeId) -> bool,
        progress: &dyn Fn(u64, u64),
        take: &mut dyn FnMut(&Detail) -> ControlFlow<()>,
    ) {
        self.0.read_disk(wanted, progress, take);
    }
}
