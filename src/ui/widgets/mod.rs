//! What the pages are made of.

pub mod byte_view;
pub mod pill;
pub mod rows;
pub mod segmented;
pub mod tabs;
pub mod text;
pub mod timeline;
pub mod tree;
