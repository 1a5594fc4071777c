//! Streams of events (`text/event-stream`, the HTML standard §9.2) and of JSON texts (NDJSON, RFC 7464): the content
//! of one message in, items out. Knows no socket, clock or thread, and nothing of how a message frames its content.
//!
//! [`machine`] reads items, [`format`](mod@format) has the media types, and [`path`] leads into the JSON of an item.

pub mod format;
pub mod item;
pub mod machine;
pub mod note;
pub mod path;
pub mod span;
#[cfg(test)]
mod tests;

pub use format::Format;
pub use item::Item;
pub use machine::{ItemMachine, Rule};
pub use note::Note;
pub use path::{Path, PathError};
pub use span::SpanKind;
