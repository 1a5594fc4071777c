//! The parts shared by every protocol machine: bytes in, events and spans out. Knows no protocol, socket,
//! clock or thread.
//!
//! [`machine`] is the trait that a protocol implements, [`span`] is how a machine reports what each
//! byte is, [`replay`] runs a machine over stored bytes and accounts for every one of them.

pub mod machine;
pub mod replay;
pub mod span;
pub mod stand;
pub mod stepper;

pub use machine::{Class, Event, Machine, State, Step, Violation};
pub use replay::{Message, Replay, Replayable};
pub use span::{Leaf, Recorded, Silent, Sink, Span, SpanFacts, SpanRole, Vocabulary};
pub use stand::{StandFacts, Standing};
pub use stepper::{Mark, Stepped, Stepper, Verdict, What};
