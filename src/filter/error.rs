//! Errors in filters, with their position.

use std::{error::Error, fmt, ops::Range};

use super::keys::{KEYS, Kind, Vocabulary};

/// A mistake in a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The bytes of the filter that are wrong: at least one, and whole characters.
    pub span: Range<usize>,
    /// The error.
    pub kind: FilterErrorKind,
}

/// An error in a part of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterErrorKind {
    /// A quote is opened and not closed.
    QuoteOpen,
    /// Nothing stands behind this key and operator.
    ValueMissing(String),
    /// This is not a whole number.
    NotWhole(String),
    /// This is not a number.
    NotNumber(String),
    /// An operator that compares numbers stands behind a key that is text.
    TextCompared {
        /// The operator.
        sign: &'static str,
        /// The key.
        key: &'static str,
    },
    /// An operator that looks into texts stands behind a key that is a number.
    NumberSearched {
        /// The operator.
        sign: &'static str,
        /// The key.
        key: &'static str,
    },
    /// There is no key of this name.
    UnknownKey(String),
    /// There is no flag of this name.
    UnknownFlag(String),
    /// Nothing of this name is known of a message on its way.
    NotOnTheWay(String, Vocabulary),
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use FilterErrorKind as Is;
        match &self.kind {
            Is::QuoteOpen => f.write_str("this quote is not closed"),
            Is::ValueMissing(key) => write!(f, "{key} needs a value"),
            Is::NotWhole(value) => write!(f, "{value:?} is not a whole number"),
            Is::NotNumber(value) => write!(f, "{value:?} is not a number"),
            Is::TextCompared { sign, key } => write!(f, "{sign} compares numbers, and {key} is text"),
            Is::NumberSearched { sign, key } => write!(f, "{sign} searches text, and {key} is a number"),
            Is::UnknownKey(name) => {
                let names = KEYS.iter().filter(|key| !matches!(key.kind, Kind::Flag(_)));
                write!(f, "{name:?} cannot be compared; {} can", listed(names.map(|key| key.name)))
            }
            Is::UnknownFlag(name) => {
                let flags = KEYS.iter().filter(|key| matches!(key.kind, Kind::Flag(_)));
                write!(f, "is:{name} is unknown; there are {}", listed(flags.map(|key| key.example)))
            }
            Is::NotOnTheWay(name, vocabulary) => {
                let message = if *vocabulary == Vocabulary::Requests { "request" } else { "response" };
                let names = listed(vocabulary.keys().iter().map(|key| key.name));
                write!(f, "{name:?} is not known of a {message} on its way; {names} are")
            }
        }
    }
}

impl Error for FilterError {}

/// `a, b and c`.
fn listed(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    names.split_last().map_or_else(String::new, |(last, first)| format!("{} and {last}", first.join(", ")))
}
