//! Rules that mark exchanges: a filter, and the colour of what passes it.

use std::collections::BTreeSet;

use crate::{
    base::stream::ExchangeId,
    filter::{Filter, Verdict},
    store::{Detail, Store, Summary},
    trace::MarkColour,
};

use super::Contents;

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it marks.
    pub filter: Filter,
    /// The colour.
    pub colour: MarkColour,
}

/// What rules make of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    /// The exchange gets this colour. `None`: it stays as it is.
    Colour(Option<MarkColour>),
    /// The bytes of the exchange have to be asked.
    Ask,
}

/// The colour of the first rule whose filter a row passes.
fn judge(rules: &[Rule], row: &Summary<'_>) -> Judged {
    if row.mark.is_some_and(|mark| mark.colour.is_some()) {
        return Judged::Colour(None);
    }
    for rule in rules {
        match rule.filter.judge(row) {
            Verdict::Passes => return Judged::Colour(Some(rule.colour)),
            Verdict::Unknown => return Judged::Ask,
            Verdict::Fails | Verdict::FailsOnly(_) => {}
        }
    }
    Judged::Colour(None)
}

/// The colour of the first rule whose filter an exchange passes. `None`: it passes none.
#[must_use]
pub fn colour_of(rules: &[Rule], detail: &Detail, contents: &dyn Contents) -> Option<MarkColour> {
    let passes = |rule: &&Rule| contents.judge(&rule.filter, detail).0 == Verdict::Passes;
    rules.iter().find(passes).map(|rule| rule.colour)
}

/// Exchanges that get a colour, and those of which only the bytes tell.
#[derive(Debug, Default)]
pub struct Found {
    /// The exchanges with their colours.
    pub colours: Vec<(ExchangeId, MarkColour)>,
    /// The exchanges whose bytes have to be asked.
    pub ask: Vec<ExchangeId>,
}

impl Found {
    fn take(&mut self, rules: &[Rule], row: &Summary<'_>) {
        match judge(rules, row) {
            Judged::Colour(Some(colour)) => self.colours.push((row.id, colour)),
            Judged::Colour(None) => {}
            Judged::Ask => self.ask.push(row.id),
        }
    }
}

/// Follows a store, and applies rules to exchanges that end. A mark that the user made stays.
#[derive(Debug, Default)]
pub struct Rules {
    all: Vec<Rule>,
    /// The first exchange that was not looked at. `None`: no rule has been followed.
    next: Option<ExchangeId>,
    /// Exchanges that were looked at and had not ended.
    going_on: BTreeSet<ExchangeId>,
}

impl Rules {
    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.all
    }

    /// Replaces the rules. They apply to what comes from now on.
    pub fn set(&mut self, rules: Vec<Rule>) {
        if rules.is_empty() {
            (self.next, self.going_on) = (None, BTreeSet::new());
        }
        self.all = rules;
    }

    /// Looks at up to `most` exchanges that came, and at those that had not ended before. Returns what the rules make
    /// of those that have.
    pub fn follow(&mut self, store: &Store, most: usize) -> Found {
        let mut found = Found::default();
        if self.all.is_empty() {
            return found;
        }
        let Some(next) = self.next else {
            self.next = Some(store.newest().map_or(ExchangeId::FIRST, ExchangeId::next));
            return found;
        };
        let rules = &self.all;
        self.going_on.retain(|id| {
            let Some(row) = store.summary(*id) else { return false };
            if row.outcome.ended() {
                found.take(rules, &row);
            }
            !row.outcome.ended()
        });
        for row in store.summaries_from(next).take(most) {
            self.next = Some(row.id.next());
            if row.outcome.ended() {
                found.take(&self.all, &row);
            } else {
                self.going_on.insert(row.id);
            }
        }
        found
    }
}

/// What rules make of up to `most` exchanges from number `from` on, whether they have ended or not, and where to go on.
/// `None`: there are no more.
#[must_use]
pub fn apply(rules: &[Rule], store: &Store, from: ExchangeId, most: usize) -> (Found, Option<ExchangeId>) {
    let (mut found, mut next, mut seen) = (Found::default(), from, 0);
    for row in store.summaries_from(from).take(most) {
        (seen, next) = (seen + 1, row.id.next());
        found.take(rules, &row);
    }
    (found, (seen == most).then_some(next))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::sync::Arc;

    use super::*;
    use crate::{
        testing::script::{Script, response},
        trace::Mark,
    };

    fn rule(filter: &str, colour: MarkColour) -> Rule {
        Rule { filter: Filter::parse(filter).unwrap(), colour }
    }

    #[test]
    fn rules_mark_what_ends_from_then_on_and_leave_the_marks_of_the_user() {
        let (mut script, mut store) = (Script::default(), Store::new(1 << 20));
        script.open(1).open(2);
        let get = |script: &mut Script, target: &str| {
            let head = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
            script.exchange(1, head.as_bytes(), &response(b"x"))
        };
        get(&mut script, "/a");
        store.apply(script.batch());
        let mut rules = Rules::default();
        assert!(rules.follow(&store, 10).colours.is_empty());
        rules.set(vec![rule("path~b", MarkColour::Red), rule("path~/", MarkColour::Blue)]);
        assert!(rules.follow(&store, 10).colours.is_empty(), "what is there stays as it is");
        let first = get(&mut script, "/b");
        let second = get(&mut script, "/c");
        let marked = get(&mut script, "/b");
        let slow = b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
        let offset = script.read(2, slow);
        let open = script.request(2, offset, slow, crate::http::Framing::None);
        store.apply(script.batch());
        let mark = Mark::new(Some(MarkColour::Green), "").map(Arc::new);
        store.apply(store.mark_events(&[(marked, mark)]));
        let found = rules.follow(&store, 2);
        assert_eq!(found.colours, [(first, MarkColour::Red), (second, MarkColour::Blue)]);
        assert!(rules.follow(&store, 10).colours.is_empty(), "one is marked, one goes on");
        script.respond(2, open, &response(b"x"), None);
        store.apply(script.batch());
        assert_eq!(rules.follow(&store, 10).colours, [(open, MarkColour::Red)]);
        assert!(rules.follow(&store, 10).colours.is_empty());
        rules.set(vec![rule("resp.body~x", MarkColour::Pink)]);
        let asked = get(&mut script, "/d");
        store.apply(script.batch());
        assert_eq!(rules.follow(&store, 10).ask, [asked]);
        // On request they apply to what is there, a part at a time.
        let (found, next) = apply(&[rule("path~a", MarkColour::Grey)], &store, ExchangeId::FIRST, 3);
        assert_eq!(
            (found.colours, next),
            (vec![(ExchangeId::FIRST, MarkColour::Grey)], Some(ExchangeId::nth(4)))
        );
        let (found, next) = apply(&[rule("path~a", MarkColour::Grey)], &store, ExchangeId::nth(4), 30);
        assert!(found.colours.is_empty() && next.is_none());
    }
}
