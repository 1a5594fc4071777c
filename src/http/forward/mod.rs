//! Writes a message anew for the next hop, as a gateway does (RFC 9110 §7.6), and records where each byte of it
//! came from.
//!
//! The new message is written from the parsed parts: a name, a colon, a space, a value, a line end. Bytes that two
//! readers could understand differently are in none of these parts, so they cannot pass.
//!
//! In reading order: [`origin`] is the record of origins, `hop` decides which fields end at this hop, [`removal`] has
//! the reasons, [`edits`] are the changes that rules make, [`request`] and [`response`] write the heads, [`body`] frames the content, and [`trailers`] ends it.

pub mod body;
pub mod edits;
pub mod hop;
pub mod origin;
pub mod removal;
pub mod request;
pub mod response;
#[cfg(test)]
mod tests;
pub mod trailers;

pub use body::Framer;
pub use edits::{FieldAction, FieldEdit, FieldEdits, FieldProblem};
pub use origin::{Author, Origin, Origins, Piece};
pub use removal::Removal;
pub use request::{ForwardedFields, ForwardedHost, RequestForward, Target};
pub use response::ResponseForward;
pub use trailers::Trailers;
