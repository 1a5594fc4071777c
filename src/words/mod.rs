//! Formats numbers, sizes, times, text from outside and media types for people.

mod escape;
mod hex;
mod json;
mod limits;
mod media_type;
mod numbers;
pub mod qr;
mod sentence;

pub use escape::{deceptive, escaped, excerpt, shortened, visible, with_bytes};
pub use hex::{glyph, hex_dump};
pub use json::write_json;
pub use limits::{limit_bytes, limit_millis, parse_bytes, parse_count, parse_millis, whole};
pub use media_type::{essence, is_text};
pub use numbers::{
    MILLISECOND, SECOND, count, decimal, duration, left, moment, offset, offsets, part_of, plural, plural_is,
    size,
};
pub use sentence::{capitalized, sentence};
