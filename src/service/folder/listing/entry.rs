//! The entries of a listing, their order, and what is searched for among them.

use std::{borrow::Cow, cmp::Ordering, ffi::OsString};

use percent_encoding::percent_encode;

use super::super::path::NOT_PCHAR;

/// A file or folder in the listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) is_dir: bool,
    pub(super) name: Box<[u8]>,
    /// Length in bytes; meaningless for folders.
    pub(super) len: u64,
    /// Last modification, in seconds since 1970. `None`: unknown to the file system.
    pub(super) modified: Option<i64>,
}

/// What is searched for.
#[derive(Debug)]
pub(super) struct Search {
    /// As it was typed.
    pub(super) text: String,
    /// Its words, in lower case. A name has to hold each of them.
    words: Vec<String>,
}

impl Search {
    pub(super) fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(str::to_lowercase).collect();
        Self { text: text.to_owned(), words }
    }

    pub(super) fn finds(&self, name: &str) -> bool {
        self.words.is_empty() || {
            let name = name.to_lowercase();
            self.words.iter().all(|word| name.contains(&**word))
        }
    }
}

impl Entry {
    /// The name as text. Bytes that are not UTF-8 become U+FFFD.
    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.name)
    }

    /// The relative reference to the entry. `None`: no link, since a path with a backslash is refused.
    pub(super) fn href(&self) -> Option<String> {
        let slash = if self.is_dir { "/" } else { "" };
        // RFC 3986 §4.2: a colon in the first segment would end a scheme.
        (!self.name.contains(&b'\\')).then(|| format!("./{}{slash}", percent_encode(&self.name, NOT_PCHAR)))
    }

    /// Approximate size in memory, in bytes.
    pub(super) const fn cost(&self) -> usize {
        size_of::<Self>() + self.name.len() + 16
    }
}

/// Folders first, then by name, ignoring case, with numbers in their order: `a2` before `a10`.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.is_dir.cmp(&self.is_dir))
            .then_with(|| natural(&self.name, &other.name))
            .then_with(|| self.name.cmp(&other.name))
    }
}

/// Compares names as people sort them.
pub(super) fn natural(mut left: &[u8], mut right: &[u8]) -> Ordering {
    loop {
        let (Some(first), Some(second)) = (left.first(), right.first()) else {
            return left.len().cmp(&right.len());
        };
        let (order, past) = if first.is_ascii_digit() && second.is_ascii_digit() {
            let numbers = (digits(left), digits(right));
            (by_value(numbers.0, numbers.1), (numbers.0.len(), numbers.1.len()))
        } else {
            (first.to_ascii_lowercase().cmp(&second.to_ascii_lowercase()), (1, 1))
        };
        if order.is_ne() {
            return order;
        }
        (left, right) = (&left[past.0..], &right[past.1..]);
    }
}

/// Compares numbers of any length, whatever zeros they begin with.
fn by_value(left: &[u8], right: &[u8]) -> Ordering {
    let zeros = |digits: &[u8]| digits.iter().take_while(|digit| **digit == b'0').count();
    let (left, right) = (&left[zeros(left)..], &right[zeros(right)..]);
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// The digits at the start of a name.
fn digits(name: &[u8]) -> &[u8] {
    &name[..name.iter().take_while(|byte| byte.is_ascii_digit()).count()]
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(unix)]
pub(super) fn bytes(name: OsString) -> Vec<u8> {
    std::os::unix::ffi::OsStringExt::into_vec(name)
}

#[cfg(not(unix))]
pub(super) fn bytes(name: OsString) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}
