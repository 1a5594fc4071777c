//! Texts that the program holds for ever, found again when a file is read.

use std::{collections::HashSet, sync::OnceLock};

use parking_lot::Mutex;

use super::varint::Malformed;

/// At most this many texts, of at most [`NAME_BYTES`], are taken from files. They are never given back: the
/// events hold them as texts of the program, which is what methods and segments of routes are.
const NAMES: usize = 2048;
const NAME_BYTES: usize = 256;

/// Methods of routes, and what the folder has in their place.
const KNOWN: [&str; 10] =
    ["GET", "ANY", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"];

/// The same text, as one that is held for ever.
pub fn held(text: &str) -> Result<&'static str, Malformed> {
    static HELD: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    if let Some(known) = KNOWN.into_iter().find(|known| *known == text) {
        return Ok(known);
    }
    let mut held = HELD.get_or_init(Mutex::default).lock();
    if let Some(known) = held.get(text) {
        return Ok(known);
    }
    if held.len() >= NAMES || text.len() > NAME_BYTES {
        return Err(Malformed("there are too many names"));
    }
    let text: &'static str = Box::leak(Box::from(text));
    held.insert(text);
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_name_is_held_once_and_a_long_one_not_at_all() {
        let first = held("segment-of-a-test").unwrap();
        assert!(std::ptr::eq(first, held(&String::from("segment-of-a-test")).unwrap()));
        assert_eq!(held("GET"), Ok("GET"));
        assert!(held(&"x".repeat(NAME_BYTES + 1)).is_err());
    }
}
