//! Exchanges in the forms of other programs.

mod base64;
pub mod har;
