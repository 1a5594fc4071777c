//! The protocol of lines: bytes in, messages out, and the replies to them. No socket, no clock, no thread.
//!
//! A message is everything up to a line feed (`\n`, 0x0A). The reply is `Echo: ` and the message itself. The
//! message `quit` is answered with `Bye.` and is the last one. A message may hold any byte but the line feed,
//! also those that are no text, and may be empty. A carriage return before the line feed is part of the message,
//! as every other byte is: what was sent comes back unchanged.
//!
//! ```text
//! message = *( %x00-09 / %x0B-FF ) LF
//! reply   = "Echo: " message / "Bye." LF / "Error: " sentence LF
//! ```
//!
//! In reading order: [`span`] names the parts of a message, [`rule`] the ways in which one can be wrong,
//! [`scanner`] finds where messages end, [`buffer`] keeps what is not complete, [`machine`] puts the two together
//! for live traffic, [`reply`] writes the replies.

pub mod buffer;
pub mod machine;
pub mod reply;
pub mod rule;
pub mod scanner;
pub mod span;
#[cfg(test)]
mod tests;

pub use buffer::BufferKind;
pub use machine::{LineMachine, Message};
pub use rule::{Rule, Violation};
pub use scanner::{LIMIT_BYTES, Scanner};
pub use span::{Note, SpanKind};

/// The word that stands for a message in a list.
pub const WORD: &str = "LINE";
