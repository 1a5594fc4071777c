//! Bytes that records count for against the budget.

use crate::{
    base::{
        shared_text::SharedText,
        stream::{ExchangeId, Nanos},
    },
    store::model::{Attempt, Exchange, UpstreamLeg},
    trace::{
        AttemptRecord, Certificate, Choosing, FieldChange, Guard, Handshake, MiddlewareStep, Note, Stage,
        StepSummary,
    },
};

use super::Entry;

/// Bytes that an exchange counts for at least: its record, its slot, its place in its connection and in the
/// eviction queue, and the allocator's overhead.
pub(super) const ENTRY_COST: u64 = size_of::<Entry>() as u64 + 128;

/// Bytes that an upstream leg counts for: its record and its place in its connection.
const LEG_COST: usize = size_of::<UpstreamLeg>() + 2 * size_of::<ExchangeId>();

/// Heap bytes of an exchange's lists and texts, without the heap bytes of the lists' elements.
pub(super) fn lists_bytes(exchange: &Exchange) -> u64 {
    let bytes = exchange.stages.capacity() * size_of::<(Nanos, Stage)>()
        + exchange.middleware.capacity() * size_of::<(Nanos, MiddlewareStep)>()
        + exchange.guards.capacity() * size_of::<(Nanos, Guard, u64)>()
        + exchange.notes.capacity() * size_of::<(Nanos, Note)>()
        + exchange.method.len()
        + exchange.target.len()
        + exchange.upstream.len() * LEG_COST
        + exchange.lineage.iter().map(|lineage| lineage.heap_bytes()).sum::<usize>()
        + exchange.upstream.iter().filter_map(|leg| Some(leg.lineage.as_ref()?.heap_bytes())).sum::<usize>()
        + exchange.attempts.len() * size_of::<Attempt>()
        + exchange.websocket.iter().map(|sums| sums.heap_bytes()).sum::<usize>()
        + exchange.upstream.iter().filter_map(|leg| leg.tls.as_deref()).map(handshake_bytes).sum::<usize>();
    bytes as u64
}

/// Heap bytes of a choice, without the group, which is shared.
pub(super) fn choosing_heap(choosing: &Choosing) -> u64 {
    size_of_val(&*choosing.verdicts) as u64
}

/// Heap bytes of what was measured of an attempt.
pub(super) fn attempt_heap(record: &AttemptRecord) -> u64 {
    (size_of_val(record) + size_of_val(&*record.dialed)) as u64
}

/// Heap bytes of a handshake. The legs of a connection share it, and each counts it.
fn handshake_bytes(handshake: &Handshake) -> usize {
    let Handshake { name, version, cipher, protocol, detail, certificates, .. } = handshake;
    let text = [name, version, cipher, protocol, detail].map(|text| text.len()).into_iter().sum::<usize>();
    let certificate = |certificate: &Certificate| {
        let names = certificate.names.iter().map(|name| size_of::<Box<str>>() + name.len());
        size_of::<Certificate>() + certificate.subject.len() + certificate.issuer.len() + names.sum::<usize>()
    };
    size_of::<Handshake>() + text + certificates.iter().map(certificate).sum::<usize>()
}

/// Heap bytes of one middleware step.
pub(super) fn step_heap(step: &MiddlewareStep) -> u64 {
    let change = |change: &FieldChange| {
        size_of::<FieldChange>()
            + change.name.heap_bytes()
            + change.before.as_ref().map_or(0, SharedText::heap_bytes)
            + change.after.as_ref().map_or(0, SharedText::heap_bytes)
    };
    let summary = match &step.summary {
        StepSummary::Words(words) => words.heap_bytes(),
        StepSummary::TokenTaken { .. } | StepSummary::NoToken { .. } => 0,
    };
    (step.name.heap_bytes() + summary + step.changes.iter().map(change).sum::<usize>()) as u64
}
