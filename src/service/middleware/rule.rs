//! What the lists of rules have in common: each rule is a line of text, has a number and can be switched off.

use std::{fmt, str::FromStr};

use crate::{
    filter::FilterError,
    http::forward::FieldProblem,
    trace::{Phase, StepSummary},
};

/// Upper bound on the rules of a list.
pub const RULES_MAX: usize = 64;
/// Upper bound on the text of a rule, in bytes.
const TEXT_BYTES_MAX: usize = 4096;

/// A rule in a list. Its number is its place, from 1, whether it is on or not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Switched<R: Line> {
    /// Whether the rule acts.
    pub is_on: bool,
    /// The rule.
    #[serde(with = "as_line")]
    pub rule: R,
}

/// A rule that is written as a line of text.
pub trait Line: FromStr<Err = RuleError> + fmt::Display {
    /// The message that the rule acts on.
    fn phase(&self) -> Phase;
}

impl<R: Line> From<R> for Switched<R> {
    fn from(rule: R) -> Self {
        Self { is_on: true, rule }
    }
}

/// The rules that are on, with their numbers.
pub(super) fn acting<R: Line>(rules: &[Switched<R>]) -> impl Iterator<Item = (u32, &R)> {
    rules.iter().zip(1..).filter(|(rule, _)| rule.is_on).map(|(rule, number)| (number, &rule.rule))
}

/// Whether a rule that is on acts on this message.
pub(super) fn acts_on<R: Line>(rules: &[Switched<R>], phase: Phase) -> bool {
    acting(rules).any(|(_, rule)| rule.phase() == phase)
}

/// What the rules did to a message: `told`, or `nothing` if none of those for it did anything.
pub(super) fn summary<R: Line>(
    told: &[String],
    nothing: &'static str,
    rules: &[Switched<R>],
    phase: Phase,
) -> StepSummary {
    match (told.is_empty(), acts_on(rules, phase)) {
        (false, _) => told.join(", ").into(),
        (true, true) => nothing.into(),
        (true, false) => "no rule for it".into(),
    }
}

/// Why a line is not a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// The line is longer than [`TEXT_BYTES_MAX`].
    TooLong,
    /// The line does not begin with the message that it is about.
    NoPhase,
    /// What follows is none of these words.
    Expected {
        /// The words, with commas.
        words: String,
        /// What was found.
        found: String,
    },
    /// This is not a time, or too long.
    NotATime(String),
    /// This is not a number of bytes, or too large.
    NotBytes(String),
    /// This does not say by how much a length is wrong.
    NotALength(String),
    /// This is not a share.
    NotAShare(String),
    /// This word does not belong there.
    Unexpected(String),
    /// There is no colon behind the name of the field.
    NoColon,
    /// The field may not be changed so.
    Field(FieldProblem),
    /// The condition cannot be understood.
    Condition(FilterError),
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "A rule has at most {TEXT_BYTES_MAX} bytes."),
            Self::NoPhase => f.write_str("A rule begins with the word request or response."),
            Self::Expected { words, found } => write!(f, "Expected one of {words}, found {found:?}."),
            Self::NotATime(found) => write!(f, "Expected a time up to 60 s, as in 200ms, found {found:?}."),
            Self::NotBytes(found) => write!(f, "Expected a number of bytes, as in 10k, found {found:?}."),
            Self::NotALength(found) => {
                write!(f, "Expected by how much the length is wrong, as in +10 or -5, found {found:?}.")
            }
            Self::NotAShare(found) => write!(f, "Expected a share from 1% to 100%, found {found:?}."),
            Self::Unexpected(found) => write!(f, "Did not expect {found:?} there."),
            Self::NoColon => f.write_str("Expected a field as in X-Name: value."),
            Self::Field(FieldProblem::NotAName(name)) => write!(f, "{name:?} is not a field name."),
            Self::Field(FieldProblem::NotAValue(value)) => {
                write!(f, "{value:?} is not a field value: it may have visible ASCII and spaces only.")
            }
            Self::Field(FieldProblem::Own(name)) => write!(
                f,
                "{name} frames the message or belongs to one connection, so byteglass writes it itself."
            ),
            Self::Condition(error) => write!(f, "In the condition: {}.", error.explained()),
        }
    }
}

impl std::error::Error for RuleError {}

impl From<FieldProblem> for RuleError {
    fn from(problem: FieldProblem) -> Self {
        Self::Field(problem)
    }
}

impl From<FilterError> for RuleError {
    fn from(error: FilterError) -> Self {
        Self::Condition(error)
    }
}

/// The word for a phase in a rule.
pub(super) const fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Request => "request",
        Phase::Response => "response",
    }
}

/// The phase that a rule begins with, and what stands behind it.
pub(super) fn take_phase(text: &str) -> Result<(Phase, &str), RuleError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(RuleError::TooLong);
    }
    let (word, rest) = take_word(text);
    match word {
        "request" => Ok((Phase::Request, rest)),
        "response" => Ok((Phase::Response, rest)),
        _ => Err(RuleError::NoPhase),
    }
}

/// The first word, and what stands behind it.
pub(super) fn take_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim_start()))
}

/// The form of a rule in the settings file: its line.
mod as_line {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::Line;

    pub(super) fn serialize<S: Serializer>(rule: &impl Line, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(rule)
    }

    pub(super) fn deserialize<'de, R: Line, D: Deserializer<'de>>(deserializer: D) -> Result<R, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
