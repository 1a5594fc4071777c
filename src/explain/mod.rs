//! What the bytes of an exchange mean, computed when someone looks.
//!
//! [`Facts`] are structured and have no words. Words are made of them last, by one function for each kind of
//! fact: the parts of a message as a [`tree`], what happened as a [`timeline`], [`notes`], the lines among the
//! bytes as [`markers`], and bodies by the [`viewers`]. What depends on the protocol stands in one file (or folder)
//! for each, which `dialect` lists.

mod dialect;
mod explainer;
pub mod facts;
mod http;
pub mod kinds;
mod lines;
pub mod markers;
pub mod notes;
pub mod timeline;
pub mod tree;
pub mod viewers;

pub use facts::Facts;

#[cfg(test)]
mod tests;
