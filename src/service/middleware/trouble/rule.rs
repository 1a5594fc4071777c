//! Rules of Trouble: what is done to a message on purpose, how often, and to which messages.

use std::{fmt, str::FromStr};

use crate::trace::Phase;

use super::{
    super::{
        condition::Condition,
        rule::{Line, RuleError, phase_word, take_phase},
    },
    mischief::Mischief,
};

/// A rule: `response cut 512 share 10% where path=/api/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TroubleRule {
    /// The message that the rule acts on.
    pub phase: Phase,
    /// What the rule does.
    pub mischief: Mischief,
    /// To how many in a hundred messages it is done.
    pub share: u32,
    /// Which messages the rule acts on.
    pub condition: Condition,
}

impl Line for TroubleRule {
    fn phase(&self) -> Phase {
        self.phase
    }
}

impl FromStr for TroubleRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (phase, _) = take_phase(text)?;
        let (text, condition) = Condition::split(text, phase)?;
        let (_, rest) = take_phase(text)?;
        let mut words = rest.split_whitespace().peekable();
        let mischief = Mischief::read(&mut words)?;
        let share = if words.next_if_eq(&"share").is_some() { share(words.next())? } else { 100 };
        match words.next() {
            Some(word) => Err(RuleError::Unexpected(word.to_owned())),
            None => Ok(Self { phase, mischief, share, condition }),
        }
    }
}

impl fmt::Display for TroubleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{} {}", phase_word(self.phase), self.mischief);
        if self.share < 100 {
            text = format!("{text} share {}%", self.share);
        }
        self.condition.write(f, &text)
    }
}

fn share(word: Option<&str>) -> Result<u32, RuleError> {
    let word = word.unwrap_or_default();
    let share = word.strip_suffix('%').and_then(|digits| digits.parse().ok());
    share.filter(|share| (1..=100).contains(share)).ok_or_else(|| RuleError::NotAShare(word.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for text in [
            "response latency 200ms",
            "request latency 200ms jitter 50ms share 5%",
            "response rate 10k where type~image",
            "response rate 2m",
            "response rate 7",
            "response cut 512 where path=/api/* status=200",
            "request reset",
            "response half-close share 50%",
            "response length +10",
            "response length -5 where method=GET",
            "request 502 share 10% where path=/api/*",
        ] {
            let rule: TroubleRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), text);
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
        let same: TroubleRule = "response  latency 1.5s  share 100%".parse().unwrap();
        assert_eq!(same.to_string(), "response latency 1500ms");
    }

    #[test]
    fn what_is_no_rule_is_refused_with_a_sentence() {
        for (text, said) in [
            ("latency 5ms", "A rule begins with the word request or response."),
            (
                "response sleep",
                "Expected one of latency, rate, cut, reset, half-close, length, 502, found \"sleep\".",
            ),
            ("response latency", "Expected a time up to 60 s, as in 200ms, found \"\"."),
            ("response latency 61s", "Expected a time up to 60 s, as in 200ms, found \"61s\"."),
            ("response rate 0", "Expected a number of bytes, as in 10k, found \"0\"."),
            ("response cut x", "Expected a number of bytes, as in 10k, found \"x\"."),
            ("response length 5", "Expected by how much the length is wrong, as in +10 or -5, found \"5\"."),
            (
                "response length +0",
                "Expected by how much the length is wrong, as in +10 or -5, found \"+0\".",
            ),
            ("response 502 share 0%", "Expected a share from 1% to 100%, found \"0%\"."),
            ("response 502 often", "Did not expect \"often\" there."),
        ] {
            assert_eq!(text.parse::<TroubleRule>().unwrap_err().to_string(), said, "{text}");
        }
    }
}
