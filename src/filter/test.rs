//! The single tests of a filter: a word, a comparison, a flag.

use std::ops::Range;

use super::{
    error::FilterError,
    error::FilterErrorKind as Wrong,
    keys::{ContentKey, FlagKey, Kind, NumberKey, Side, TextKey, Unit},
    named::{Named, flag},
    number::{SIZES, TIMES, plain, scaled},
    operator::{Found, Operator},
    subject::{Asked, Subject},
    table::Vocabulary,
    text::Text,
    token::Word,
};

/// A test of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// A text somewhere in method, target or status.
    Word(Text),
    /// A text compared with one of the subject's.
    Text {
        key: TextKey,
        /// Whether the comparison is negated.
        turned: bool,
        wanted: Wanted,
    },
    /// A number compared with one of the subject's.
    Number(NumberKey, Operator, u64),
    /// The status has this first digit; or, if turned, has not.
    StatusClass { class: u64, turned: bool },
    /// A flag of the subject.
    Flag(FlagKey),
    /// Something that only the bytes of the messages tell.
    Content {
        asked: Asked,
        /// Whether the comparison is negated.
        turned: bool,
        wanted: Wanted,
    },
}

/// What a text must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The whole text.
    Whole(Text),
    /// A part of it.
    Part(Text),
    /// A number that compares so.
    Number(Operator, u64),
}

impl Wanted {
    fn holds(&self, found: &[u8]) -> bool {
        match self {
            Self::Whole(text) => text.is_whole(found),
            Self::Part(text) => text.is_in(found),
            Self::Number(operator, wanted) => {
                let number = str::from_utf8(found).ok().and_then(|text| text.trim().parse().ok());
                number.is_some_and(|number| operator.holds(number, *wanted))
            }
        }
    }
}

impl Test {
    /// Reads a word of a filter.
    pub(super) fn parse(word: &Word, vocabulary: Vocabulary) -> Result<Self, FilterError> {
        let text = word.text.as_str();
        if word.quoted == Some(0) {
            return Ok(Self::Word(Text::new(text)));
        }
        if let Some(name) = text.strip_prefix("is:") {
            let unknown = || match vocabulary {
                Vocabulary::Exchanges => Wrong::UnknownFlag(name.to_owned()),
                _ => Wrong::NotOnTheWay(text.to_owned(), vocabulary),
            };
            return flag(name, vocabulary)
                .map(Self::Flag)
                .ok_or_else(|| word.error(&(0..text.len()), unknown()));
        }
        // Only what stands before the quotes can hold an operator; a target may hold `=` too, so the key in
        // front of it decides.
        let before = word.plain();
        if let Some(at) = before.find(':')
            && let Some(named) = Named::find(&before[..at], vocabulary)
        {
            let contains = matches!(
                named.key.kind,
                Kind::Text { contains: true, .. } | Kind::Content { contains: true, .. }
            );
            let operator = if contains { Operator::Contains } else { Operator::Is };
            return Self::compare(word, &named, Found { at, sign: ":", operator }, vocabulary);
        }
        let Some(found) = Operator::find(before) else { return Ok(Self::Word(Text::new(text))) };
        let name = &text[..found.at];
        match Named::find(name, vocabulary) {
            Some(named) => Self::compare(word, &named, found, vocabulary),
            None if !is_like_a_key(name) => Ok(Self::Word(Text::new(text))),
            // What is missing is said before what is unknown: it may still be typed.
            None if found.at + found.sign.len() == text.len() => {
                Err(word.error(&(0..text.len()), Wrong::ValueMissing(text.to_owned())))
            }
            None => Err(word.error(&(0..found.at), unknown(name, vocabulary))),
        }
    }

    /// Reads a comparison of `named`, with the operator `found` behind it.
    fn compare(
        word: &Word,
        named: &Named<'_>,
        found: Found,
        vocabulary: Vocabulary,
    ) -> Result<Self, FilterError> {
        let Found { at, sign, operator } = found;
        let signed = at..at + sign.len();
        let value = signed.end..word.text.len();
        if value.is_empty() {
            return Err(word.error(&(0..value.end), Wrong::ValueMissing(word.text.clone())));
        }
        let Some(kind) = named.kind(vocabulary) else {
            let on_the_way = named.key.sides.contains(&named.side);
            let wrong = if on_the_way {
                Wrong::NotOnTheWay(word.text[..at].to_owned(), vocabulary)
            } else {
                Wrong::NoSuchSide(named.key.name, named.key.sides)
            };
            return Err(word.error(&(0..at), wrong));
        };
        let wanted = &word.text[value.clone()];
        let text_wanted = || match operator.on_text() {
            Some((true, turned)) => Ok((turned, Wanted::Whole(Text::new(wanted)))),
            Some((false, turned)) => Ok((turned, Wanted::Part(Text::new(wanted)))),
            None => Err(word.error(&signed, Wrong::TextCompared { sign, key: named.key.name })),
        };
        match kind {
            Kind::Text { key, .. } => {
                let (turned, wanted) = text_wanted()?;
                Ok(Self::Text { key, turned, wanted })
            }
            Kind::Content { key, .. } => {
                let asked = Asked { key, side: named.side, field: named.field.to_ascii_lowercase().into() };
                // The value of a field may be a number.
                let (turned, wanted) = if key == ContentKey::Header && operator.on_text().is_none() {
                    let number = scaled(wanted, &SIZES).map_err(|kind| word.error(&value, kind))?;
                    (false, Wanted::Number(operator, number))
                } else {
                    text_wanted()?
                };
                Ok(Self::Content { asked, turned, wanted })
            }
            Kind::Number(key, unit) => Self::number(word, named, (key, unit), found, &value),
            Kind::Flag(flag) => Ok(Self::Flag(flag)),
        }
    }

    /// Reads a comparison of a number with the text at `value`.
    fn number(
        word: &Word,
        named: &Named<'_>,
        (key, unit): (NumberKey, Unit),
        Found { at, sign, operator }: Found,
        value: &Range<usize>,
    ) -> Result<Self, FilterError> {
        let wanted = &word.text[value.clone()];
        if let (Unit::Status, Some(class)) = (unit, status_class(wanted))
            && matches!(operator, Operator::Is | Operator::IsNot)
        {
            return Ok(Self::StatusClass { class, turned: operator == Operator::IsNot });
        }
        let read = match unit {
            Unit::Plain | Unit::Status => plain(wanted),
            Unit::Time => scaled(wanted, &TIMES),
            Unit::Size => scaled(wanted, &SIZES),
        };
        let wanted = read.map_err(|kind| word.error(value, kind))?;
        if matches!(operator, Operator::Contains | Operator::ContainsNot) {
            let wrong = Wrong::NumberSearched { sign, key: named.key.name };
            return Err(word.error(&(at..at + sign.len()), wrong));
        }
        Ok(Self::Number(key, operator, wanted))
    }

    /// Whether the test holds. `None`: only bytes that `subject` does not have at hand would tell.
    pub(super) fn judge(&self, subject: &impl Subject) -> Option<bool> {
        Some(match self {
            Self::Word(text) => {
                let status = || subject.number(NumberKey::Status);
                text.is_in(subject.text(TextKey::Method).as_bytes())
                    || text.is_in(subject.text(TextKey::Target).as_bytes())
                    || status().is_some_and(|status| text.is_in(status.to_string().as_bytes()))
            }
            Self::Text { key, turned, wanted } => {
                subject.has_text(*key, &|found| wanted.holds(found.as_bytes())) != *turned
            }
            Self::Number(key, operator, wanted) => match subject.number(*key) {
                Some(found) => operator.holds(found, *wanted),
                // Nothing to compare with: it is certainly not that number.
                None => *operator == Operator::IsNot,
            },
            Self::StatusClass { class, turned } => {
                let status = subject.number(NumberKey::Status);
                status.is_some_and(|status| status / 100 == *class) != *turned
            }
            Self::Flag(flag) => subject.flag(*flag),
            Self::Content { asked, turned, wanted } => {
                subject.has_content(asked, &|found| wanted.holds(found))? != *turned
            }
        })
    }

    /// Whether the test holds where nothing is known of what it asks for.
    pub(super) const fn holds_of_nothing(&self) -> bool {
        matches!(self, Self::Content { turned: true, .. })
    }
}

/// Whether a name in front of an operator is meant as a key.
fn is_like_a_key(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.')
}

/// The mistake that a name is which no key has.
fn unknown(name: &str, vocabulary: Vocabulary) -> Wrong {
    let name = name.to_ascii_lowercase();
    let (_, bare) = Side::split(&name);
    match vocabulary {
        _ if matches!(bare, "header" | "header." | "field" | "field.") => Wrong::FieldMissing(name),
        Vocabulary::Exchanges => Wrong::UnknownKey(name),
        _ => Wrong::NotOnTheWay(name, vocabulary),
    }
}

/// The 4 in `4xx`. `None`: the value is not of that form.
fn status_class(value: &str) -> Option<u64> {
    let class = value.strip_suffix("xx")?.parse().ok()?;
    (1..=5).contains(&class).then_some(class)
}
