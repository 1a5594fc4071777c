//! Sending a captured request again: what is asked before, what is under way, and what came of it.

mod commands;
pub(super) mod controls;
pub(super) mod dialog;
pub mod model;
