//! The rules that mark exchanges: applied to what arrives and, on request, to what is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    ops::ControlFlow,
    thread,
};

use crate::{
    base::stream::ExchangeId,
    capture::{Capture, marks::MarkChange},
    config::MarkRule,
    filter::Filter,
    list::rules::{Found, Rule, Rules, apply, colour_of},
    store::Detail,
    trace::MarkColour,
};

use super::{contents::CaptureContents, waker::Waker};

/// Exchanges that arrived and are looked at in a frame.
const AT_ONCE: usize = 4_096;

/// The rules of the live capture.
#[derive(Default)]
pub(super) struct LiveRules {
    rules: Rules,
    /// The settings that they were made from.
    made_from: Vec<MarkRule>,
}

/// The rules that are on and whose filters are right.
fn rules_of(settings: &[MarkRule]) -> Vec<Rule> {
    let rule = |rule: &MarkRule| {
        let filter = Filter::parse(&rule.filter).ok().filter(|filter| rule.is_on && !filter.is_empty())?;
        Some(Rule { filter, colour: MarkColour::from_key(&rule.colour)? })
    };
    settings.iter().filter_map(rule).collect()
}

impl LiveRules {
    /// Marks what has arrived.
    pub(super) fn refresh(&mut self, capture: &Capture, settings: &[MarkRule]) {
        if self.made_from != settings {
            self.made_from = settings.to_vec();
            self.rules.set(rules_of(settings));
        }
        if self.rules.rules().is_empty() {
            return;
        }
        let found = capture.read(|store| self.rules.follow(store, AT_ONCE));
        let asked = details(capture, &found.ask);
        mark(capture, self.rules.rules(), found, &asked);
    }
}

/// Marks what is there, on a thread.
///
/// # Errors
/// The thread could not be started.
pub(super) fn apply_all(capture: Capture, settings: &[MarkRule], waker: Waker) -> io::Result<()> {
    let rules = rules_of(settings);
    let thread = thread::Builder::new().name("rules".to_owned());
    thread.spawn(move || {
        let mut on_disk = BTreeSet::new();
        let mut next = Some(ExchangeId::FIRST);
        while let Some(from) = next {
            let (found, then) = capture.read(|store| apply(&rules, store, from, AT_ONCE));
            next = then;
            let asked = details(&capture, &found.ask);
            let here: BTreeSet<ExchangeId> = asked.iter().map(|detail| detail.exchange.id).collect();
            on_disk.extend(found.ask.iter().copied().filter(|id| !here.contains(id)));
            mark(&capture, &rules, found, &asked);
            waker.wake();
        }
        if on_disk.is_empty() {
            return;
        }
        let wanted = |id: ExchangeId| on_disk.contains(&id);
        capture.read_disk(&wanted, &|_, _| {}, &mut |detail| {
            mark(&capture, &rules, Found::default(), std::slice::from_ref(detail));
            ControlFlow::Continue(())
        });
        waker.wake();
    })?;
    Ok(())
}

/// The details of those exchanges that are in memory.
fn details(capture: &Capture, ids: &[ExchangeId]) -> Vec<Detail> {
    if ids.is_empty() {
        return Vec::new();
    }
    capture.read(|store| ids.iter().filter_map(|id| store.detail(*id)).collect())
}

/// Marks what was found, and what the bytes tell of the others.
fn mark(capture: &Capture, rules: &[Rule], found: Found, asked: &[Detail]) {
    let contents = CaptureContents(capture.clone());
    let told =
        asked.iter().filter_map(|detail| Some((detail.exchange.id, colour_of(rules, detail, &contents)?)));
    let mut colours: BTreeMap<MarkColour, Vec<ExchangeId>> = BTreeMap::new();
    for (id, colour) in found.colours.into_iter().chain(told) {
        colours.entry(colour).or_default().push(id);
    }
    for (colour, mut ids) in colours {
        // The user may have marked some meanwhile.
        capture.read(|store| ids.retain(|id| store.mark(*id).is_none_or(|mark| mark.colour.is_none())));
        capture.mark(&ids, &MarkChange::Colour(Some(colour)));
    }
}
