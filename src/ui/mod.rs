//! The window.
//!
//! In reading order: [`command`] is everything a person can ask for, [`context`] what a page may
//! know, [`view`] what is shown, [`window`] reads the one and carries out the other, [`run`] puts it
//! in a frame. [`theme`] and [`icons`] what things look like.

mod actions;
mod answer;
pub mod captures;
pub mod command;
pub mod context;
pub mod dialogs;
pub mod format;
mod frame;
pub mod icons;
mod messages;
pub mod named;
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points on a screen and rows of a list, far inside of what f32 and f64 hold"
)]
pub mod pages;
mod recent;
pub mod run;
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

/// What a window is opened on.
pub struct WindowInputs {
    /// The server, running or stopped.
    pub server: crate::server::Handle,
    /// The capture; its recorder calls [`Waker::wake`].
    pub capture: crate::capture::Capture,
    /// What is remembered.
    pub settings: crate::config::SettingsFile,
    /// Asks for frames.
    pub waker: Waker,
    /// Sessions that were cut off and can be opened, the latest first.
    pub unfinished: Vec<crate::capture::open::Unfinished>,
    /// What went wrong before the window was there, each in a sentence.
    pub warnings: Vec<String>,
}
