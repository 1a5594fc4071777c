//! The surroundings of the pages: the bar at the top, the rail, the status bar, the sheet of shortcuts, the notices, and
//! a folder or file that is dragged onto the window.

pub(super) mod drop;
pub(super) mod rail;
mod shield;
pub(super) mod shortcuts;
pub(super) mod status_bar;
pub(super) mod toasts;
pub(super) mod top_bar;
