//! What tells one state of a resource from another (RFC 9110 §8.8).

use std::time::SystemTime;

/// The validators of the representation that a reply carries, or would carry without a range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The entity tag with its quotes; always a strong one. `None`: it has none.
    pub tag: Option<Box<str>>,
    /// When it was last modified, as the file system says: may lie in the future or before 1970.
    /// `None`: not known.
    pub modified: Option<SystemTime>,
}
