//! The meaning of an exchange's bytes, computed on demand.
//!
//! [`Facts`] are structured and have no words. Words are made from them last, by one function for each kind
//! of fact: the parts of a message as a [`tree`], the events as a [`timeline`], [`notes`], the lines between
//! bytes as [`markers`], who wrote what was sent on as [`lineage`], and bodies by the [`viewers`]. A [`replay`] goes through a message byte by byte. Each protocol has a file or a folder of its own,
//! listed in `dialect`.

pub mod absence;
pub mod attempts;
pub mod comparison;
mod dialect;
pub mod events;
mod explainer;
pub mod facts;
mod http;
pub mod kinds;
pub mod lineage;
mod lines;
pub mod markers;
pub mod notes;
pub mod replay;
pub mod timeline;
pub mod tree;
pub mod viewers;
pub mod websocket;

pub use facts::Facts;

#[cfg(test)]
mod tests;
