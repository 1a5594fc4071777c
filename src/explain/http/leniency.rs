//! Reads recorded bytes as whoever recorded them did: a server refuses what the reader of others' captures reads over.

use crate::{
    http::{Leniencies, Rule},
    store::model::Exchange,
    trace::{Cause, NoteKind},
};

/// The sets of leniencies that readers use, the strictest first.
const IN_USE: [Leniencies; 3] = [Leniencies::NONE, Leniencies::BROWSERS, Leniencies::ALL];

/// The rule of HTTP at which reading of the exchange broke off. `None`: it did not.
pub(in crate::explain) fn recorded(exchange: &Exchange) -> Option<Rule> {
    let noted = exchange.notes.iter().find_map(|(_, note)| match note.kind {
        NoteKind::Violation(Cause::Rule(rule), _) => Some(rule),
        _ => None,
    });
    noted.or(match exchange.refusal {
        Some(Cause::Rule(rule)) => Some(rule),
        _ => None,
    })
}

/// The reading that breaks off at the recorded rule; else the strictest that does not break off; else the strictest.
/// `rule`: the rule at which a reading breaks off.
pub(in crate::explain) fn as_recorded<T>(
    recorded: Option<Rule>,
    read: impl Fn(Leniencies) -> T,
    rule: impl Fn(&T) -> Option<Rule>,
) -> T {
    let strict = read(Leniencies::NONE);
    if rule(&strict).is_none() || rule(&strict) == recorded {
        return strict;
    }
    let mut whole = None;
    for leniencies in &IN_USE[1..] {
        let reading = read(*leniencies);
        if rule(&reading) == recorded {
            return reading;
        }
        if rule(&reading).is_none() {
            whole.get_or_insert(reading);
        }
    }
    whole.unwrap_or(strict)
}
