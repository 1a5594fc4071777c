//! What stands around the pages: the bar at the top, the rail, the status bar, the sheet of shortcuts, and a
//! folder or file that is dragged onto the window.

pub mod drop;
pub mod rail;
pub mod shortcuts;
pub mod status_bar;
pub mod top_bar;
