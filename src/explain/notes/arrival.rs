//! Notes on the arrival of a request: slow, or still incomplete.

use std::sync::Arc;

use crate::{
    store::model::Outcome,
    trace::Severity,
    words::{duration, plural},
};

use super::{Context, Family, Finding, Note};

/// Notes on the arrival of the request.
pub(super) const FAMILY: Family = Family { name: "arrival", find };

/// A request that takes at least this long to arrive counts as slow.
const SLOW_NS: u64 = 1_000_000_000;

#[derive(Debug)]
enum Arrival {
    /// The first part is incomplete: sentence and clause.
    Incomplete(&'static str, &'static str),
    BodyIncomplete,
    Slow {
        took: u64,
        reads: u64,
    },
}

impl Finding for Arrival {
    fn sentence(&self) -> String {
        match self {
            Self::Incomplete(sentence, _) => (*sentence).to_owned(),
            Self::BodyIncomplete => "The body is not complete: the server waits for the rest.".to_owned(),
            Self::Slow { took, reads } => {
                format!("The request took {} to arrive, in {}.", duration(*took), plural(*reads, "read"))
            }
        }
    }

    fn section(&self) -> &'static str {
        match self {
            Self::Incomplete(_, section) => section,
            Self::BodyIncomplete => "RFC 9112 §6.3",
            Self::Slow { .. } => "",
        }
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let exchange = &context.detail.exchange;
    let mut note = |severity, arrival| notes.push(Note { severity, range: None, finding: Arc::new(arrival) });
    match exchange.outcome {
        Outcome::HeadIncomplete => {
            let (sentence, section) = context.waiting;
            note(Severity::Info, Arrival::Incomplete(sentence, section));
        }
        Outcome::BodyIncomplete => note(Severity::Info, Arrival::BodyIncomplete),
        Outcome::Answering | Outcome::Done | Outcome::Aborted => {}
    }
    let reads = &context.detail.reads;
    let arrived = reads.iter().map(|chunk| chunk.until).filter(|at| *at >= exchange.began).max();
    let took = arrived.map_or(0, |last| last - exchange.began);
    if took >= SLOW_NS {
        let reads = reads.iter().map(|chunk| u64::from(chunk.count)).sum();
        note(Severity::Warning, Arrival::Slow { took, reads });
    }
}
