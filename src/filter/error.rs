//! Errors in filters, with their position and what to write instead.

use std::{error::Error, fmt, ops::Range};

use super::{
    keys::{Key, Kind, Side},
    table::{KEYS, Vocabulary},
};

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
    /// A parenthesis is opened and not closed.
    NotClosed,
    /// A parenthesis is closed that was not opened.
    NotOpened,
    /// A part is missing beside `and`, `or` or `not`, or between parentheses.
    PartMissing,
    /// Too many parentheses or negations stand inside each other.
    TooDeep,
    /// Nothing stands behind this key and operator.
    ValueMissing(String),
    /// The name of the field is missing behind this key.
    FieldMissing(String),
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
    /// The key cannot be asked of this message; these are the messages that it can be asked of.
    NoSuchSide(&'static str, &'static [Side]),
    /// There is no key of this name.
    UnknownKey(String),
    /// There is no flag of this name.
    UnknownFlag(String),
    /// Nothing of this name is known of a message on its way.
    NotOnTheWay(String, Vocabulary),
}

impl FilterError {
    /// The error and what to write instead.
    #[must_use]
    pub fn explained(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self}; {hint}"),
            None => self.to_string(),
        }
    }

    /// What to write instead, as a sentence without a full stop. `None`: the error says it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        use FilterErrorKind as Is;
        Some(match &self.kind {
            Is::NotOpened => "quote it to look for it: \")\"".to_owned(),
            Is::PartMissing => {
                "and, or and not join parts: status>=400 and not path~api; quote a word to look for it: \"and\""
                    .to_owned()
            }
            Is::ValueMissing(text) => {
                let name = text.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
                let key = KEYS.iter().find(|key| key.name.eq_ignore_ascii_case(name))?;
                format!("for example {}", key.example)
            }
            Is::FieldMissing(name) => format!("for example {}.accept~json", name.trim_end_matches('.')),
            Is::NotNumber(_) => "for example 250, 1.5s or 20k".to_owned(),
            Is::TextCompared { key, .. } => format!("use {key}= or {key}~"),
            Is::NumberSearched { key, .. } => format!("use {key}=, {key}> or {key}<"),
            Is::UnknownKey(name) => match nearest(name) {
                Some(key) => format!("did you mean {}?", key.beginning()),
                None => format!("the keys are {}", listed(compared(KEYS))),
            },
            Is::UnknownFlag(_) => {
                let flags = KEYS.iter().filter(|key| matches!(key.kind, Kind::Flag(_)));
                format!("there are {}", listed(flags.map(|key| key.example)))
            }
            Is::NotOnTheWay(_, vocabulary) => format!("{} are", listed(compared(vocabulary.keys()))),
            Is::QuoteOpen | Is::NotClosed | Is::TooDeep | Is::NotWhole(_) | Is::NoSuchSide(..) => {
                return None;
            }
        })
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use FilterErrorKind as Is;
        match &self.kind {
            Is::QuoteOpen => f.write_str("this quote is not closed"),
            Is::NotClosed => f.write_str("this parenthesis is not closed"),
            Is::NotOpened => f.write_str("this parenthesis closes none"),
            Is::PartMissing => f.write_str("a part is missing here"),
            Is::TooDeep => f.write_str("too many parentheses stand inside each other"),
            Is::ValueMissing(key) => write!(f, "{key} needs a value"),
            Is::FieldMissing(key) => write!(f, "{key} needs the name of a field"),
            Is::NotWhole(value) => write!(f, "{value:?} is not a whole number"),
            Is::NotNumber(value) => write!(f, "{value:?} is not a number"),
            Is::TextCompared { sign, key } => write!(f, "{sign} compares numbers, and {key} is text"),
            Is::NumberSearched { sign, key } => write!(f, "{sign} searches text, and {key} is a number"),
            Is::NoSuchSide(key, sides) => match sides {
                [Side::Request] => write!(f, "{key} belongs to the request"),
                [Side::Response] => write!(f, "{key} belongs to the response"),
                _ => write!(f, "{key} belongs to neither message"),
            },
            Is::UnknownKey(name) => write!(f, "{name:?} is no key"),
            Is::UnknownFlag(name) => write!(f, "is:{name} is unknown"),
            Is::NotOnTheWay(name, vocabulary) => {
                let message = if *vocabulary == Vocabulary::Requests { "request" } else { "response" };
                write!(f, "{name:?} is not known of a {message} on its way")
            }
        }
    }
}

impl Error for FilterError {}

/// The beginnings of the keys that are compared.
fn compared(keys: &'static [Key]) -> impl Iterator<Item = &'static str> {
    keys.iter().filter(|key| !matches!(key.kind, Kind::Flag(_))).map(Key::beginning)
}

/// `a, b and c`.
fn listed(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    names.split_last().map_or_else(String::new, |(last, first)| format!("{} and {last}", first.join(", ")))
}

/// The key whose name differs from `name` in at most a third of its letters. `None`: there is none.
fn nearest(name: &str) -> Option<&'static Key> {
    let (_, bare) = Side::split(name);
    // A field has its name behind the key.
    let bare = bare.split_once('.').map_or(bare, |(key, field)| if field.is_empty() { bare } else { key });
    let names = |key: &'static Key| std::iter::once(key.name).chain(key.aliases.iter().copied());
    let all = KEYS.iter().flat_map(|key| names(key).map(move |known| (key, edits(bare, known))));
    let (key, edits) = all.min_by_key(|(_, edits)| *edits)?;
    (edits <= bare.len().max(3) / 3).then_some(key)
}

/// Number of letters to insert, remove or replace to make one text of the other.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, c) in one.chars().take(32).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (at, known) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(*known != c);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
