//! Attempts to have a request answered by a backend, in words.

use crate::{
    base::stream::Nanos,
    gateway::{Policy, Reason, Verdict},
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
    let is_weighted = group.backends.iter().any(|other| other.weight != backend.weight);
    let weight = if is_weighted { format!(", weight {}", backend.weight) } else { String::new() };
    let requests = |open: u32| words::plural(u64::from(open), "open request");
    match verdict {
        Verdict::Chosen(Reason::InTurn) => format!("chosen: its turn{weight}"),
        Verdict::Chosen(Reason::FewestOpen { open }) => {
            format!(
                "chosen: {}, the fewest{}",
                requests(open),
                if is_weighted { " for its weight" } else { "" }
            )
        }
        Verdict::Chosen(Reason::ClientAddress { score }) => {
            format!("chosen: the client's address leads here, hash {score:016x}{weight}")
        }
        Verdict::Trial => "chosen: a trial, since it was out of rotation".to_owned(),
        Verdict::Again => "chosen: once more, since the connection that was kept had ended".to_owned(),
        Verdict::Off => "switched off".to_owned(),
        Verdict::Draining => "drained: it takes no new requests".to_owned(),
        Verdict::Out { failure, until } => {
            let wait = words::duration(until.saturating_sub(at));
            format!("out of rotation: it {}; next try in {wait}", failure.words())
        }
        Verdict::Tried => "tried already".to_owned(),
        Verdict::Full { open } => format!("at its limit: {}", requests(open)),
        Verdict::NotChosen { open } => match group.policy {
            Policy::FewestOpen => format!("{}{weight}", requests(open)),
            Policy::RoundRobin => format!("not its turn{weight}"),
            Policy::ClientAddress => "the client's address leads elsewhere".to_owned(),
        },
    }
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
