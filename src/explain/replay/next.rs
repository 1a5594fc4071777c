//! What each of the 256 bytes would do, if it came next.

use crate::{
    base::closed_list::{closed_list, keyed},
    explain::kinds::Kind,
    trace::Cause,
    wire::{SpanRole, Verdict},
};

/// A row of the table of effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectFacts {
    /// The stable name in JSON.
    pub key: &'static str,
    /// The effect in a word or two.
    pub title: &'static str,
}

closed_list! {
    /// The effect of a byte.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Effect: pub EffectFacts {
        /// The token goes on, or one begins.
        GoesOn { key: "goes_on", title: "goes on" },
        /// A token, a line or a head is complete.
        Ends { key: "ends", title: "ends a part" },
        /// The message is complete.
        EndsMessage { key: "ends_message", title: "ends the message" },
        /// A rule is broken.
        Breaks { key: "breaks", title: "breaks a rule" },
        /// The machine does not read it.
        Unread { key: "unread", title: "is not read" },
    }
}

keyed!(Effect);

/// What a byte would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next(Verdict<Kind, Cause>);

impl Next {
    pub(super) const fn new(verdict: Verdict<Kind, Cause>) -> Self {
        Self(verdict)
    }

    /// The effect.
    #[must_use]
    pub fn effect(self) -> Effect {
        match self.0 {
            Verdict::Ends(kind, Some(_)) if kind.role() == SpanRole::Separator => Effect::GoesOn,
            Verdict::GoesOn(_) | Verdict::Begins(_) => Effect::GoesOn,
            Verdict::Ends(..) | Verdict::EndsHead => Effect::Ends,
            Verdict::EndsMessage => Effect::EndsMessage,
            Verdict::Breaks(_) => Effect::Breaks,
            Verdict::Unread => Effect::Unread,
        }
    }

    /// The rule that would be broken. `None`: none would.
    #[must_use]
    pub const fn rule(self) -> Option<Cause> {
        match self.0 {
            Verdict::Breaks(rule) => Some(rule),
            _ => None,
        }
    }

    /// The effect in words: `ends the field name`. Of a rule: its sentence.
    #[must_use]
    pub fn words(self) -> String {
        match self.0 {
            // A separator ends with the first byte of what it separates.
            Verdict::Ends(kind, Some(next)) if kind.role() == SpanRole::Separator => begins(next),
            Verdict::GoesOn(Some(kind)) => format!("goes on with the {}", kind.name()),
            Verdict::GoesOn(None) => "goes on".to_owned(),
            Verdict::Begins(kind) => begins(kind),
            Verdict::Ends(kind, _) => match kind.name() {
                "end of line" => "ends the line".to_owned(),
                name => format!("ends the {name}"),
            },
            Verdict::EndsHead => "ends the head".to_owned(),
            Verdict::EndsMessage => "ends the message".to_owned(),
            Verdict::Breaks(rule) => format!("breaks a rule: {}", rule.sentence()),
            Verdict::Unread => "is not read".to_owned(),
        }
    }
}

fn begins(kind: Kind) -> String {
    match kind.name() {
        name if name.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("begins an {name}"),
        name => format!("begins a {name}"),
    }
}

/// A group of bytes that would do the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they would do.
    pub next: Next,
    /// The bytes, ascending.
    pub bytes: Vec<u8>,
}

/// The bytes, grouped by what they would do: first those with which the message goes on, last those that break rules;
/// then the larger groups first.
#[must_use]
pub fn groups(all: &[Next]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (byte, next) in (0..=u8::MAX).zip(all) {
        match groups.iter_mut().find(|group| group.next == *next) {
            Some(group) => group.bytes.push(byte),
            None => groups.push(Group { next: *next, bytes: vec![byte] }),
        }
    }
    groups.sort_by_key(|group| (group.next.effect(), std::cmp::Reverse(group.bytes.len())));
    groups
}

/// Bytes in a few characters: `0x00–space A–Z a–z`.
#[must_use]
pub fn ranges(bytes: &[u8]) -> String {
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for &byte in bytes {
        match runs.last_mut() {
            Some((first, last)) if *last + 1 == byte && same_class(*first, byte) => *last = byte,
            _ => runs.push((byte, byte)),
        }
    }
    let words = runs.into_iter().map(|(first, last)| match last - first {
        0 => name(first),
        1 => format!("{} {}", name(first), name(last)),
        _ => format!("{}–{}", name(first), name(last)),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether two bytes may stand in one range: letters of one case, digits, signs, and the others.
fn same_class(one: u8, other: u8) -> bool {
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 3,
        b'!'..=b'~' => 4,
        _ => 0,
    };
    class(one) == class(other)
}

/// A byte as it is called: a sign as itself, others by their names or in hexadecimal.
#[must_use]
pub fn name(byte: u8) -> String {
    match byte {
        b'\t' => "HTAB".to_owned(),
        b'\n' => "LF".to_owned(),
        b'\r' => "CR".to_owned(),
        b' ' => "space".to_owned(),
        b'!'..=b'~' => char::from(byte).to_string(),
        _ => format!("0x{byte:02x}"),
    }
}
