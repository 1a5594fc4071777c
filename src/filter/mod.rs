//! Which rows are shown: a line of text, as words, comparisons and what joins them. Knows nothing of what it chooses
//! from but what a [`Subject`] says of itself.
//!
//! In reading order: `table` has the keys, `keys` what they mean, `token` the parts of a line, `test` what one part
//! asks, `parse` how parts are joined, `language` the filter.

mod error;
pub mod keys;
mod language;
mod named;
mod number;
mod operator;
mod parse;
mod subject;
mod table;
mod test;
mod text;
mod token;

pub use error::{FilterError, FilterErrorKind};
pub use keys::{ContentKey, FlagKey, Key, Kind, NumberKey, Side, TextKey};
pub use language::{Filter, Verdict};
pub use subject::{Asked, Subject};
pub use table::{KEYS, Vocabulary};

#[cfg(test)]
mod tests;
