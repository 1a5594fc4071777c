//! The steps of the middleware as they are told: messages on which it does the same share one list.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    base::shared_text::SharedText,
    http::Status,
    trace::{FieldChange, MiddlewareStep, MiddlewareSteps, Phase, StepSummary},
};

use super::MiddlewareKind;

/// Number of latest lists that a new one is compared with.
const LATEST: usize = 16;

/// Takes steps down.
///
/// As long as each step is that of the latest list of the same phase, nothing is made, and in the end the list is told
/// once more.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The latest lists, newest first.
    latest: VecDeque<Arc<[MiddlewareStep]>>,
    /// The steps of the message that is being handled, from the first one on that is not the expected one, and those
    /// before it. Empty: all have been expected.
    made: Vec<MiddlewareStep>,
}

/// A message whose steps are taken down.
#[derive(Debug)]
pub(super) struct Account<'a> {
    ledger: &'a mut Ledger,
    phase: Phase,
    /// The list that is expected. `None`: none of this phase is known.
    expected: Option<Arc<[MiddlewareStep]>>,
    steps: MiddlewareSteps,
    /// Number of steps so far.
    count: usize,
    /// The end of the step before.
    since: u64,
}

/// What a middleware did to the fields.
#[derive(Debug)]
pub(super) enum Changes<'a> {
    /// These lines of new names were added.
    Added(&'a [(SharedText, SharedText)]),
    /// These changes were made.
    Listed(Box<[FieldChange]>),
}

impl Changes<'_> {
    /// No change.
    pub(super) const NONE: Self = Self::Added(&[]);

    fn are(&self, changes: &[FieldChange]) -> bool {
        match self {
            Self::Listed(listed) => **listed == *changes,
            Self::Added(lines) => {
                let same = |((name, value), change): (&(SharedText, SharedText), &FieldChange)| {
                    change.before.is_none() && change.after.as_ref() == Some(value) && change.name == *name
                };
                lines.len() == changes.len() && lines.iter().zip(changes).all(same)
            }
        }
    }

    /// The changes, one by one.
    pub(super) fn listed(self) -> Box<[FieldChange]> {
        let change = |(name, value): &(SharedText, SharedText)| FieldChange {
            name: name.clone(),
            before: None,
            after: Some(value.clone()),
        };
        match self {
            Self::Listed(listed) => listed,
            Self::Added(lines) => lines.iter().map(change).collect(),
        }
    }
}

impl Ledger {
    /// Begins with a message at `now`.
    pub(super) fn begin(&mut self, phase: Phase, now: u64) -> Account<'_> {
        let of_phase = |list: &&Arc<[MiddlewareStep]>| list.first().is_some_and(|step| step.phase == phase);
        let expected = self.latest.iter().find(of_phase).cloned();
        self.made.clear();
        Account { ledger: self, phase, expected, steps: MiddlewareSteps::default(), count: 0, since: now }
    }

    /// The steps that were made, as a list: a latest one if it is equal.
    fn list(&mut self) -> Arc<[MiddlewareStep]> {
        let known = self.latest.iter().position(|list| **list == *self.made);
        let list = match known.and_then(|index| self.latest.remove(index)) {
            Some(list) => {
                self.made.clear();
                list
            }
            None => self.made.drain(..).collect(),
        };
        self.latest.truncate(LATEST - 1);
        self.latest.push_front(list.clone());
        list
    }
}

impl Account<'_> {
    /// Takes down a step that ends at `now`. The next one begins there, so that each step reads the clock once.
    pub(super) fn step(
        &mut self,
        kind: MiddlewareKind,
        now: u64,
        answered: Option<Status>,
        summary: StepSummary,
        changes: Changes<'_>,
    ) {
        self.steps.took.push(u32::try_from(now.saturating_sub(self.since)).unwrap_or(u32::MAX));
        self.since = now;
        let is_expected = |step: &MiddlewareStep| {
            step.name == kind.key()
                && step.answered == answered
                && step.summary == summary
                && changes.are(&step.changes)
        };
        let expected = self.expected.as_deref().unwrap_or_default();
        let index = self.count;
        self.count += 1;
        if self.ledger.made.is_empty() {
            if expected.get(index).is_some_and(is_expected) {
                return;
            }
            self.ledger.made.extend_from_slice(&expected[..index]);
        }
        let (name, phase, changes) = (kind.key().into(), self.phase, changes.listed());
        self.ledger.made.push(MiddlewareStep { name, phase, answered, summary, changes });
    }

    /// Takes down a step that takes no time.
    pub(super) fn skip(&mut self, kind: MiddlewareKind, summary: StepSummary) {
        self.step(kind, self.since, None, summary, Changes::NONE);
    }

    /// The end of the last step so far.
    pub(super) const fn end(&self) -> u64 {
        self.since
    }

    /// The steps of the message.
    pub(super) fn close(mut self) -> MiddlewareSteps {
        if self.ledger.made.is_empty() {
            match self.expected.take() {
                Some(expected) if expected.len() == self.count => {
                    self.steps.list = expected;
                    return self.steps;
                }
                // There are fewer than expected.
                Some(expected) => self.ledger.made.extend_from_slice(&expected[..self.count]),
                None => {}
            }
        }
        if !self.ledger.made.is_empty() {
            self.steps.list = self.ledger.list();
        }
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes down a message with these summaries, the second of which adds a field of this value.
    fn told(ledger: &mut Ledger, phase: Phase, summaries: &[&'static str], value: &str) -> MiddlewareSteps {
        let mut account = ledger.begin(phase, 100);
        let mut now = 100;
        let added = [("X".into(), value.to_owned().into())];
        for (index, summary) in summaries.iter().enumerate() {
            now += 7;
            let changes = if index == 1 { Changes::Added(&added) } else { Changes::NONE };
            account.step(MiddlewareKind::ALL[index], now, None, (*summary).into(), changes);
        }
        account.close()
    }

    #[test]
    fn messages_on_which_the_same_is_done_share_the_list() {
        let mut ledger = Ledger::default();
        let first = told(&mut ledger, Phase::Response, &["a", "b", "c"], "1");
        assert_eq!(first.took.nanos(), [7, 7, 7]);
        assert_eq!(first.list[1].changes[0].after.as_deref(), Some("1"));
        let other = told(&mut ledger, Phase::Response, &["a", "b", "c"], "2");
        assert_eq!(other.list[1].changes[0].after.as_deref(), Some("2"));
        let down = told(&mut ledger, Phase::Request, &["a", "b", "c"], "1");
        assert_eq!(down.phase(), Some(Phase::Request));
        for (phase, value, expected) in [
            (Phase::Response, "1", &first),
            (Phase::Response, "1", &first),
            (Phase::Request, "1", &down),
            (Phase::Response, "2", &other),
        ] {
            let again = told(&mut ledger, phase, &["a", "b", "c"], value);
            assert_eq!(again, *expected);
            assert!(Arc::ptr_eq(&again.list, &expected.list), "{phase:?} {value}");
        }
    }

    #[test]
    fn a_list_that_is_a_part_of_another_one_is_told_as_it_is() {
        let mut ledger = Ledger::default();
        for summaries in [&["a", "b", "c"][..], &["a"], &[], &["a", "b"], &["a", "b", "c", "d"], &["b"]] {
            let steps = told(&mut ledger, Phase::Request, summaries, "1");
            assert!(steps.list.iter().map(|step| step.summary.words()).eq(summaries.iter().copied()));
            assert_eq!(steps.took.nanos().len(), summaries.len());
        }
    }

    #[test]
    fn few_lists_are_remembered() {
        let mut ledger = Ledger::default();
        for value in 0..3 * LATEST {
            told(&mut ledger, Phase::Response, &["a", "b"], &value.to_string());
        }
        assert_eq!(ledger.latest.len(), LATEST);
    }
}
