//! Attempts to have a request answered by a backend, in words.

use crate::{
    base::stream::Nanos,
    gateway::{Verdict, telling::weight_told},
    store::model::{Attempt, Exchange, UpstreamLeg},
    trace::{AttemptOutcome, AttemptRecord, BackendRecord, Choosing, GroupRecord},
    words,
};

/// The way to a group: `group app, fewest open requests`.
#[must_use]
pub fn group(group: &GroupRecord) -> String {
    format!("group {}, {}", group.name, group.policy.title())
}

/// The reason why a backend took the request at time `at`, or did not: `3 open requests`.
#[must_use]
pub fn verdict(group: &GroupRecord, backend: &BackendRecord, verdict: Verdict, at: Nanos) -> String {
    let weights = group.backends.iter().map(|backend| backend.weight);
    verdict.words(group.policy, weight_told(backend.weight, weights), at)
}

/// The beginning of an attempt: `attempt 2: app-2 (127.0.0.1:3001), since the one before refused the connection`.
#[must_use]
pub fn beginning(choosing: &Choosing) -> String {
    let since = choosing
        .retry
        .map_or_else(String::new, |failure| format!(", since the backend before {}", failure.words()));
    match choosing.backend() {
        Some(BackendRecord { name, address, .. }) => {
            format!("attempt {}: {name} ({address}){since}", choosing.number)
        }
        None => format!("no backend can take the request{since}"),
    }
}

/// The name of the backend at the other end of a leg: `app-1`. Where no attempt tells it, its address; empty: neither is
/// known.
#[must_use]
pub fn backend_of<'a>(exchange: &'a Exchange, leg: &'a UpstreamLeg) -> &'a str {
    let is_of_leg = |attempt: &&Attempt| match &attempt.ended {
        Some((_, record)) => record.conn == Some(leg.conn),
        // The one under way has the last leg.
        None => exchange.upstream.last().is_some_and(|last| last.conn == leg.conn),
    };
    let attempt = exchange.attempts.iter().find(is_of_leg);
    attempt.and_then(|attempt| Some(&*attempt.choosing.backend()?.name)).unwrap_or(&leg.backend)
}

/// The connection of an attempt: `conn 9, used again after 2.1 s`.
#[must_use]
pub fn connection(record: &AttemptRecord) -> String {
    let dialed: Vec<_> = record.dialed.iter().map(ToString::to_string).collect();
    match (record.conn, record.idle) {
        (Some(conn), Some(idle)) => format!("conn {conn} used again, idle {}", words::duration(idle)),
        (Some(conn), None) if dialed.len() > 1 => {
            format!("conn {conn}, new, after dialing {}", dialed.join(", "))
        }
        (Some(conn), None) => format!("conn {conn}, new"),
        (None, _) if dialed.is_empty() => "none".to_owned(),
        (None, _) => format!("none; dialed {}", dialed.join(", ")),
    }
}

/// What came of an attempt: `refused the connection`.
#[must_use]
pub fn outcome(record: &AttemptRecord) -> &'static str {
    match (record.outcome, record.failure) {
        (AttemptOutcome::Answered, _) => "answered",
        (_, Some(failure)) => failure.words(),
        (AttemptOutcome::Failed, None) => "failed",
        (AttemptOutcome::Left, None) => "was not waited for",
    }
}

/// How often one side was paused because the other was slower: `paused 3 times`.
#[must_use]
pub fn pauses(count: u32) -> String {
    match count {
        0 => "never paused".to_owned(),
        1 => "paused once".to_owned(),
        count => format!("paused {} times", words::count(u64::from(count))),
    }
}
