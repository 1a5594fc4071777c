//! Changes that rules make to the fields of a message.

use crate::{
    base::{closed_list::closed_list, shared_text::SharedText},
    http::{
        encode::Fields,
        grammar::{is_token, is_value},
    },
};

use super::{
    hop::{has_prefix, is_read_as},
    origin::{Origin, Tracked},
};

/// A row of the table of actions.
#[derive(Clone, Copy, Debug)]
pub struct FieldActionFacts {
    /// The word in a rule: `set`.
    pub word: &'static str,
    /// The word in the past tense: `set`, `added`, `removed`.
    pub past: &'static str,
}

closed_list! {
    /// What a rule does with a field.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum FieldAction: pub FieldActionFacts {
        /// The value becomes the only one of this name.
        Set { word: "set", past: "set" },
        /// The line is added to those of this name.
        Add { word: "add", past: "added" },
        /// All lines of this name are taken out.
        Remove { word: "remove", past: "removed" },
    }
}

/// Fields that frame the message, belong to one connection, or are written by this program with each message.
const OWN: [&[u8]; 12] = [
    b"connection",
    b"content-length",
    b"date",
    b"expect",
    b"host",
    b"keep-alive",
    b"max-forwards",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"via",
];

/// Why a rule may not have this field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    /// The name is not a token (RFC 9110 §5.1).
    NotAName(String),
    /// The value has bytes that no value has (RFC 9110 §5.5).
    NotAValue(String),
    /// The field frames the message or belongs to the connection, so this program writes it itself.
    Own(String),
}

/// One change of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldEdit {
    /// What is done.
    pub action: FieldAction,
    /// The name.
    pub name: SharedText,
    /// The value. Empty if the field is removed.
    pub value: SharedText,
}

impl FieldEdit {
    /// A change that keeps to the grammar of fields.
    ///
    /// # Errors
    /// The name or the value cannot be that of such a field.
    pub fn new(action: FieldAction, name: &str, value: &str) -> Result<Self, FieldProblem> {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(FieldProblem::NotAName(name.to_owned()));
        }
        let bytes = name.as_bytes();
        if OWN.iter().any(|own| is_read_as(bytes, own)) || has_prefix(bytes, b"proxy-") {
            return Err(FieldProblem::Own(name.to_owned()));
        }
        let value = value.trim_matches([' ', '\t']);
        if !value.bytes().all(|byte| byte.is_ascii() && is_value(byte)) {
            return Err(FieldProblem::NotAValue(value.to_owned()));
        }
        let value = if action == FieldAction::Remove { "" } else { value };
        Ok(Self { action, name: name.to_owned().into(), value: value.to_owned().into() })
    }

    /// Makes the change in fields that this program writes.
    pub fn apply_to(&self, fields: &mut Fields) {
        match self.action {
            FieldAction::Set => fields.set(self.name.clone(), self.value.clone()),
            FieldAction::Add => fields.append(self.name.clone(), self.value.clone()),
            FieldAction::Remove => fields.remove(&self.name),
        }
    }
}

/// Changes to the fields of a message that arrived, and that goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldEdits {
    /// One entry for each name, in the order in which they were changed first.
    names: Vec<EditedName>,
}

/// What becomes of the lines of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EditedName {
    name: SharedText,
    /// Whether the lines that arrived are left out.
    drops: bool,
    lines: Vec<WrittenLine>,
}

/// A field line that a rule wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenLine {
    /// The value.
    pub value: SharedText,
    /// The number of the rule, from 1. 0: the switch for isolated pages.
    pub rule: u32,
}

impl FieldEdits {
    /// Whether nothing is changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Makes the change of the rule of this number.
    pub fn apply(&mut self, rule: u32, edit: &FieldEdit) {
        let known = self.names.iter().position(|known| known.name.eq_ignore_ascii_case(&edit.name));
        let index = known.unwrap_or_else(|| {
            self.names.push(EditedName { name: edit.name.clone(), drops: false, lines: Vec::new() });
            self.names.len() - 1
        });
        let Some(known) = self.names.get_mut(index) else { return };
        if edit.action != FieldAction::Add {
            known.drops = true;
            known.lines.clear();
        }
        if edit.action != FieldAction::Remove {
            known.lines.push(WrittenLine { value: edit.value.clone(), rule });
        }
    }

    /// Adds the changes that were made after these.
    pub fn extend(&mut self, later: Self) {
        for edited in later.names {
            match self.names.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&edited.name)) {
                Some(known) if edited.drops => *known = edited,
                Some(known) => known.lines.extend(edited.lines),
                None => self.names.push(edited),
            }
        }
    }

    /// Forgets what was written for a name, which something else has set since.
    pub fn forget(&mut self, name: &str) {
        self.names.retain(|known| !known.name.eq_ignore_ascii_case(name));
    }

    /// Whether the lines of this name that arrived are left out.
    #[must_use]
    pub fn drops(&self, name: &[u8]) -> bool {
        self.of(name).is_some_and(|known| known.drops)
    }

    /// The lines that were written for this name, in order.
    #[must_use]
    pub fn lines(&self, name: &[u8]) -> &[WrittenLine] {
        self.of(name).map_or(&[], |known| &known.lines)
    }

    /// The names that are changed, in the order in which they were changed first.
    pub fn names(&self) -> impl Iterator<Item = &SharedText> {
        self.names.iter().map(|known| &known.name)
    }

    /// All lines that were written: name and line.
    pub fn written(&self) -> impl Iterator<Item = (&SharedText, &WrittenLine)> {
        self.names.iter().flat_map(|known| known.lines.iter().map(|line| (&known.name, line)))
    }

    fn of(&self, name: &[u8]) -> Option<&EditedName> {
        self.names.iter().find(|known| known.name.as_bytes().eq_ignore_ascii_case(name))
    }
}

impl Tracked<'_> {
    /// Writes the lines of rules.
    pub(super) fn edits(&mut self, edits: Option<&FieldEdits>) {
        for (name, line) in edits.into_iter().flat_map(FieldEdits::written) {
            let origin = Origin::of_rule(line.rule);
            for part in [name.as_bytes(), b": ", line.value.as_bytes(), b"\r\n"] {
                self.write_as(origin, part);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn edit(action: FieldAction, name: &str, value: &str) -> FieldEdit {
        FieldEdit::new(action, name, value).unwrap()
    }

    #[test]
    fn what_frames_a_message_or_ends_a_line_is_refused() {
        let new = |name: &str, value: &str| FieldEdit::new(FieldAction::Set, name, value);
        for name in [
            "Content-Length",
            "content_length",
            "Transfer-Encoding",
            "Connection",
            "Host",
            "TE",
            "Upgrade",
            "Proxy-X",
        ] {
            assert_eq!(new(name, "1"), Err(FieldProblem::Own(name.to_owned())));
        }
        for name in ["", "a b", "a:", "a\r\n", "\u{e9}", "a\0"] {
            assert_eq!(new(name, "1"), Err(FieldProblem::NotAName(name.to_owned())));
        }
        for value in ["a\r\nSet-Cookie: x", "a\n", "a\0", "\u{7f}", "\u{e9}"] {
            assert_eq!(new("X-A", value), Err(FieldProblem::NotAValue(value.to_owned())));
        }
        assert_eq!(&*new("X-A", "  a\tb ").unwrap().value, "a\tb");
        assert_eq!(&*edit(FieldAction::Remove, "X-A", "x").value, "");
    }

    #[test]
    fn several_changes_of_one_name_act_in_their_order() {
        let mut edits = FieldEdits::default();
        edits.apply(1, &edit(FieldAction::Add, "X-A", "1"));
        assert!(!edits.drops(b"x-a"));
        edits.apply(2, &edit(FieldAction::Set, "x-a", "2"));
        edits.apply(3, &edit(FieldAction::Add, "X-A", "3"));
        edits.apply(4, &edit(FieldAction::Remove, "X-B", ""));
        let lines: Vec<_> = edits.lines(b"X-a").iter().map(|line| (&*line.value, line.rule)).collect();
        assert_eq!((lines, edits.drops(b"X-A")), (vec![("2", 2), ("3", 3)], true));
        assert!(edits.drops(b"x-b") && edits.lines(b"x-b").is_empty());
        let mut later = FieldEdits::default();
        later.apply(5, &edit(FieldAction::Add, "X-A", "5"));
        later.apply(6, &edit(FieldAction::Set, "X-B", "6"));
        edits.extend(later);
        let written: Vec<_> =
            edits.written().map(|(name, line)| (&**name, &*line.value, line.rule)).collect();
        assert_eq!(written, [("X-A", "2", 2), ("X-A", "3", 3), ("X-A", "5", 5), ("X-B", "6", 6)]);
        edits.forget("x-A");
        assert_eq!(edits.names().map(|name| &**name).collect::<Vec<_>>(), ["X-B"]);
    }
}
