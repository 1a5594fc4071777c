//! The building blocks of the pages. Every interactive widget has an accessible name.

pub mod bar;
pub mod button;
pub mod byte_view;
pub mod card;
pub mod change;
pub mod notice;
pub mod number;
pub mod pill;
pub mod rows;
pub mod segmented;
pub mod tabs;
pub mod text;
pub mod timeline;
pub mod toggle;
pub mod tree;
