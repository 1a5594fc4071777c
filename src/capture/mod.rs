//! A capture as the views see it: live or opened from a file, its rows, looked at and saved.

pub mod open;
mod open_packets;
pub mod recorder;
pub mod save;
pub(crate) mod selection;

pub use recorder::Capture;
