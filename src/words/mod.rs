//! How things are said to people: bytes, sizes and times as text.

pub mod text;
