//! Captures besides the live one: an opened file, a session that was not shut down cleanly, a file that is
//! being written.

pub mod bar;
pub(super) mod commands;
pub mod model;
