//! The window.
//!
//! In reading order: [`command`] is everything a person can ask for, [`context`] what a page may
//! know, [`settings`] what is remembered, [`theme`] and [`icons`] what things look like.

pub mod command;
pub mod context;
pub mod icons;
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points on a screen and rows of a list, far inside of what f32 and f64 hold"
)]
pub mod pages;
pub mod settings;
pub mod theme;
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points on a screen and rows of a list, far inside of what f32 and f64 hold"
)]
pub mod widgets;
