//! Links that lead nowhere.

use std::io;

/// Whether the failure is that of links in a circle, or of more links than the operating system follows.
#[cfg(unix)]
pub(super) fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// Whether the failure is that of links in a circle. Such a failure has no name here.
#[cfg(not(unix))]
pub fn is_loop(_: &io::Error) -> bool {
    false
}
