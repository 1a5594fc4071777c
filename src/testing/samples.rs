//! Samples of closed lists whose variants hold values.

use crate::{http::Rule, trace::NoteKind};

impl NoteKind {
    /// A note of each kind, in the order of [`NoteKind::KEYS`]. A test compares the two.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::Violation(Rule::BareLineFeed.into(), None),
            Self::FileShrank(4),
            Self::FileFailed("no".into()),
            Self::BytesAfterLast(5),
            Self::Text("text".into()),
        ]
    }
}
