//! The questions that a filter asks of the items it is applied to.

use super::keys::{FlagKey, NumberKey, TextKey};

/// Something that a filter lets pass or not.
pub trait Subject {
    /// The number that `key` names: nanoseconds for a time, bytes for a size. `None`: it is not known.
    fn number(&self, key: NumberKey) -> Option<u64>;

    /// The text that `key` names. Empty: it is not known.
    fn text(&self, key: TextKey) -> &str;

    /// Whether one of the texts that `key` names passes a test. There may be several, such as name and address.
    fn has_text(&self, key: TextKey, holds: &dyn Fn(&str) -> bool) -> bool;

    /// Whether what `key` names holds.
    fn flag(&self, key: FlagKey) -> bool;
}
