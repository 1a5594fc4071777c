//! The window.
//!
//! In reading order: [`command`] is everything a person can ask for, [`context`] what a page may
//! know, [`settings`] what is remembered, [`theme`] and [`icons`] what things look like.

pub mod command;
pub mod context;
pub mod icons;
pub mod settings;
pub mod theme;
