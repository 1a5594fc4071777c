//! The exchange that the selected one is compared with, and how they compare. Knows no egui.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::{
    base::stream::ExchangeId,
    capture::{Capture, Look},
    explain::{Facts, comparison::Comparison},
    store::DetailVersion,
};

use super::resolved::ResolvedExchange;

/// The comparison of the selected exchange with the one that it is a copy of.
#[derive(Debug, Default)]
pub(super) struct Original {
    /// The original, explained. `None`: it was not looked at.
    facts: Option<Facts>,
    /// The comparison, and the version of the copy that it was made with.
    compared: Option<(ExchangeId, DetailVersion, Comparison)>,
    /// The comparison with what memory does not have. `None`: it was not asked for.
    whole: Option<Whole>,
    /// The version of the store at the last look at an exchange.
    seen: Option<(ExchangeId, u64)>,
    /// Why there is no comparison. `None`: there is one, or it is to come.
    problem: Option<Arc<str>>,
    is_being_read: bool,
}

/// A comparison of all that memory or disk has, made on a thread of its own.
#[derive(Debug)]
struct Whole {
    /// The copy, and the version of it that is compared.
    of: (ExchangeId, DetailVersion),
    made: Arc<Mutex<Made>>,
    is_done: bool,
}

/// What has come of a comparison.
#[derive(Debug, Default)]
enum Made {
    #[default]
    Waiting,
    /// An exchange could not be read.
    Failed,
    Compared(Box<Comparison>),
}

impl Original {
    /// Looks at the exchange that the selected one is compared with, if there is something new. `wanted`: that one.
    pub(super) fn refresh(
        &mut self,
        capture: &Capture,
        resolved: Option<&ResolvedExchange>,
        wanted: Option<ExchangeId>,
    ) {
        let copy = resolved.map(|resolved| &resolved.facts);
        let (Some(copy), Some(wanted)) = (copy, wanted) else {
            *self = Self::default();
            return;
        };
        let look = {
            let store = capture.lock();
            let version = Some((wanted, store.version()));
            let is_seen = self.seen == version && !self.is_being_read;
            self.seen = version;
            (!is_seen).then(|| store.look(wanted))
        };
        self.is_being_read &= look.is_none();
        match look {
            None => {}
            Some(Look::Here(detail)) => {
                self.problem = None;
                let known = self.facts.as_ref().map(|facts| (facts.detail.exchange.id, facts.detail.version));
                if known != Some((wanted, detail.version)) {
                    self.facts = Some(Facts::new(*detail));
                    (self.compared, self.whole) = (None, None);
                }
            }
            Some(Look::BeingRead) => self.is_being_read = true,
            Some(Look::Failed(why)) => self.lost(&format!("It cannot be read: {why}.")),
            Some(Look::Gone) => self.lost("It is no longer in the capture."),
        }
        let (id, version) = (copy.detail.exchange.id, copy.detail.version);
        let is_compared = self.compared.as_ref().is_some_and(|(of, made, _)| (*of, *made) == (id, version));
        if let Some(facts) = self.facts.as_ref().filter(|_| !is_compared) {
            self.compared = Some((id, version, Comparison::new(facts, copy)));
        }
        self.compare_whole(capture, wanted, (id, version), copy.detail.exchange.outcome.ended());
    }

    /// Compares what only the disk has, once, where the comparison lacks bytes and no more are to come.
    fn compare_whole(
        &mut self,
        capture: &Capture,
        original: ExchangeId,
        of: (ExchangeId, DetailVersion),
        is_ended: bool,
    ) {
        // What was begun for another copy, or for this one before it changed, is not waited for.
        self.whole = self.whole.take().filter(|whole| whole.of == of);
        if let Some(whole) = &mut self.whole {
            let made = std::mem::take(&mut *whole.made.lock());
            whole.is_done |= !matches!(made, Made::Waiting);
            if let Made::Compared(comparison) = made {
                self.compared = Some((of.0, of.1, *comparison));
            }
            return;
        }
        let has_gap = self.comparison().is_some_and(Comparison::has_gap);
        if !has_gap || !is_ended || self.facts.is_none() {
            return;
        }
        let made = Arc::<Mutex<Made>>::default();
        let found = Arc::clone(&made);
        let started = capture.find_both([original, of.0], move |details| {
            let [first, second] = details.map(|detail| detail.ok().map(Facts::new));
            let both = first.zip(second);
            let compared = both.map(|(first, second)| Box::new(Comparison::new(&first, &second)));
            *found.lock() = compared.map_or(Made::Failed, Made::Compared);
        });
        self.whole = Some(Whole { of, made, is_done: started.is_err() });
    }

    /// Whether bytes that memory does not have are being compared.
    pub(super) fn is_reading(&self) -> bool {
        self.whole.as_ref().is_some_and(|whole| !whole.is_done)
    }

    fn lost(&mut self, why: &str) {
        (self.facts, self.compared, self.problem) = (None, None, Some(why.into()));
    }

    /// The comparison. `None`: there is none, or it is to come.
    pub(super) fn comparison(&self) -> Option<&Comparison> {
        self.compared.as_ref().map(|(_, _, comparison)| comparison)
    }

    /// Why there is no comparison. `None`: there is one, or it is to come.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}
