//! Bytes that records count for against the budget.

use crate::{
    base::{
        shared_text::SharedText,
        stream::{ExchangeId, Nanos},
    },
    store::model::{Attempt, Exchange, UpstreamLeg},
    trace::{
        AttemptRecord, Certificate, Choosing, FieldChange, Guard, Handshake, Lineage, Mark, MiddlewareStep,
        MiddlewareSteps, Note, NoteKind, Stage, StepSummary,
    },
};

use super::{Entry, FrameSums};

/// Bytes that an exchange counts for at least: its record, its slot, its place in its connection and in the
/// eviction queue, and the allocator's overhead.
pub(super) const ENTRY_COST: u64 = size_of::<Entry>() as u64 + 128;

/// Adds an element to a list. Returns the bytes of memory by which the list grew.
pub(super) fn push<T>(list: &mut Vec<T>, element: T) -> u64 {
    let before = list.capacity();
    // Most lists have one element, so the first one takes the room of one only.
    if list.len() == before {
        list.reserve_exact(before.max(1));
    }
    list.push(element);
    ((list.capacity() - before) * size_of::<T>()) as u64
}

/// Heap bytes of the lists of an exchange that has nothing in them yet.
pub(super) fn lists_bytes(exchange: &Exchange) -> u64 {
    let bytes = exchange.stages.capacity() * size_of::<(Nanos, Stage)>()
        + exchange.middleware.capacity() * size_of::<(Nanos, MiddlewareSteps)>()
        + exchange.guards.capacity() * size_of::<(Nanos, Guard, u64)>()
        + exchange.notes.capacity() * size_of::<(Nanos, Note)>()
        + exchange.attempts.capacity() * size_of::<Attempt>()
        + exchange.upstream.capacity() * size_of::<UpstreamLeg>();
    bytes as u64
}

/// Bytes that an upstream leg counts for besides its record: its place in its connection, and its handshake.
pub(super) fn leg_heap(leg: &UpstreamLeg) -> u64 {
    (2 * size_of::<ExchangeId>() + leg.tls.as_deref().map_or(0, handshake_bytes)) as u64
}

/// Heap bytes of a lineage.
pub(super) fn lineage_heap(lineage: Option<&Lineage>) -> u64 {
    lineage.map_or(0, |lineage| lineage.heap_bytes() as u64)
}

/// Heap bytes of what is kept of an exchange's frames.
pub(super) fn frames_heap(sums: Option<&FrameSums>) -> u64 {
    sums.map_or(0, |sums| sums.heap_bytes() as u64)
}

/// Heap bytes of a note.
pub(super) fn note_heap(note: &Note) -> u64 {
    let span = note.span.as_deref().map_or(0, size_of_val) as u64;
    let text = match &note.kind {
        NoteKind::FileFailed(text) | NoteKind::Trouble(text) | NoteKind::Text(text) => text.len() as u64 + 32,
        _ => 0,
    };
    span + text
}

/// Heap bytes of a mark. Exchanges that were marked together share theirs, and each counts it.
pub(super) fn mark_heap(mark: &Mark) -> u64 {
    (size_of_val(mark) + mark.comment.len() + 16) as u64
}

/// Heap bytes of a choice, without the group, which is shared. Equal choices may share theirs, and each counts it.
pub(super) fn choosing_heap(choosing: &Choosing) -> u64 {
    (size_of_val(choosing) + size_of_val(&*choosing.verdicts)) as u64
}

/// Heap bytes of what was measured of an attempt, besides the record, which lies in the exchange's list.
pub(super) fn attempt_heap(record: &AttemptRecord) -> u64 {
    size_of_val(&*record.dialed) as u64
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
