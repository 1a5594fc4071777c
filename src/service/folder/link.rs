//! Links that lead nowhere.

use std::io;

/// Whether the error means a circle of links, or more links than the operating system follows.
#[cfg(unix)]
pub(super) fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// Whether the error means a circle of links. `false`: this system has no code for that.
#[cfg(not(unix))]
pub fn is_loop(_: &io::Error) -> bool {
    false
}
