//! The language of filters: from text to an expression.

use std::ops::Range;

use super::{
    error::{FilterError, FilterErrorKind},
    keys::{self, FlagKey, Key, Kind, NumberKey, TextKey, Unit, Vocabulary},
    number::{SIZES, TIMES, plain, scaled},
    subject::Subject,
};

/// A parsed filter. Words are looked for in method, target and status (ASCII case does not matter);
/// `status>=400`, `method=GET`, `path~api`, `conn=3`, `time>100` (ms), `size>1000` (bytes)
/// compare; `is:open` and `is:error` choose by state. All parts must hold. Empty: everything.
///
/// Operators: `=` `!=` `>` `>=` `<` `<=` `~` (contains) `!~`, also written `≠` `≥` `≤`. Times take `ms`, `s` or `us`
/// at their end, sizes `k`, `m` or `g`; `status=4xx` takes a class. `!part` or `-part` turns a part around.
/// `method:GET` is written in other programs: here it is `method=GET`, and `path:api` is `path~api`. In what text is
/// to be equal to, `*` stands for any characters: `path=/api/*`.
/// Quotes keep spaces: `"a b"`, `path~"a b"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    parts: Vec<Part>,
}

/// One part, and whether it must not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    /// A text somewhere in method, target or status.
    Word(Text),
    /// A text compared with one of the subject's.
    Text {
        key: TextKey,
        /// Whether the whole text must be equal, rather than a part of it.
        whole: bool,
        /// Whether the comparison is negated.
        turned: bool,
        wanted: Text,
    },
    /// A number compared with one of the subject's.
    Number(NumberKey, Operator, u64),
    /// The status has this first digit; or, if turned, has not.
    StatusClass { class: u64, turned: bool },
    /// A flag of the subject.
    Flag(FlagKey),
}

/// A text to look for, in ASCII lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Text(Box<str>);

/// A way to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
    More,
    AtLeast,
    Less,
    AtMost,
}

impl Filter {
    /// Reads a filter for captured exchanges.
    ///
    /// # Errors
    /// The first part that cannot be understood, and why.
    pub fn parse(line: &str) -> Result<Self, FilterError> {
        Self::parse_for(line, Vocabulary::Exchanges)
    }

    /// Reads a filter that uses the keys of `vocabulary`.
    ///
    /// # Errors
    /// The first part that cannot be understood, and why.
    pub fn parse_for(line: &str, vocabulary: Vocabulary) -> Result<Self, FilterError> {
        let parts: Result<Vec<Part>, FilterError> =
            words(line)?.iter().map(|word| Part::parse(word, vocabulary)).collect();
        Ok(Self { parts: parts? })
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether `subject` passes.
    #[must_use]
    pub fn matches(&self, subject: &impl Subject) -> bool {
        self.parts.iter().all(|part| part.test.holds(subject) != part.negated)
    }
}

/// A word of the line, quotes removed.
#[derive(Debug, Default)]
struct Word {
    text: String,
    /// Byte index in `text` of the first quoted character: what follows is meant literally.
    quoted: Option<usize>,
    /// Where in the line each byte of `text` stands.
    places: Vec<usize>,
}

impl Word {
    /// The place in the line of a part of `text` that is not empty.
    fn place(&self, part: &Range<usize>) -> Range<usize> {
        let at = |index: usize| self.places.get(index).copied().unwrap_or_default();
        at(part.start)..at(part.end - 1) + 1
    }

    /// The mistake that a part of `text` is.
    fn error(&self, part: Range<usize>, kind: FilterErrorKind) -> FilterError {
        FilterError { span: self.place(&part), kind }
    }
}

/// The line's words. Spaces inside quotes do not separate.
fn words(line: &str) -> Result<Vec<Word>, FilterError> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut opened = None;
    for (index, c) in line.char_indices() {
        match c {
            '"' => {
                opened = if opened.is_none() { Some(index) } else { None };
                word.quoted.get_or_insert(word.text.len());
            }
            c if c.is_whitespace() && opened.is_none() => {
                let done = std::mem::take(&mut word);
                words.extend((!done.text.is_empty()).then_some(done));
            }
            c => {
                word.text.push(c);
                word.places.extend(index..index + c.len_utf8());
            }
        }
    }
    if let Some(start) = opened {
        return Err(FilterError { span: start..line.len(), kind: FilterErrorKind::QuoteOpen });
    }
    words.extend((!word.text.is_empty()).then_some(word));
    Ok(words)
}

impl Part {
    fn parse(word: &Word, vocabulary: Vocabulary) -> Result<Self, FilterError> {
        let whole = word.text.as_str();
        let literal = word.quoted == Some(0);
        let negated = !literal && whole.len() > 1 && whole.starts_with(['!', '-']);
        let start = usize::from(negated);
        if word.quoted == Some(start) {
            return Ok(Self { negated, test: Test::word(&whole[start..]) });
        }
        let test = Test::parse(word, start, vocabulary)?;
        Ok(Self { negated, test })
    }
}

impl Test {
    fn word(text: &str) -> Self {
        Self::Word(Text::new(text))
    }

    /// Reads what stands in `word` from `start` on.
    fn parse(word: &Word, start: usize, vocabulary: Vocabulary) -> Result<Self, FilterError> {
        let text = &word.text[start..];
        if let Some(name) = text.strip_prefix("is:") {
            let unknown = || match vocabulary {
                Vocabulary::Exchanges => FilterErrorKind::UnknownFlag(name.to_owned()),
                _ => FilterErrorKind::NotOnTheWay(text.to_owned(), vocabulary),
            };
            return keys::flag(name, vocabulary)
                .map(Self::Flag)
                .ok_or_else(|| word.error(start..word.text.len(), unknown()));
        }
        // Only what stands before the quotes can hold an operator; a target may hold `=` too, so the key in
        // front of it decides.
        let before = &word.text[start..word.quoted.unwrap_or(word.text.len()).max(start)];
        if let Some(colon) = before.find(':')
            && let Some(key) = keys::compared(&before[..colon], vocabulary)
        {
            let contains = matches!(key.kind, Kind::Text { contains: true, .. });
            let operator = if contains { Operator::Contains } else { Operator::Is };
            return Self::compare(word, key, start..start + colon, (":", operator));
        }
        let Some((at, sign, operator)) = Operator::find(before) else { return Ok(Self::word(text)) };
        let name = &text[..at];
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.') {
            return Ok(Self::word(text));
        }
        match keys::compared(name, vocabulary) {
            Some(key) => Self::compare(word, key, start..start + at, (sign, operator)),
            // What is missing is said before what is unknown: it may still be typed.
            None if at + sign.len() == text.len() => {
                Err(word.error(start..word.text.len(), FilterErrorKind::ValueMissing(text.to_owned())))
            }
            None => {
                let name = name.to_ascii_lowercase();
                let kind = match vocabulary {
                    Vocabulary::Exchanges => FilterErrorKind::UnknownKey(name),
                    _ => FilterErrorKind::NotOnTheWay(name, vocabulary),
                };
                Err(word.error(start..start + at, kind))
            }
        }
    }

    /// Reads a comparison of `key`, whose name stands at `name` with the operator behind it.
    fn compare(
        word: &Word,
        key: &Key,
        name: Range<usize>,
        (sign, operator): (&'static str, Operator),
    ) -> Result<Self, FilterError> {
        let signed = name.end..name.end + sign.len();
        let value = signed.end..word.text.len();
        if value.is_empty() {
            let text = word.text[name.start..].to_owned();
            return Err(word.error(name.start..value.end, FilterErrorKind::ValueMissing(text)));
        }
        let wanted = &word.text[value.clone()];
        match key.kind {
            Kind::Text { key: text, .. } => match operator.on_text() {
                Some((whole, turned)) => {
                    Ok(Self::Text { key: text, whole, turned, wanted: Text::new(wanted) })
                }
                None => Err(word.error(signed, FilterErrorKind::TextCompared { sign, key: key.name })),
            },
            Kind::Number(number, unit) => {
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
                    return Err(word.error(signed, FilterErrorKind::NumberSearched { sign, key: key.name }));
                }
                Ok(Self::Number(number, operator, wanted))
            }
            Kind::Flag(flag) => Ok(Self::Flag(flag)),
        }
    }

    fn holds(&self, subject: &impl Subject) -> bool {
        match self {
            Self::Word(text) => {
                let status = || subject.number(NumberKey::Status);
                text.is_in(subject.text(TextKey::Method))
                    || text.is_in(subject.text(TextKey::Target))
                    || status().is_some_and(|status| text.is_in(&status.to_string()))
            }
            Self::Text { key, whole, turned, wanted } => {
                let holds = |found: &str| {
                    if *whole { wanted.is_whole(found) } else { wanted.is_in(found) }
                };
                subject.has_text(*key, &holds) != *turned
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
        }
    }
}

/// The first digit in `4xx`. `None`: the value is not of that form.
fn status_class(value: &str) -> Option<u64> {
    let class = value.strip_suffix("xx")?.parse().ok()?;
    (1..=5).contains(&class).then_some(class)
}

impl Operator {
    /// The first operator in `text`, the longest one that stands there, and where.
    fn find(text: &str) -> Option<(usize, &'static str, Self)> {
        const ALL: [(&str, Operator); 14] = [
            ("!=", Operator::IsNot),
            ("!~", Operator::ContainsNot),
            (">=", Operator::AtLeast),
            ("<=", Operator::AtMost),
            ("==", Operator::Is),
            ("≠", Operator::IsNot),
            ("≥", Operator::AtLeast),
            ("⩾", Operator::AtLeast),
            ("≤", Operator::AtMost),
            ("⩽", Operator::AtMost),
            ("=", Operator::Is),
            (">", Operator::More),
            ("<", Operator::Less),
            ("~", Operator::Contains),
        ];
        // Of those at the same place, the first in the table is the longest.
        let found = ALL.iter().filter_map(|(sign, operator)| Some((text.find(sign)?, *sign, *operator)));
        found.min_by_key(|(start, ..)| *start)
    }

    /// Whether it compares `found` with `wanted` so.
    fn holds(self, found: u64, wanted: u64) -> bool {
        match self {
            Self::Is | Self::Contains => found == wanted,
            Self::IsNot | Self::ContainsNot => found != wanted,
            Self::More => found > wanted,
            Self::AtLeast => found >= wanted,
            Self::Less => found < wanted,
            Self::AtMost => found <= wanted,
        }
    }

    /// The kind of text comparison: whether the whole text must be equal, and whether the comparison is
    /// negated. `None`: compares numbers only.
    const fn on_text(self) -> Option<(bool, bool)> {
        match self {
            Self::Is => Some((true, false)),
            Self::IsNot => Some((true, true)),
            Self::Contains => Some((false, false)),
            Self::ContainsNot => Some((false, true)),
            Self::More | Self::AtLeast | Self::Less | Self::AtMost => None,
        }
    }
}

impl Text {
    fn new(text: &str) -> Self {
        Self(text.to_ascii_lowercase().into())
    }

    /// Whether it is `found`. A `*` in it stands for any characters.
    fn is_whole(&self, found: &str) -> bool {
        let mut parts = self.0.split('*');
        let (Some(first), found) = (parts.next(), found.as_bytes()) else { return false };
        let begins = |text: &[u8], part: &str| {
            text.get(..part.len()).is_some_and(|start| start.eq_ignore_ascii_case(part.as_bytes()))
        };
        if !begins(found, first) {
            return false;
        }
        let mut rest = &found[first.len()..];
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            match (0..=rest.len()).find(|at| begins(&rest[*at..], part)) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.len() >= last.len() && begins(&rest[rest.len() - last.len()..], last)
    }

    /// Whether it is a part of `whole`. No copy is made: a list asks this of every row.
    fn is_in(&self, whole: &str) -> bool {
        let wanted = self.0.as_bytes();
        whole.as_bytes().windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
    }
}
