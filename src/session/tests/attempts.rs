//! Attempts to have a request answered by a backend, through a session file and back.

use std::sync::Arc;

use super::*;
use crate::{
    base::stream::Nanos,
    gateway::{Failure, Policy},
    testing::attempts::{group, verdicts},
    trace::{AttemptOutcome, AttemptRecord, Choosing},
};

#[test]
fn choices_and_what_came_of_them_come_back() {
    let mut script = Script::default();
    script.open(1).wait(5_000_000);
    let id = script.begin(1, 0);
    for policy in Policy::ALL {
        let verdicts: Box<[_]> = verdicts().into();
        let group = group(*policy, verdicts.len());
        for retry in Failure::ALL.iter().copied().map(Some).chain([None]) {
            let choosing = Choosing { number: 3, retry, group: group.clone(), verdicts: verdicts.clone() };
            script.push(1, Some(id), EventKind::BackendChosen(Arc::new(choosing)));
        }
    }
    script.wait(5_000_000);
    let all = AttemptRecord {
        number: 2,
        outcome: AttemptOutcome::Failed,
        failure: Some(Failure::SilenceTimeout),
        conn: ConnId::new(9),
        idle: Some(0),
        dialed: [([127, 0, 0, 1], 3000).into(), ([0; 16], 1).into()].into(),
        connected: Some(Nanos::new(1)),
        head_sent: Some(Nanos::new(10_000_000)),
        body_sent: Some(Nanos::ZERO),
        first_byte: Some(Nanos::new(9_999_999)),
        client_pauses: 1,
        backend_pauses: u32::MAX,
        most_held: u64::MAX,
    };
    for outcome in AttemptOutcome::ALL {
        for record in [AttemptRecord { outcome, ..all.clone() }, AttemptRecord::new(1)] {
            script.push(1, Some(id), EventKind::AttemptEnded(Box::new(record)));
        }
    }
    for every in [1, 1000] {
        let (back, stop) = read(&written(&script.events, |batches| batches % every == 0));
        assert!(stop.is_none(), "{stop:?}");
        assert_eq!(said(&back), said(&script.events));
    }
}
