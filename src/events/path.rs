//! Paths into JSON, such as `choices[0].delta.content`.

use std::{fmt, ops::Range};

use serde_json::Value;

/// A path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// The member of an object with this name.
    Member(String),
    /// The element of an array at this place, from 0.
    Element(usize),
}

/// What is wrong with the text of a path, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// The kind of fault.
    pub fault: PathFault,
    /// The bytes of the text at fault. Empty: something is missing there.
    pub range: Range<usize>,
}

/// A fault in the text of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFault {
    /// No name where one has to be.
    NameMissing,
    /// A bracket that is not closed.
    BracketOpen,
    /// A bracket that was not opened.
    BracketClose,
    /// Neither a number nor a name in quotes between brackets.
    NotAnIndex,
    /// A name in quotes that does not end, or with an escape that JSON does not have.
    Quotes,
    /// Something other than a dot or a bracket after a bracket.
    AfterBracket,
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameMissing => "A name is missing here.",
            Self::BracketOpen => "This bracket is not closed.",
            Self::BracketClose => "No bracket was opened before this one.",
            Self::NotAnIndex => {
                "Between brackets stands a number, as in [0], or a name in quotes, as in [\"a\"]."
            }
            Self::Quotes => "This is no name in quotes.",
            Self::AfterBracket => "A dot or another bracket has to follow a bracket.",
        })
    }
}

impl Path {
    /// Reads the text of a path. Names follow each other with dots, places in arrays stand in brackets, and so does a
    /// name in quotes that has a dot or a bracket in it. An empty path leads to the whole of a JSON text.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut steps = Vec::new();
        let mut at = text.len() - text.trim_start().len();
        let end = text.trim_end().len();
        let mut needs_name = false;
        while at < end || needs_name {
            let rest = &text[at..end.max(at)];
            if rest.starts_with('[') && !needs_name {
                let (step, len) = bracket(rest, at)?;
                steps.push(step);
                at += len;
            } else {
                let len = rest.find(['.', '[', ']']).unwrap_or(rest.len());
                if rest[len..].starts_with(']') {
                    return Err(fault(PathFault::BracketClose, at + len..at + len + 1));
                }
                if len == 0 {
                    return Err(fault(PathFault::NameMissing, at..at));
                }
                steps.push(Step::Member(rest[..len].to_owned()));
                at += len;
            }
            needs_name = false;
            match text[at..end].chars().next() {
                Some('.') => {
                    at += 1;
                    needs_name = true;
                }
                Some('[') | None => {}
                Some(other) => {
                    let kind = if other == ']' { PathFault::BracketClose } else { PathFault::AfterBracket };
                    return Err(fault(kind, at..at + other.len_utf8()));
                }
            }
        }
        Ok(Self { steps })
    }

    /// The value to which the path leads. `None`: it leads nowhere.
    #[must_use]
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(value, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Element(index) => value.get(index),
        })
    }
}

/// The step between the brackets at the beginning of `rest`, and its length.
fn bracket(rest: &str, at: usize) -> Result<(Step, usize), PathError> {
    if let Some(quoted) = rest[1..].strip_prefix('"') {
        let mut is_escaped = false;
        let close = quoted.char_indices().find(|(_, letter)| {
            let closes = *letter == '"' && !is_escaped;
            is_escaped = *letter == '\\' && !is_escaped;
            closes
        });
        let Some((len, _)) = close else { return Err(fault(PathFault::Quotes, at + 1..at + rest.len())) };
        let name = serde_json::from_str(&rest[1..len + 3]);
        let name = name.map_err(|_| fault(PathFault::Quotes, at + 1..at + len + 3))?;
        return match rest[len + 3..].chars().next() {
            Some(']') => Ok((Step::Member(name), len + 4)),
            Some(other) => Err(fault(PathFault::NotAnIndex, at + len + 3..at + len + 3 + other.len_utf8())),
            None => Err(fault(PathFault::BracketOpen, at..at + 1)),
        };
    }
    let Some(close) = rest.find(']') else { return Err(fault(PathFault::BracketOpen, at..at + 1)) };
    let digits = &rest[1..close];
    let index = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    index
        .map(|index| (Step::Element(index), close + 1))
        .ok_or_else(|| fault(PathFault::NotAnIndex, at + 1..at + close))
}

const fn fault(fault: PathFault, range: Range<usize>) -> PathError {
    PathError { fault, range }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_into_json() {
        let value = json!({"choices": [{"delta": {"content": "Hi"}}, 7], "a.b": {"c d": true}, "0": null});
        for (path, found) in [
            ("choices[0].delta.content", Some(json!("Hi"))),
            ("  choices[1] ", Some(json!(7))),
            ("[\"choices\"][0][\"delta\"].content", Some(json!("Hi"))),
            ("[\"a.b\"].c d", Some(json!(true))),
            ("[\"a\\u002eb\"][\"c d\"]", Some(json!(true))),
            ("0", Some(json!(null))),
            ("", Some(value.clone())),
            ("choices.delta", None),
            ("choices[2]", None),
            ("[0]", None),
            ("choices[0].delta.content.x", None),
        ] {
            let read = Path::parse(path).unwrap();
            assert_eq!(read.find(&value), found.as_ref(), "{path}");
        }
    }

    #[test]
    fn a_fault_is_named_where_it_is() {
        for (path, kind, range) in [
            (".a", PathFault::NameMissing, 0..0),
            ("a.", PathFault::NameMissing, 2..2),
            ("a..b", PathFault::NameMissing, 2..2),
            ("a.[0]", PathFault::NameMissing, 2..2),
            ("a[", PathFault::BracketOpen, 1..2),
            ("a[0", PathFault::BracketOpen, 1..2),
            ("a]", PathFault::BracketClose, 1..2),
            ("a[0]]", PathFault::BracketClose, 4..5),
            ("a[x]", PathFault::NotAnIndex, 2..3),
            ("a[]", PathFault::NotAnIndex, 2..2),
            ("a[-1]", PathFault::NotAnIndex, 2..4),
            ("a[99999999999999999999999]", PathFault::NotAnIndex, 2..25),
            ("a[\"b]", PathFault::Quotes, 2..5),
            ("a[\"\\x\"]", PathFault::Quotes, 2..6),
            ("a[\"b\"", PathFault::BracketOpen, 1..2),
            ("a[\"b\"é]", PathFault::NotAnIndex, 5..7),
            ("a[0]b", PathFault::AfterBracket, 4..5),
        ] {
            assert_eq!(Path::parse(path), Err(PathError { fault: kind, range }), "{path}");
        }
    }

    #[test]
    fn any_text_is_a_path_or_has_a_fault_within_it() {
        let letters = ['a', '.', '[', ']', '"', '\\', '0', 'é', ' '];
        for index in 0..letters.len().pow(5) {
            let text: String =
                (0..5_u32).map(|digit| letters[index / letters.len().pow(digit) % letters.len()]).collect();
            if let Err(error) = Path::parse(&text) {
                assert!(text.get(error.range.clone()).is_some(), "{text:?}: {error:?}");
            }
        }
    }
}
