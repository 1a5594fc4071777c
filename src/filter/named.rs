//! Finds the key that a filter names, with a side in front of it or the name of a field behind it.

use super::{
    keys::{ContentKey, FlagKey, Key, Kind, NumberKey, Side, TextKey, behind},
    table::Vocabulary,
};

/// A key as a filter names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    /// The key.
    pub(super) key: &'static Key,
    /// The side in front of it.
    pub(super) side: Side,
    /// The name of the field behind `header.`. Empty: the key is another one.
    pub(super) field: &'a str,
}

impl<'a> Named<'a> {
    /// The key that `name` names, which is compared. ASCII case does not matter. `None`: there is none.
    pub(super) fn find(name: &'a str, vocabulary: Vocabulary) -> Option<Self> {
        let (side, bare) = Side::split(name);
        let called = |known: &str| known.eq_ignore_ascii_case(bare);
        let mut keys = vocabulary.keys().iter().filter(|key| !matches!(key.kind, Kind::Flag(_)));
        keys.find_map(|key| {
            if key.is_header() {
                let field = field_of(bare, key.beginning())
                    .or_else(|| key.aliases.iter().find_map(|alias| field_of(bare, alias)))?;
                return Some(Self { key, side, field });
            }
            let is_it = called(key.name) || key.aliases.iter().any(|alias| called(alias));
            is_it.then_some(Self { key, side, field: "" })
        })
    }

    /// What is compared. `None`: the key has no such side.
    pub(super) fn kind(&self, vocabulary: Vocabulary) -> Option<Kind> {
        if self.side != Side::Either && !self.key.sides.contains(&self.side) {
            return None;
        }
        Some(match (self.key.kind, self.side, vocabulary) {
            (Kind::Number(NumberKey::Size, unit), Side::Request, _) => {
                Kind::Number(NumberKey::RequestSize, unit)
            }
            (Kind::Text { key: TextKey::MediaType, contains }, Side::Request, Vocabulary::Exchanges) => {
                Kind::Content { key: ContentKey::RequestType, contains }
            }
            // A rule that acts on the one message knows nothing of the other's fields.
            (
                Kind::Text { key: TextKey::MediaType, .. } | Kind::Content { .. },
                Side::Request,
                Vocabulary::Responses,
            )
            | (
                Kind::Text { key: TextKey::MediaType, .. } | Kind::Content { .. },
                Side::Response,
                Vocabulary::Requests,
            ) => {
                return None;
            }
            (kind, ..) => kind,
        })
    }
}

/// The name of a field behind `prefix`. `None`: `text` does not begin with `prefix`, or nothing is behind it.
fn field_of<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    behind(text, prefix).filter(|field| !field.is_empty())
}

/// The flag with this name. ASCII case does not matter. `None`: there is none.
pub(super) fn flag(name: &str, vocabulary: Vocabulary) -> Option<FlagKey> {
    vocabulary.keys().iter().filter(|key| key.name.eq_ignore_ascii_case(name)).find_map(|key| {
        match key.kind {
            Kind::Flag(flag) => Some(flag),
            _ => None,
        }
    })
}
