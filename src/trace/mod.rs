//! What can happen, as one closed list, and the channel on which it travels from the server to
//! whoever looks.

pub mod channel;
pub mod event;
pub mod guard;
pub mod protocol;
pub mod record;
pub mod refusal;

pub use channel::{Receiver, Sender, channel};
pub use event::{
    BLOCK_BYTES, Batch, CloseReason, Event, EventKind, Nanos, Note, NoteKind, Payload, Severity, Stage,
};
pub use guard::{Guard, GuardFacts, GuardUnit};
pub use protocol::{ProtocolFacts, ProtocolKind};
pub use record::{ANY_METHOD, FieldChange, MiddlewareStep, Mismatch, Phase, RouteAttempt, StepSummary};
pub use refusal::{Cause, Refusal};
