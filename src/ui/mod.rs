//! The window.
//!
//! In reading order: [`command`] lists the user's commands, [`context`] the information for pages, [`view`]
//! the state to show, [`window`] reads the state and carries out the commands, [`run`] opens the native
//! window. [`theme`] and [`icons`] define the appearance.

mod actions;
pub mod again;
mod answer;
pub mod captures;
pub mod command;
mod contents;
pub mod context;
pub mod dialogs;
mod exchanges;
pub mod format;
mod frame;
pub mod icons;
mod messages;
pub mod named;
pub mod notices;
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points on a screen and rows of a list, far inside of what f32 and f64 hold"
)]
pub mod pages;
mod placement;
mod recent;
mod rules;
pub mod run;
pub mod scripts;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod under_way;
pub mod view;
pub mod waker;
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points on a screen and rows of a list, far inside of what f32 and f64 hold"
)]
pub mod widgets;
pub mod window;

pub use waker::Waker;
pub use window::Window;

/// The parts that a window is made from.
pub struct WindowInputs {
    /// The server, running or stopped.
    pub server: crate::server::Handle,
    /// The capture; its recorder calls [`Waker::wake`].
    pub capture: crate::capture::Capture,
    /// The settings file.
    pub settings: crate::config::SettingsFile,
    /// Requests frames.
    pub waker: Waker,
    /// Sessions that were not shut down cleanly and can be opened, the latest first.
    pub unfinished: Vec<crate::capture::open::Unfinished>,
    /// Problems that occurred before the window opened, each as a sentence.
    pub warnings: Vec<String>,
    /// The file that everything is captured to besides the session. `None`: there is none.
    pub capture_file: Option<std::path::PathBuf>,
}
