//! The parts of records of attempts to have a request answered by a backend.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    base::{
        shared_text::SharedText,
        stream::{ConnId, Nanos},
    },
    gateway::{Failure, Policy, Reason, Verdict},
    trace::{AttemptOutcome, AttemptRecord, BackendRecord, GroupRecord},
};

use super::{
    parts::socket,
    read::{keyed, read_socket},
    varint::{Input, Malformed, length, put, put_bytes, put_near},
};

/// Writes a group of backends.
pub(super) fn put_group(out: &mut Vec<u8>, group: &GroupRecord) {
    put_bytes(out, group.name.as_bytes());
    put_bytes(out, group.prefix.as_bytes());
    put_bytes(out, group.policy.key().as_bytes());
    put(out, group.backends.len() as u64);
    for backend in &group.backends {
        put_bytes(out, backend.name.as_bytes());
        put_bytes(out, backend.address.as_bytes());
        put(out, u64::from(backend.weight));
    }
}

/// Reads a group of backends.
pub(super) fn read_group(input: &mut Input<'_>) -> Result<Arc<GroupRecord>, Malformed> {
    let (name, prefix) = (text(input)?, text(input)?);
    let policy = keyed(input, Policy::from_key)?;
    let backend = |input: &mut Input<'_>| {
        Ok(BackendRecord { name: text(input)?, address: text(input)?, weight: input.small()? })
    };
    let backends: Result<_, Malformed> = (0..length(input)?).map(|_| backend(input)).collect();
    Ok(Arc::new(GroupRecord { name, prefix, policy, backends: backends? }))
}

/// Writes verdicts of a choice at time `at`.
pub(super) fn put_verdicts(out: &mut Vec<u8>, at: Nanos, verdicts: &[Verdict]) {
    put(out, verdicts.len() as u64);
    for verdict in verdicts {
        put_bytes(out, verdict.key().as_bytes());
        match *verdict {
            Verdict::Chosen(reason) => {
                put_bytes(out, reason.policy().key().as_bytes());
                match reason {
                    Reason::InTurn => {}
                    Reason::FewestOpen { open } => put(out, u64::from(open)),
                    Reason::ClientAddress { score } => put(out, score),
                }
            }
            Verdict::Out { failure, since, until } => {
                put_bytes(out, failure.key().as_bytes());
                put_near(out, since.get(), at.get());
                put_near(out, until.get(), at.get());
            }
            Verdict::Full { open } | Verdict::NotChosen { open } => put(out, u64::from(open)),
            Verdict::Trial | Verdict::Again | Verdict::Off | Verdict::Draining | Verdict::Tried => {}
        }
    }
}

/// Reads verdicts of a choice at time `at`.
pub(super) fn read_verdicts(input: &mut Input<'_>, at: Nanos) -> Result<Box<[Verdict]>, Malformed> {
    (0..length(input)?).map(|_| verdict(input, at)).collect()
}

fn verdict(input: &mut Input<'_>, at: Nanos) -> Result<Verdict, Malformed> {
    Ok(match input.text()? {
        "chosen" => Verdict::Chosen(match keyed(input, Policy::from_key)? {
            Policy::RoundRobin => Reason::InTurn,
            Policy::FewestOpen => Reason::FewestOpen { open: input.small()? },
            Policy::ClientAddress => Reason::ClientAddress { score: input.number()? },
        }),
        "trial" => Verdict::Trial,
        "again" => Verdict::Again,
        "off" => Verdict::Off,
        "draining" => Verdict::Draining,
        "out" => Verdict::Out {
            failure: keyed(input, Failure::from_key)?,
            since: Nanos::new(input.near(at.get())?),
            until: Nanos::new(input.near(at.get())?),
        },
        "tried" => Verdict::Tried,
        "full" => Verdict::Full { open: input.small()? },
        "not_chosen" => Verdict::NotChosen { open: input.small()? },
        _ => return Err(Malformed("a verdict is of no known kind")),
    })
}

/// Writes a failure, if there is one.
pub(super) fn put_failure(out: &mut Vec<u8>, failure: Option<Failure>) {
    put_bytes(out, failure.map_or("", Failure::key).as_bytes());
}

/// Reads a failure, if there is one.
pub(super) fn read_failure(input: &mut Input<'_>) -> Result<Option<Failure>, Malformed> {
    let key = input.text()?;
    let known = || Failure::from_key(key).ok_or(Malformed("a name is not known"));
    (!key.is_empty()).then(known).transpose()
}

/// Writes what was measured of an attempt that ended at time `at`.
pub(super) fn put_attempt(out: &mut Vec<u8>, at: Nanos, record: &AttemptRecord) {
    put(out, u64::from(record.number));
    put_bytes(out, record.outcome.key().as_bytes());
    put_failure(out, record.failure);
    put(out, record.conn.map_or(0, ConnId::get));
    put(out, record.idle.map_or(0, |idle| idle.saturating_add(1)));
    put(out, record.dialed.len() as u64);
    for address in &record.dialed {
        socket(out, *address);
    }
    for time in [record.connected, record.head_sent, record.body_sent, record.first_byte] {
        // Times lie before the end, so that 0 is free for the one that was not reached.
        put(out, time.map_or(0, |time| at.saturating_sub(time).saturating_add(1)));
    }
    put(out, u64::from(record.client_pauses));
    put(out, u64::from(record.backend_pauses));
    put(out, record.most_held);
}

/// Reads what was measured of an attempt that ended at time `at`.
pub(super) fn read_attempt(input: &mut Input<'_>, at: Nanos) -> Result<AttemptRecord, Malformed> {
    let mut record = AttemptRecord::new(input.small()?);
    record.outcome = keyed(input, AttemptOutcome::from_key)?;
    record.failure = read_failure(input)?;
    record.conn = ConnId::new(input.number()?);
    record.idle = input.number()?.checked_sub(1);
    let dialed: Result<Box<[SocketAddr]>, _> = (0..length(input)?).map(|_| read_socket(input)).collect();
    record.dialed = dialed?;
    let AttemptRecord { connected, head_sent, body_sent, first_byte, .. } = &mut record;
    for time in [connected, head_sent, body_sent, first_byte] {
        let before = input.number()?.checked_sub(1);
        *time = before.map(|before| Nanos::new(at.get().saturating_sub(before)));
    }
    (record.client_pauses, record.backend_pauses) = (input.small()?, input.small()?);
    record.most_held = input.number()?;
    Ok(record)
}

fn text(input: &mut Input<'_>) -> Result<SharedText, Malformed> {
    Ok(input.text()?.to_owned().into())
}
