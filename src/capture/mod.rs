//! What happened, kept within a budget, and what it means.
//!
//! In reading order: [`model`] is what is kept, [`store`] keeps it, [`recorder`] fills it,
//! [`filter`] and [`list`] choose and arrange rows, [`explain`] says what the bytes mean, [`notes`] what is
//! remarkable about them, [`text`] how bytes, sizes and times are written, [`copy`] what is pasted
//! elsewhere.

pub mod copy;
pub mod explain;
pub mod filter;
#[cfg(test)]
pub(crate) mod fixture;
pub mod list;
pub mod model;
pub mod notes;
pub mod recorder;
pub mod store;
pub mod text;

pub use explain::{Anatomy, Explanation, Leaf, Mark, Moment, Remarked};
pub use filter::Filter;
pub use list::{List, Row};
pub use model::{Chunk, Connection, Counts, Detail, Exchange, Message, Outcome};
pub use recorder::Capture;
pub use store::Store;
