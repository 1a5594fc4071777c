//! Text that is handed on: static, or reference-counted.

use std::{fmt, ops::Deref, sync::Arc};

/// A text that costs nothing to hand on: a clone is as good as a reference, in whichever thread it
/// ends. Field values, and what the trace says about them, pass through many hands.
#[derive(Clone)]
pub enum SharedText {
    /// Part of the program.
    Static(&'static str),
    /// Made while it runs.
    Shared(Arc<str>),
}

impl SharedText {
    /// The bytes that the text takes on the heap, with what the allocator adds. Clones share them.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Static(_) => 0,
            Self::Shared(text) => text.len() + 32,
        }
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl Default for SharedText {
    fn default() -> Self {
        Self::Static("")
    }
}

impl From<&'static str> for SharedText {
    fn from(text: &'static str) -> Self {
        Self::Static(text)
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

impl From<Arc<str>> for SharedText {
    fn from(text: Arc<str>) -> Self {
        Self::Shared(text)
    }
}

impl PartialEq for SharedText {
    fn eq(&self, other: &Self) -> bool {
        *self == **other
    }
}

impl Eq for SharedText {}

impl PartialEq<str> for SharedText {
    fn eq(&self, other: &str) -> bool {
        // The same text is handed on again and again.
        (self.as_ptr(), self.len()) == (other.as_ptr(), other.len()) || **self == *other
    }
}

impl PartialEq<&str> for SharedText {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Debug for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_text_comes_from_makes_no_difference() {
        let [fixed, made] = [SharedText::from("a\"b"), SharedText::from("a\"b".to_owned())];
        assert_eq!(fixed, made);
        assert_eq!(made, "a\"b");
        assert_ne!(made, SharedText::from("a".to_owned()));
        assert_eq!(format!("{fixed:?} {made:?} {made:>4}|"), "\"a\\\"b\" \"a\\\"b\"  a\"b|");
    }

    #[test]
    fn a_clone_is_the_same_text() {
        let made = SharedText::from("made".to_owned());
        assert_eq!(made.as_ptr(), made.clone().as_ptr());
    }
}
