//! Everything that can happen, as one closed list, and the channel that carries it from the server to the
//! recorder.
//!
//! The other closed lists that events refer to have a file each, with a table of stable keys and words beside
//! the enum: close reasons, guards, notes, protocols, refusals, stages, problems of TLS.

pub mod again;
pub mod attempt;
mod backlog;
pub mod cause;
pub mod channel;
pub mod close;
pub mod event;
pub mod guard;
pub mod lineage;
pub mod mark;
pub mod note;
pub mod protocol;
pub mod record;
pub mod refusal;
pub mod stage;
pub mod steps;
pub mod tls;
mod wall_clock;

pub use again::{Again, AgainSource, SourceFacts};
pub use attempt::{AttemptOutcome, AttemptRecord, BackendRecord, Choosing, GroupRecord};
pub use backlog::{Backlog, Held};
pub use cause::Cause;
pub use channel::{Received, Receiver, Sender, channel};
pub use close::CloseReason;
pub use event::{BLOCK_BYTES, Batch, ConnectionStart, Event, EventKind, Payload};
pub use guard::{Guard, GuardFacts, GuardUnit};
pub use lineage::Lineage;
pub use mark::{Mark, MarkColour, MarkColourFacts};
pub use note::{Note, NoteKind, Severity};
pub use protocol::{ProtocolFacts, ProtocolKind, message_word};
pub use record::{
    ANY_METHOD, FieldChange, Lookup, MiddlewareStep, Mismatch, Phase, RouteAttempt, RouteSummary, StepSummary,
};
pub use refusal::{Refusal, RefusalFacts};
pub use stage::{Order, Stage};
pub use steps::{Durations, MiddlewareSteps};
pub use tls::{Certificate, Encryption, Handshake, TlsProblem, TlsProblemFacts};
pub use wall_clock::WallClock;
