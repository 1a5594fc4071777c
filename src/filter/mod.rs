//! Which rows are shown: a line of text, as words and comparisons. Knows nothing of what it chooses from but what
//! a [`Subject`] says of itself.

mod error;
pub mod keys;
mod language;
mod number;
mod subject;

pub use error::{FilterError, FilterErrorKind};
pub use keys::{FlagKey, KEYS, Key, Kind, NumberKey, TextKey, Vocabulary};
pub use language::Filter;
pub use subject::Subject;

#[cfg(test)]
mod tests;
