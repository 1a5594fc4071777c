//! In the place of the window, in a build without one.

use super::{Run, cli::Options, in_terminal};

/// Says why there is none.
pub(crate) fn check() -> Result<(), &'static str> {
    Err("this build of byteglass has no window")
}

/// The terminal.
pub(crate) fn run(options: &Options, run: Run) -> Result<(), String> {
    in_terminal(options, run)
}
