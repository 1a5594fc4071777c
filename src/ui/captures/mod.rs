//! Captures besides the live one: a file that was opened, a session that was cut off, a file that is being
//! written.

pub mod bar;
pub(super) mod commands;
pub mod model;
