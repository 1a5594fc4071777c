//! What differs between two runs: their exchanges matched by method and path, and each pair compared part by part.
//!
//! In reading order: [`Recorded`] is what is remembered of an exchange, [`changes`] compares two of them, `json` two
//! JSON texts by path, and [`Runs`] matches all of two captures. Facts and the names of parts, no sentences about them.

mod changes;
mod json;
mod recorded;
mod runs;

pub use changes::{Change, Weight, changes};
pub use recorded::{Body, Recorded, Side};
pub use runs::{Pair, Runs};

#[cfg(test)]
mod tests;
