//! Small widgets, each with an accessible name.

pub mod bar;
pub mod button;
pub mod card;
pub mod notice;
pub mod number;
pub mod toggle;
