//! Fields: rules that set, add and remove fields of requests and responses.
//!
//! What a rule does to a request is seen by the folder, the built-in routes and the backends. The other middleware sees
//! on the request what the client sent: a rule cannot talk the guards of this server into letting somebody in.

use std::{fmt, str::FromStr};

use crate::{
    http::forward::{FieldAction, FieldEdit},
    trace::{MiddlewareStep, Phase, StepSummary},
};

use super::{
    super::{Clock, Reply, Request},
    Descriptor, Effects, Middleware, MiddlewareSettings, OnRequest,
    condition::{Condition, OnTheWay},
    rule::{Line, RuleError, Switched, acting, acts_on, phase_word, summary, take_phase, take_word},
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: MiddlewareStep::RULES,
    title: "Fields",
    about: "Sets, adds and removes fields of requests and responses by rules, in their order.",
    on_by_default: false,
    build: || Box::new(Fields),
};

/// Settings of the rules for fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FieldsSettings {
    /// The rules, in the order in which they act.
    pub rules: Vec<Switched<FieldRule>>,
    /// Whether responses get the two fields that isolate a page
    /// (<https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies>).
    pub isolates: bool,
}

/// The fields that isolate a page, which a page needs for `SharedArrayBuffer`.
const ISOLATION: [(&str, &str); 2] =
    [("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Embedder-Policy", "require-corp")];

impl FieldsSettings {
    /// Whether anything acts on responses.
    pub(super) fn edits_responses(&self) -> bool {
        self.isolates || acts_on(&self.rules, Phase::Response)
    }
}

/// A rule: `response set X-Name: value where path=/api/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// The message that the rule acts on.
    pub phase: Phase,
    /// What the rule does.
    pub edit: FieldEdit,
    /// Which messages the rule acts on.
    pub condition: Condition,
}

impl Line for FieldRule {
    fn phase(&self) -> Phase {
        self.phase
    }
}

impl FromStr for FieldRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (phase, _) = take_phase(text)?;
        let (text, condition) = Condition::split(text, phase)?;
        let (_, rest) = take_phase(text)?;
        let (word, rest) = take_word(rest);
        let action = FieldAction::ALL.into_iter().find(|action| action.facts().word == word);
        let action = action.ok_or_else(|| RuleError::Expected {
            words: FieldAction::ALL.map(|action| action.facts().word).join(", "),
            found: word.to_owned(),
        })?;
        let (name, value) = match action {
            FieldAction::Remove => (rest, ""),
            _ => rest.split_once(':').ok_or(RuleError::NoColon)?,
        };
        Ok(Self { phase, edit: FieldEdit::new(action, name.trim(), value)?, condition })
    }
}

impl fmt::Display for FieldRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FieldEdit { action, name, value } = &self.edit;
        let (phase, word, name, value) = (phase_word(self.phase), action.facts().word, &**name, &**value);
        let text = match action {
            FieldAction::Remove => format!("{phase} {word} {name}"),
            _ => format!("{phase} {word} {name}: {value}"),
        };
        self.condition.write(f, text.trim_end())
    }
}

#[derive(Clone, Debug)]
struct Fields;

impl Middleware for Fields {
    fn on_request_with(
        &mut self,
        settings: &MiddlewareSettings,
        request: &Request<'_>,
        _now: u64,
        effects: &mut Effects,
    ) -> OnRequest {
        let settings = &settings.fields;
        let mut all = Vec::new();
        if acts_on(&settings.rules, Phase::Request) {
            let message = OnTheWay::request(request);
            for (number, edit) in matching(settings, Phase::Request, &message) {
                effects.edits.apply(number, edit);
                all.push(told(number, edit));
            }
        }
        OnRequest::Pass(summary(&all, "no rule matches", &settings.rules, Phase::Request))
    }

    fn on_response(
        &mut self,
        settings: &MiddlewareSettings,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        _clock: &dyn Clock,
    ) -> StepSummary {
        let settings = &settings.fields;
        let message = OnTheWay::response(request, reply);
        let mut all = Vec::new();
        if settings.isolates {
            for (name, value) in ISOLATION {
                let edit = FieldEdit { action: FieldAction::Set, name: name.into(), value: value.into() };
                reply.edit(0, &edit);
            }
            all.push("isolates the page".to_owned());
        }
        for (number, edit) in matching(settings, Phase::Response, &message) {
            reply.edit(number, edit);
            all.push(told(number, edit));
        }
        summary(&all, "no rule matches", &settings.rules, Phase::Response)
    }
}

/// The changes of the rules that act on a message, with the numbers of the rules.
fn matching<'a>(
    settings: &'a FieldsSettings,
    phase: Phase,
    message: &OnTheWay<'_>,
) -> impl Iterator<Item = (u32, &'a FieldEdit)> {
    acting(&settings.rules)
        .filter(move |(_, rule)| rule.phase == phase && rule.condition.holds(message))
        .map(|(number, rule)| (number, &rule.edit))
}

fn told(number: u32, edit: &FieldEdit) -> String {
    format!("rule {number} {} {}", edit.action.facts().past, &*edit.name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::{
        http::Status,
        http::forward::FieldEdits,
        service::testing::{Sent, TestClock},
    };

    fn settings(rules: &[&str]) -> MiddlewareSettings {
        let rules = rules.iter().map(|rule| rule.parse::<FieldRule>().unwrap().into()).collect();
        MiddlewareSettings {
            fields: FieldsSettings { rules, isolates: false },
            ..MiddlewareSettings::default()
        }
    }

    fn on_request(settings: &MiddlewareSettings, sent: &Sent) -> (FieldEdits, String) {
        let mut effects = Effects::default();
        match Fields.on_request_with(settings, &sent.request(), 0, &mut effects) {
            OnRequest::Pass(said) => (effects.edits, said.words().into_owned()),
            other @ OnRequest::Answer(..) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for text in [
            "response set X-Name: value where path=/api/*",
            "request add Cookie: a=b; c=d",
            "request remove Accept-Encoding where method=GET type~json",
            "response set X-Empty:",
            "response remove Server where status=4xx path~\"a b\"",
            "response set X-Find: find where you are where",
            "response set X-Find: somewhere",
        ] {
            let rule: FieldRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), text);
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
        let spaced: FieldRule = "  response   set  X-A :  b  where  path=/ ".parse().unwrap();
        assert_eq!(spaced.to_string(), "response set X-A: b where path=/");
    }

    #[test]
    fn what_is_no_rule_is_refused_with_a_sentence() {
        for (text, said) in [
            ("set X-A: b", "A rule begins with the word request or response."),
            ("response X-A: b", "Expected one of set, add, remove, found \"X-A:\"."),
            ("response set X-A", "Expected a field as in X-Name: value."),
            ("response set X A: b", "\"X A\" is not a field name."),
            (
                "response set X-A: b\u{7}",
                "\"b\\u{7}\" is not a field value: it may have visible ASCII and spaces only.",
            ),
            (
                "request set content-length: 5",
                "content-length frames the message or belongs to one connection, so byteglass writes it itself.",
            ),
            (
                "request remove Host",
                "Host frames the message or belongs to one connection, so byteglass writes it itself.",
            ),
            (
                "request set X-A: b where status=404",
                "In the condition: \"status\" is not known of a request on its way; method, path, type and header. are.",
            ),
            (
                "response set X-A: b where is:open",
                "In the condition: \"is:open\" is not known of a response on its way; method, path, type, header. and status are.",
            ),
            (
                "response set X-A: b where path=",
                "In the condition: path= needs a value; for example path~api.",
            ),
        ] {
            assert_eq!(text.parse::<FieldRule>().unwrap_err().to_string(), said, "{text}");
        }
        let long = format!("response set X-A: {}", "b".repeat(4096));
        assert_eq!(long.parse::<FieldRule>(), Err(RuleError::TooLong));
    }

    #[test]
    fn rules_act_in_order_on_what_their_condition_says() {
        let mut settings = settings(&[
            "response set X-A: 1",
            "response add X-A: 2 where status=200",
            "response set X-B: 1 where status=404",
            "response remove Content-Type where type=text/plain path=/a*",
            "response set X-C: 1 where method=post",
            "response set X-D: 1",
        ]);
        settings.fields.rules[5].is_on = false;
        let mut reply = Reply::text(Status(200), "");
        let sent = Sent::new("GET /abc?d", &[]);
        let said = Fields.on_response(&settings, Some(&sent.request()), &mut reply, &TestClock::new());
        let fields: Vec<_> = reply.fields.iter().collect();
        assert_eq!(fields, [("X-A", "1"), ("X-A", "2")]);
        assert_eq!(said.words(), "rule 1 set X-A, rule 2 added X-A, rule 4 removed Content-Type");
        let (edits, said) = on_request(&settings, &sent);
        assert_eq!((edits.is_empty(), &*said), (true, "no rule for it"));
    }

    #[test]
    fn a_request_is_changed_for_those_that_answer_it() {
        let settings = settings(&[
            "request set Accept: text/html where type=text/plain",
            "request remove Range",
            "request add X-A: 2",
            "request set X-B: 1 where path!=/",
        ]);
        let fields = ["Accept: */*", "Content-Type: Text/Plain; a=b", "Range: bytes=0-", "x-a: 1"];
        let sent = Sent::new("GET /", &fields);
        let (edits, said) = on_request(&settings, &sent);
        assert_eq!(said, "rule 1 set Accept, rule 2 removed Range, rule 3 added X-A");
        let edits = std::sync::Arc::new(edits);
        let request = Request { edits: Some(&edits), ..sent.request() };
        let values = |name| request.values(name).map(String::from_utf8_lossy).collect::<Vec<_>>();
        assert_eq!(values("accept"), ["text/html"]);
        assert_eq!(values("Range"), [""; 0]);
        assert_eq!(values("X-A"), ["1", "2"]);
        assert_eq!(request.value("Content-Type"), Some(&b"Text/Plain; a=b"[..]));
    }

    #[test]
    fn a_page_is_isolated_by_a_switch() {
        let mut settings = settings(&["response set cross-origin-opener-policy: unsafe-none"]);
        settings.fields.isolates = true;
        let mut reply = Reply::text(Status(200), "");
        let said = Fields.on_response(&settings, None, &mut reply, &TestClock::new());
        assert_eq!(said.words(), "isolates the page, rule 1 set cross-origin-opener-policy");
        assert_eq!(
            reply.fields.value("Cross-Origin-Opener-Policy"),
            Some("unsafe-none"),
            "a rule comes later"
        );
        assert_eq!(reply.fields.value("Cross-Origin-Embedder-Policy"), Some("require-corp"));
    }

    #[test]
    fn settings_keep_the_lines() {
        let settings = settings(&["response set X-A: 1 where path=/"]).fields;
        let json = serde_json::to_value(&settings).unwrap();
        let lines = serde_json::json!([{ "is_on": true, "rule": "response set X-A: 1 where path=/" }]);
        assert_eq!(json, serde_json::json!({ "rules": lines, "isolates": false }));
        assert_eq!(serde_json::from_value::<FieldsSettings>(json).unwrap(), settings);
        let wrong = r#"{"rules": [{"is_on": true, "rule": "response set Host: a"}]}"#;
        assert!(serde_json::from_str::<FieldsSettings>(wrong).is_err());
    }
}
