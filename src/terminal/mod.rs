//! The view without a window.

use std::io::Write;

use crate::trace;

/// How the trace is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One event a line, for programs.
    Json,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How.
    pub format: Format,
    /// Nothing but errors.
    pub quiet: bool,
    /// With ANSI colours. The caller knows whether `out` is a terminal.
    pub colour: bool,
}

/// Prints what happens until the server is gone. A write error (a closed pipe) ends the printing, not
/// the draining: the server never notices.
pub fn run(_events: &trace::Receiver, _options: Options, _out: &mut dyn Write) {}
