//! Writes a message anew for the next hop, as a gateway does (RFC 9110 §7.6), and records where each byte of it
//! came from.
//!
//! What leaves is written from what was parsed: a name, a colon, a space, a value, a line end. A part of a message
//! that two readers could read differently is in no such part, so it cannot pass.
//!
//! In reading order: [`origin`] is the record, `hop` decides which fields end at this hop, [`request`] and
//! [`response`] write the heads, [`body`] frames the content.

pub mod body;
mod hop;
pub mod origin;
pub mod request;
pub mod response;
#[cfg(test)]
mod tests;

pub use body::Framer;
pub use origin::{Author, Origin, Origins, Piece};
pub use request::{ForwardedFields, ForwardedHost, RequestForward, Target};
pub use response::ResponseForward;
