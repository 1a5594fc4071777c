//! What can happen, as one closed list, and the channel on which it travels from the server to
//! whoever looks.

mod channel;
mod event;

pub use crate::service::{Direction, FieldChange, MiddlewareKind, MiddlewareStep, Mismatch, RouteAttempt};
pub use channel::{Receiver, Sender, channel};
pub use event::{
    BLOCK_BYTES, Batch, CloseReason, ConnId, Event, ExchangeId, GuardKind, Nanos, Note, NoteKind, Severity,
    Stage, What,
};
