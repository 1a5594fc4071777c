//! Causes of refusals: a rule of the protocol, or a decision of this program.

use serde::{Serialize, Serializer};

use crate::{
    http::{Rule, Status},
    lines, websocket,
    wire::Class,
};

use super::refusal::Refusal;

/// Why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The bytes of the message break a rule of HTTP.
    Rule(Rule),
    /// A message of lines breaks a rule.
    Lines(lines::Rule),
    /// A WebSocket frame breaks a rule.
    WebSocket(websocket::Rule),
    /// This program does not serve the request.
    Refusal(Refusal),
}

impl Cause {
    /// The stable name of the cause, in files and in JSON. No rule and no refusal share one.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.key(),
            Self::Lines(rule) => rule.key(),
            Self::WebSocket(rule) => rule.key(),
            Self::Refusal(refusal) => refusal.key(),
        }
    }

    /// The cause with this key. `None`: unknown key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::all().find(|cause| cause.key() == key)
    }

    /// All causes: the rules, then the refusals.
    pub fn all() -> impl Iterator<Item = Self> {
        let rules = Rule::ALL.into_iter().map(Self::Rule);
        let rules = rules.chain(lines::Rule::ALL.map(Self::Lines));
        let rules = rules.chain(websocket::Rule::ALL.map(Self::WebSocket));
        rules.chain(Refusal::ALL.map(Self::Refusal))
    }

    /// The status of the response. For a protocol without statuses: the corresponding status of HTTP.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Rule(rule) => match rule.facts().status {
                Some(status) => status,
                // RFC 9110 §15.6.3: a gateway "received an invalid response from an inbound server".
                None => Status(502),
            },
            Self::Lines(rule) => match rule.facts().class {
                Some(_) => Status(400),
                None => Status(503),
            },
            Self::WebSocket(_) => Status(400),
            Self::Refusal(refusal) => refusal.facts().status,
        }
    }

    /// The kind of fault in the request itself. `None`: the request is well-formed and complete.
    #[must_use]
    pub const fn class(self) -> Option<Class> {
        match self {
            Self::Rule(rule) => Some(rule.facts().class),
            Self::Lines(rule) => rule.facts().class,
            Self::WebSocket(rule) => Some(rule.facts().class),
            Self::Refusal(refusal) => refusal.facts().class,
        }
    }

    /// Whether the request breaks the protocol, rather than a limit, a timer or the rules of the service.
    #[must_use]
    pub const fn breaks_protocol(self) -> bool {
        matches!(self.class(), Some(Class::Malformed))
    }

    /// The clause that the request breaks, or that governs the refusal: `RFC 9112 §5.1`. Empty: the protocol has
    /// no standard.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.facts().section,
            Self::Lines(_) => "",
            Self::WebSocket(rule) => rule.facts().section,
            Self::Refusal(refusal) => refusal.facts().section,
        }
    }

    /// The fault in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.facts().sentence,
            Self::Lines(rule) => rule.facts().sentence,
            Self::WebSocket(rule) => rule.facts().sentence,
            Self::Refusal(refusal) => refusal.facts().sentence,
        }
    }
}

impl From<Rule> for Cause {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}

impl From<lines::Rule> for Cause {
    fn from(rule: lines::Rule) -> Self {
        Self::Lines(rule)
    }
}

impl From<websocket::Rule> for Cause {
    fn from(rule: websocket::Rule) -> Self {
        Self::WebSocket(rule)
    }
}

impl From<Refusal> for Cause {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// Writes a cause as its key.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_has_a_key_of_its_own_a_clause_and_a_sentence() {
        let mut keys = BTreeSet::new();
        for cause in Cause::all() {
            let key = cause.key();
            assert!(keys.insert(key), "{key} is taken");
            assert!(key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')), "{key}");
            assert_eq!(Cause::from_key(key), Some(cause));
            let clause = cause.section().strip_prefix("RFC ").and_then(|clause| clause.split_once(" §"));
            let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let is_clause = clause.is_some_and(|(rfc, section)| are_digits(rfc) && are_digits(section));
            assert!(is_clause || matches!(cause, Cause::Lines(_)), "{key}");
            assert!(cause.sentence().ends_with('.') && !cause.sentence().ends_with(".."), "{key}");
            assert!(matches!(cause.status().class(), 4 | 5), "{key}");
        }
        let rules = Rule::ALL.len() + lines::Rule::ALL.len() + websocket::Rule::ALL.len();
        assert_eq!(keys.len(), rules + Refusal::ALL.len());
    }

    /// RFC 9110 §15.5 and §15.6: the status tells who is at fault, and so does the class.
    #[test]
    fn class_and_status_agree() {
        for cause in Cause::all() {
            let statuses: &[u16] = match cause.class() {
                Some(Class::Malformed) => &[400, 502],
                Some(Class::OverLimit) => &[400, 413, 414, 431, 501],
                Some(Class::Unsupported) => &[417, 421, 501, 505],
                Some(Class::Incomplete) => &[400, 408],
                None => {
                    &[400, 401, 403, 404, 405, 406, 412, 415, 416, 421, 426, 429, 500, 502, 503, 504, 508]
                }
            };
            assert!(statuses.contains(&cause.status().0), "{}", cause.key());
        }
    }

    #[test]
    fn only_a_response_can_break_a_rule_without_a_status() {
        let without: Vec<_> = Rule::ALL.iter().filter(|rule| rule.facts().status.is_none()).collect();
        assert_eq!(without, [&Rule::StatusLineMalformed]);
    }
}
