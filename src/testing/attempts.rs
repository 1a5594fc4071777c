//! Attempts to have a request answered by a backend, for scripts of events.

use std::sync::Arc;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    gateway::{Failure, Policy, Reason, Verdict},
    trace::{AttemptOutcome, AttemptRecord, BackendRecord, Choosing, EventKind, GroupRecord},
};

use super::script::Script;

/// The group `app` with backends `app-1`, `app-2` … on 127.0.0.1, ports 3000 and up.
#[must_use]
pub fn group(policy: Policy, backends: usize) -> Arc<GroupRecord> {
    let backend = |index: usize| BackendRecord {
        name: format!("app-{}", index + 1).into(),
        address: format!("127.0.0.1:{}", 3000 + index).into(),
        weight: 1,
    };
    let backends = (0..backends).map(backend).collect();
    Arc::new(GroupRecord { name: "app".into(), prefix: "/api".into(), policy, backends })
}

/// One verdict of each kind, the first of which takes the request.
#[must_use]
pub fn verdicts() -> Vec<Verdict> {
    let out = |failure: &Failure| Verdict::Out {
        failure: *failure,
        since: Nanos::new(1_000_000_000),
        until: Nanos::new(4_000_000_000),
    };
    let mut all = vec![
        Verdict::Chosen(Reason::FewestOpen { open: 1 }),
        Verdict::Chosen(Reason::InTurn),
        Verdict::Chosen(Reason::ClientAddress { score: u64::MAX }),
        Verdict::Trial,
        Verdict::Again,
        Verdict::Off,
        Verdict::Draining,
        Verdict::Tried,
        Verdict::Full { open: 8 },
        Verdict::NotChosen { open: 3 },
    ];
    all.extend(Failure::ALL.iter().map(out));
    all
}

impl Script {
    /// A backend is chosen, or none. `retry`: the failure of the attempt before.
    pub fn chosen(
        &mut self,
        conn: u64,
        id: ExchangeId,
        (number, retry): (u32, Option<Failure>),
        verdicts: &[Verdict],
    ) {
        let group = group(Policy::FewestOpen, verdicts.len());
        let choosing = Choosing { number, retry, group, verdicts: verdicts.into() };
        self.push(conn, Some(id), EventKind::BackendChosen(Arc::new(choosing)));
    }

    /// Attempt `number` ends. `upstream`: the dialed connection; 0: there is none.
    pub fn attempted(
        &mut self,
        conn: u64,
        id: ExchangeId,
        number: u32,
        upstream: u64,
        outcome: Result<(), Failure>,
    ) {
        let mut record = AttemptRecord::new(number);
        record.outcome = if outcome.is_ok() { AttemptOutcome::Answered } else { AttemptOutcome::Failed };
        record.failure = outcome.err();
        record.conn = ConnId::new(upstream);
        record.dialed = [([127, 0, 0, 1], 3000).into()].into();
        if upstream > 0 {
            (record.connected, record.head_sent) = (Some(self.at), Some(self.at));
        }
        record.most_held = 64 * 1024;
        self.push(conn, Some(id), EventKind::AttemptEnded(Box::new(record)));
    }
}
