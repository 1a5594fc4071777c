//! WebSocket (RFC 6455): the bytes of one direction in, frames out. Knows no socket, clock or thread.
//!
//! [`machine`] reads frames and holds them against the rules, [`encode`] writes them, [`handshake`] has the two
//! values that prove an opening handshake.

pub mod close_code;
pub mod encode;
pub mod frame;
pub mod handshake;
pub mod machine;
pub mod mask;
pub mod opcode;
pub mod rule;
pub mod span;
pub mod stand;
#[cfg(test)]
mod tests;

pub use close_code::CloseCode;
pub use frame::Frame;
pub use machine::{FrameMachine, Limits, Sender};
pub use opcode::Opcode;
pub use rule::{Rule, Violation};
pub use span::SpanKind;
pub use stand::Stand;
