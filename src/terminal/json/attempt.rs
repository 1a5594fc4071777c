//! Attempts to have a request answered by a backend, as JSON.

use std::net::SocketAddr;

use serde::Serialize;

use crate::{
    base::stream::{ConnId, Nanos},
    explain::attempts,
    gateway::{Failure, Reason, Verdict},
    trace::{AttemptOutcome, AttemptRecord, BackendRecord, Choosing},
};

#[derive(Serialize)]
pub(super) struct ChoosingJson<'a> {
    attempt: u32,
    retry: Option<&'static str>,
    group: &'a str,
    prefix: &'a str,
    policy: &'static str,
    chosen: Option<&'a str>,
    backends: Vec<BackendJson<'a>>,
}

#[derive(Serialize)]
struct BackendJson<'a> {
    name: &'a str,
    address: &'a str,
    weight: u32,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since_ns: Option<Nanos>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_ns: Option<Nanos>,
    text: String,
}

#[derive(Serialize)]
pub(super) struct RecordJson<'a> {
    attempt: u32,
    outcome: AttemptOutcome,
    failure: Option<&'static str>,
    connection: Option<ConnId>,
    idle_ns: Option<u64>,
    dialed: &'a [SocketAddr],
    connected_ns: Option<Nanos>,
    head_sent_ns: Option<Nanos>,
    body_sent_ns: Option<Nanos>,
    first_byte_ns: Option<Nanos>,
    client_pauses: u32,
    backend_pauses: u32,
    most_held_bytes: u64,
}

impl<'a> ChoosingJson<'a> {
    /// The choice that was made at time `at`.
    pub(super) fn new(choosing: &'a Choosing, at: Nanos) -> Self {
        let backend = |(backend, verdict): (&'a BackendRecord, Verdict)| BackendJson {
            name: &backend.name,
            address: &backend.address,
            weight: backend.weight,
            verdict: verdict.key(),
            open: match verdict {
                Verdict::Chosen(Reason::FewestOpen { open })
                | Verdict::Full { open }
                | Verdict::NotChosen { open } => Some(open),
                _ => None,
            },
            hash: match verdict {
                Verdict::Chosen(Reason::ClientAddress { score }) => Some(format!("{score:016x}")),
                _ => None,
            },
            failure: match verdict {
                Verdict::Out { failure, .. } => Some(failure.key()),
                _ => None,
            },
            since_ns: match verdict {
                Verdict::Out { since, .. } => Some(since),
                _ => None,
            },
            until_ns: match verdict {
                Verdict::Out { until, .. } => Some(until),
                _ => None,
            },
            text: attempts::verdict(&choosing.group, backend, verdict, at),
        };
        Self {
            attempt: choosing.number,
            retry: choosing.retry.map(Failure::key),
            group: &choosing.group.name,
            prefix: &choosing.group.prefix,
            policy: choosing.group.policy.key(),
            chosen: choosing.backend().map(|backend| &*backend.name),
            backends: choosing.looked_at().map(backend).collect(),
        }
    }
}

impl<'a> RecordJson<'a> {
    pub(super) fn new(record: &'a AttemptRecord) -> Self {
        Self {
            attempt: record.number,
            outcome: record.outcome,
            failure: record.failure.map(Failure::key),
            connection: record.conn,
            idle_ns: record.idle,
            dialed: &record.dialed,
            connected_ns: record.connected,
            head_sent_ns: record.head_sent,
            body_sent_ns: record.body_sent,
            first_byte_ns: record.first_byte,
            client_pauses: record.client_pauses,
            backend_pauses: record.backend_pauses,
            most_held_bytes: record.most_held,
        }
    }
}
