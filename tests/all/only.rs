//! A part of the vectors or rows instead of all: those whose name contains the text in `ONLY`.

/// The text. `None`: all are wanted.
pub(crate) fn only() -> Option<String> {
    std::env::var("ONLY").ok().filter(|text| !text.is_empty())
}

/// Whether the one of this name is wanted.
pub(crate) fn is_wanted(name: &str) -> bool {
    only().is_none_or(|only| name.contains(&only))
}
