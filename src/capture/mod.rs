//! What happened, kept within a budget, and what it means.
//!
//! In reading order: [`model`] is what is kept, [`summary`] what of it a row shows, [`store`] keeps it,
//! [`session`] is the file on disk for what does not fit in memory, [`recorder`] fills both, [`turnstile`] is
//! the lock around it, [`task`] is how far something long is, [`filter`] and [`list`] choose and arrange rows,
//! [`explain`] says what the bytes mean, [`notes`] what is remarkable about them, [`packets`] and [`import`]
//! read what other programs captured ([`refill`] is how files are read), [`text`] how bytes, sizes and times are
//! written, [`export`] what is pasted or written elsewhere.

pub mod explain;
pub mod export;
pub mod filter;
#[cfg(test)]
pub(crate) mod fixture;
pub mod import;
pub mod list;
pub mod model;
pub mod notes;
pub mod packets;
pub mod recorder;
mod refill;
pub mod session;
pub mod store;
pub mod summary;
pub mod task;
pub mod text;
mod turnstile;

pub use explain::{Anatomy, Explanation, Leaf, Mark, Moment, Remarked};
pub use filter::Filter;
pub use list::{List, Listing, Row, Search};
pub use model::{Chunk, Connection, Counts, Detail, Exchange, Look, Message, Outcome};
pub use recorder::Capture;
pub use session::Disk;
pub use store::Store;
pub use summary::{Heading, Summary};
pub use task::{Task, TaskState};
