//! Which rows are shown: a line of text, as words and comparisons.

use super::model::Exchange;

/// A parsed filter. Words are looked for in method, target and status (ASCII case does not matter);
/// `status>=400`, `method=GET`, `path~api`, `conn=3`, `time>100` (ms), `size>1000` (bytes)
/// compare. All parts must hold. Empty: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {}

impl Filter {
    /// Reads a filter line.
    ///
    /// # Errors
    /// In plain words, what part of it cannot be understood.
    pub fn parse(_line: &str) -> Result<Self, String> {
        unimplemented!()
    }

    /// Whether it lets everything pass.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        unimplemented!()
    }

    /// Whether `exchange` is shown.
    #[must_use]
    pub fn matches(&self, _exchange: &Exchange) -> bool {
        unimplemented!()
    }
}
