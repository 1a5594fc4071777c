//! What is done to the output on purpose: a wait before a byte, and an end after one.

use std::sync::Arc;

use crate::{
    base::stream::{ExchangeId, Nanos},
    service::Ending,
};

/// What is planned for the output, each at an offset of the stream.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Nothing from this offset on is written before this time.
    hold: Option<(u64, Nanos)>,
    end: Option<EndAt>,
}

/// The end of a connection on purpose.
#[derive(Debug)]
pub(in crate::server) struct EndAt {
    /// Nothing from this offset on is written.
    pub(in crate::server) at: u64,
    /// How the connection ends.
    pub(in crate::server) ending: Ending,
    /// The exchange that is cut short.
    pub(in crate::server) exchange: ExchangeId,
    /// What is said of it.
    pub(in crate::server) note: Arc<str>,
}

/// What the plan allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// At most so many bytes.
    Open(usize),
    /// Nothing before this time.
    Until(Nanos),
    /// Nothing more: the connection ends here.
    End,
}

impl Plan {
    /// Writes nothing from `at` on before `until`.
    pub(super) const fn hold(&mut self, at: u64, until: Nanos) {
        self.hold = Some((at, until));
    }

    /// Ends the connection at an offset, unless it ends before that already.
    pub(super) fn end(&mut self, end: EndAt) {
        if self.end.as_ref().is_none_or(|known| end.at < known.at) {
            self.end = Some(end);
        }
    }

    /// Forgets an end that lies behind `produced`, where its message ends.
    pub(super) fn complete(&mut self, produced: u64) {
        self.end = self.end.take().filter(|end| end.at <= produced);
    }

    pub(super) fn take_end(&mut self) -> Option<EndAt> {
        self.end.take()
    }

    /// What may be written at `written`.
    pub(super) fn gate(&self, written: u64, now: Nanos) -> Gate {
        let room = |at: u64| usize::try_from(at - written).unwrap_or(usize::MAX);
        let mut most = usize::MAX;
        if let Some((at, until)) = self.hold.filter(|(_, until)| now < *until) {
            if at <= written {
                return Gate::Until(until);
            }
            most = room(at);
        }
        match &self.end {
            Some(end) if end.at <= written => Gate::End,
            Some(end) => Gate::Open(most.min(room(end.at))),
            None => Gate::Open(most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(at: u64) -> EndAt {
        EndAt { at, ending: Ending::Cut, exchange: ExchangeId::FIRST, note: "".into() }
    }

    #[test]
    fn what_comes_before_is_written_and_what_comes_after_waits_or_never_leaves() {
        let mut plan = Plan::default();
        let (early, late) = (Nanos::new(5), Nanos::new(10));
        assert_eq!(plan.gate(0, early), Gate::Open(usize::MAX));
        plan.hold(3, late);
        plan.end(end(7));
        plan.end(end(9));
        assert_eq!(plan.gate(0, early), Gate::Open(3));
        assert_eq!(plan.gate(3, early), Gate::Until(late));
        assert_eq!(plan.gate(3, late), Gate::Open(4));
        assert_eq!(plan.gate(7, late), Gate::End);
        plan.complete(7);
        assert_eq!(plan.gate(7, late), Gate::End);
        plan.complete(6);
        assert_eq!(plan.gate(6, late), Gate::Open(usize::MAX), "the message was shorter");
    }
}
