//! Which rows are shown: a line of text, as words and comparisons.

use crate::store::{model::Outcome, summary::Summary};

/// A parsed filter. Words are looked for in method, target and status (ASCII case does not matter);
/// `status>=400`, `method=GET`, `path~api`, `conn=3`, `time>100` (ms), `size>1000` (bytes)
/// compare; `is:open` and `is:error` choose by state. All parts must hold. Empty: everything.
///
/// Operators: `=` `!=` `>` `>=` `<` `<=` `~` (contains) `!~`, also written `≠` `≥` `≤`. Times take `ms`, `s` or `us`
/// at their end, sizes `k`, `m` or `g`; `status=4xx` takes a class. `!part` or `-part` turns a part around.
/// `method:GET` is written in other programs: here it is `method=GET`, and `path:api` is `path~api`.
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
    /// Somewhere in method, target or status.
    Word(Text),
    /// A text compared with one of the row's: whether all of it must be equal (else a part), and whether
    /// that must not be.
    Text(TextKey, bool, bool, Text),
    /// A number compared with one of the row's.
    Number(NumberKey, Operator, u64),
    /// The status has this first digit; or must not.
    StatusClass(u16, bool),
    /// How the exchange stands.
    State(StateKey),
}

/// A text to look for, in ASCII lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Text(Box<str>);

/// What can be compared.
const KEYS: [&str; 10] =
    ["status", "method", "path", "target", "url", "conn", "connection", "id", "time", "size"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextKey {
    Method,
    Path,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberKey {
    Status,
    Connection,
    /// The exchange's own number.
    Exchange,
    /// In nanoseconds.
    Time,
    /// Bytes of the response.
    Size,
}

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StateKey {
    /// Not ended.
    Open,
    /// Refused, aborted, or answered with 400 and above.
    Error,
    /// Refused because its bytes break a rule of the protocol.
    Malformed,
    /// Ended before its response was written whole.
    Aborted,
}

impl Filter {
    /// Reads a filter line.
    ///
    /// # Errors
    /// In plain words, what part of it cannot be understood.
    pub fn parse(line: &str) -> Result<Self, String> {
        let parts: Result<Vec<Part>, String> = words(line)?.iter().map(Part::parse).collect();
        Ok(Self { parts: parts? })
    }

    /// Whether it lets everything pass.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether `exchange` is shown.
    #[must_use]
    pub fn matches(&self, exchange: &Summary<'_>) -> bool {
        self.parts.iter().all(|part| part.test.holds(exchange) != part.negated)
    }
}

/// A word of the line, quotes removed.
#[derive(Debug, Default)]
struct Word {
    text: String,
    /// Byte index in `text` of the first quoted character: what follows is meant literally.
    quoted: Option<usize>,
}

/// The line's words. Spaces inside quotes do not separate.
fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut inside = false;
    for c in line.chars() {
        match c {
            '"' => {
                inside = !inside;
                word.quoted.get_or_insert(word.text.len());
            }
            c if c.is_whitespace() && !inside => {
                if !word.text.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                word = Word::default();
            }
            c => word.text.push(c),
        }
    }
    if inside {
        return Err("a quote is not closed".to_owned());
    }
    if !word.text.is_empty() {
        words.push(word);
    }
    Ok(words)
}

impl Part {
    fn parse(word: &Word) -> Result<Self, String> {
        let literal = word.quoted == Some(0);
        let stripped = word.text.strip_prefix(['!', '-']).filter(|rest| !literal && !rest.is_empty());
        let (negated, text) = stripped.map_or((false, word.text.as_str()), |rest| (true, rest));
        let quoted = word.quoted.map(|index| index - usize::from(negated).min(index));
        if quoted == Some(0) {
            return Ok(Self { negated, test: Test::Word(Text::new(text)) });
        }
        if let Some(state) = text.strip_prefix("is:") {
            return Ok(Self { negated, test: Test::State(StateKey::parse(state)?) });
        }
        // Only what stands before the quotes can hold an operator; a target may hold `=` too, so the key in
        // front of it decides.
        let before = &text[..quoted.unwrap_or(text.len())];
        if let Some((key, _)) = before.split_once(':')
            && let Some(key) = KEYS.into_iter().find(|known| known.eq_ignore_ascii_case(key))
        {
            let value = &text[key.len() + 1..];
            if value.is_empty() {
                return Err(format!("{key}: needs a value"));
            }
            let is_path = matches!(key, "path" | "target" | "url");
            let operator = if is_path { Operator::Contains } else { Operator::Is };
            return Ok(Self { negated, test: Test::compare(key, ":", operator, value)? });
        }
        let Some((start, sign, operator)) = Operator::find(before) else {
            return Ok(Self { negated, test: Test::Word(Text::new(text)) });
        };
        let (key, value) = (&text[..start], &text[start + sign.len()..]);
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Ok(Self { negated, test: Test::Word(Text::new(text)) });
        }
        if value.is_empty() {
            return Err(format!("{key}{sign} needs a value"));
        }
        Ok(Self { negated, test: Test::compare(&key.to_ascii_lowercase(), sign, operator, value)? })
    }
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
}

impl Test {
    /// Reads a comparison.
    fn compare(name: &str, sign: &str, operator: Operator, value: &str) -> Result<Self, String> {
        let text = |key| match operator {
            Operator::Is => Ok(Self::Text(key, true, false, Text::new(value))),
            Operator::IsNot => Ok(Self::Text(key, true, true, Text::new(value))),
            Operator::Contains => Ok(Self::Text(key, false, false, Text::new(value))),
            Operator::ContainsNot => Ok(Self::Text(key, false, true, Text::new(value))),
            _ => Err(format!("{sign} compares numbers, and {name} is text")),
        };
        let number = |key, value| match operator {
            Operator::Contains | Operator::ContainsNot => {
                Err(format!("{sign} looks into text, and {name} is a number"))
            }
            _ => Ok(Self::Number(key, operator, value)),
        };
        match name {
            "method" => text(TextKey::Method),
            "path" | "target" | "url" => text(TextKey::Path),
            "status" => match value.strip_suffix("xx").and_then(|class| class.parse().ok()) {
                Some(class @ 1..=5) if operator == Operator::Is => Ok(Self::StatusClass(class, false)),
                Some(class @ 1..=5) if operator == Operator::IsNot => Ok(Self::StatusClass(class, true)),
                _ => number(NumberKey::Status, plain(value)?),
            },
            "conn" | "connection" => number(NumberKey::Connection, plain(value)?),
            "id" => number(NumberKey::Exchange, plain(value)?),
            "time" => number(NumberKey::Time, scaled(value, &TIMES)?),
            "size" => number(NumberKey::Size, scaled(value, &SIZES)?),
            _ => {
                Err(format!("{name:?} cannot be compared; status, method, path, conn, id, time and size can"))
            }
        }
    }

    fn holds(&self, exchange: &Summary<'_>) -> bool {
        match self {
            Self::Word(text) => {
                text.is_in(exchange.method)
                    || text.is_in(exchange.target)
                    || exchange.status.is_some_and(|status| text.is_in(&status.0.to_string()))
            }
            Self::Text(key, whole, turned, text) => {
                let found = match key {
                    TextKey::Method => exchange.method,
                    TextKey::Path => exchange.target,
                };
                let holds = if *whole { found.eq_ignore_ascii_case(&text.0) } else { text.is_in(found) };
                holds != *turned
            }
            Self::Number(key, operator, wanted) => {
                let found = match key {
                    NumberKey::Status => match exchange.status {
                        Some(status) => u64::from(status.0),
                        // Nothing to compare with: it is certainly not that status.
                        None => return *operator == Operator::IsNot,
                    },
                    NumberKey::Connection => exchange.conn.get(),
                    NumberKey::Exchange => exchange.id.get(),
                    NumberKey::Time => exchange.took(),
                    NumberKey::Size => exchange.response_bytes,
                };
                operator.holds(found, *wanted)
            }
            Self::StatusClass(class, turned) => {
                exchange.status.is_some_and(|status| status.class() == *class) != *turned
            }
            Self::State(state) => state.holds(exchange),
        }
    }
}

impl StateKey {
    fn parse(word: &str) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_str() {
            "open" => Ok(Self::Open),
            "error" => Ok(Self::Error),
            "malformed" => Ok(Self::Malformed),
            "aborted" => Ok(Self::Aborted),
            _ => Err(format!("is:{word} is not known; is:open, is:error, is:malformed and is:aborted are")),
        }
    }

    fn holds(self, exchange: &Summary<'_>) -> bool {
        match self {
            Self::Open => !exchange.outcome.ended(),
            Self::Error => {
                exchange.outcome == Outcome::Aborted
                    || exchange.refusal.is_some()
                    || exchange.status.is_some_and(|status| status.class() >= 4)
            }
            Self::Malformed => exchange.breaks_protocol(),
            Self::Aborted => exchange.outcome == Outcome::Aborted,
        }
    }
}

impl Text {
    fn new(text: &str) -> Self {
        Self(text.to_ascii_lowercase().into())
    }

    /// Whether it is a part of `whole`. No copy is made: a list asks this of every row.
    fn is_in(&self, whole: &str) -> bool {
        let wanted = self.0.as_bytes();
        whole.as_bytes().windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
    }
}

/// Units of time, in nanoseconds. Longer names first: `ms` ends with `s`. A plain number is in the last.
const TIMES: [(&str, u32); 4] = [("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("", 1_000_000)];
/// Units of size, in bytes.
const SIZES: [(&str, u32); 8] = [
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("k", 1_000),
    ("m", 1_000_000),
    ("g", 1_000_000_000),
    ("b", 1),
    ("", 1),
];

fn plain(value: &str) -> Result<u64, String> {
    value.parse().map_err(|_| format!("{value:?} is not a whole number"))
}

/// A number with a unit: `1.5s`, `20k`.
fn scaled(value: &str, units: &[(&str, u32)]) -> Result<u64, String> {
    let lower = value.to_ascii_lowercase();
    let unit = units.iter().find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, *factor)));
    let number = unit.and_then(|(digits, factor)| {
        let number: f64 = digits.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then(|| number * f64::from(factor))
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be positive; too large a number becomes the largest"
    )]
    number.map(|number| number.round() as u64).ok_or_else(|| format!("{value:?} is not a number"))
}

#[cfg(test)]
mod tests;
