//! HTTP/1.1 itself: bytes in, events out. No socket, no clock, no thread, no window.
//!
//! In reading order: [`span`] names every part of a message, [`rule`] every rule that a message can
//! break, [`leniency`] those after which reading can go on, [`limits`] are the sizes past which nothing is read,
//! [`head`] is a parsed head, [`request`] and [`response`] are the two machines that read messages, [`replay`]
//! runs them over stored bytes, [`stand`] names the places in which they stand between two bytes, [`encode`] writes messages, [`forward`] writes those of others anew.

mod byte_class;
mod chunked;
pub mod encode;
mod fault;
mod fields;
pub mod forward;
pub mod framing;
mod grammar;
pub mod head;
pub(crate) mod host;
pub mod leniency;
pub mod limits;
mod lines;
pub mod method;
pub mod raw_fields;
pub mod replay;
pub mod request;
pub mod response;
pub mod rule;
pub mod span;
pub mod stand;
pub mod status;

pub use framing::Framing;
pub use head::{Field, Head, Version};
pub use leniency::{Leniencies, Leniency};
pub use limits::Limits;
pub use method::Method;
pub use raw_fields::{CREDENTIALS, RawField, raw_fields, raw_value, without};
pub use replay::Replay;
pub use request::RequestMachine;
pub use response::{ResponseHead, ResponseMachine};
pub use rule::{Rule, Violation};
pub use span::{Leaf, Note, SpanKind};
pub use stand::Stand;
pub use status::Status;
