//! The questions that a filter asks of the items it is applied to.

use super::keys::{ContentKey, FlagKey, NumberKey, Side, TextKey};

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

    /// Whether one of the values that are asked for passes a test. `None`: the bytes that would tell are not at hand.
    fn has_content(&self, _asked: &Asked, _holds: &dyn Fn(&[u8]) -> bool) -> Option<bool> {
        None
    }
}

/// A question that only the bytes of the messages answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// What is looked at.
    pub key: ContentKey,
    /// The message in which it is looked at.
    pub side: Side,
    /// The name of the field, in lower case. Empty: no field is asked for.
    pub field: Box<str>,
}
