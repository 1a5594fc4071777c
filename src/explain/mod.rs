//! What the bytes of an exchange mean, computed when someone looks.
//!
//! [`Facts`] are structured and have no words. Words are made of them last, by one function for each kind of
//! fact: the parts of a message as a [`tree`], what happened as a [`timeline`], [`notes`], the lines among the
//! bytes as [`markers`], and bodies by the [`viewers`].

pub mod facts;
mod fields;
pub mod kinds;
pub mod markers;
pub mod notes;
mod sentences;
pub mod timeline;
pub mod tree;
pub mod viewers;

pub use facts::Facts;

#[cfg(test)]
mod tests;
