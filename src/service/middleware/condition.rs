//! Conditions of rules: which messages a rule acts on, in the language of filters.

use std::fmt;

use crate::{
    filter::{Asked, ContentKey, Filter, FilterError, FlagKey, NumberKey, Subject, TextKey, Vocabulary},
    http::{Status, encode::Fields, head::slice},
    trace::Phase,
    words::essence,
};

use super::super::{Reply, Request};

/// The condition of a rule. Empty: each message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    text: Box<str>,
    filter: Filter,
}

/// The word between a rule and its condition.
const WHERE: &str = " where";

impl Condition {
    /// Splits the text of a rule at its last ` where`, and reads the condition behind it.
    ///
    /// # Errors
    /// The condition cannot be understood, or asks for what is not known of a message in this phase.
    pub(super) fn split(rule: &str, phase: Phase) -> Result<(&str, Self), FilterError> {
        let rule = rule.trim();
        let ends_word = |at: &usize| rule[at + WHERE.len()..].chars().next().is_none_or(char::is_whitespace);
        let found = rule.rmatch_indices(WHERE).map(|(at, _)| at).find(ends_word);
        let Some(at) = found else { return Ok((rule, Self::default())) };
        let text = rule[at + WHERE.len()..].trim();
        let vocabulary = match phase {
            Phase::Request => Vocabulary::Requests,
            Phase::Response => Vocabulary::Responses,
        };
        let filter = Filter::parse_for(text, vocabulary)?;
        Ok((rule[..at].trim(), Self { text: text.into(), filter }))
    }

    /// Whether the rule acts on `message`.
    pub(super) fn holds(&self, message: &OnTheWay<'_>) -> bool {
        self.filter.matches(message)
    }

    /// Writes the rule `text` with this condition, so that it is read as the same rule.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
        f.write_str(text)?;
        // A value may hold the word too.
        match &*self.text {
            "" if text.contains(WHERE) => f.write_str(WHERE),
            "" => Ok(()),
            condition => write!(f, "{WHERE} {condition}"),
        }
    }
}

/// A message on its way, as a condition sees it.
#[derive(Debug)]
pub(super) struct OnTheWay<'a> {
    /// `None`: there is no complete head.
    request: Option<&'a Request<'a>>,
    /// The status and the fields of the response. `None`: the message is a request.
    response: Option<(Status, Fields)>,
    media_type: String,
}

impl<'a> OnTheWay<'a> {
    /// A request as the client sent it.
    pub(super) fn request(request: &'a Request<'a>) -> Self {
        let media_type = request.head.value(request.bytes, "Content-Type").unwrap_or_default();
        let media_type = essence(&String::from_utf8_lossy(media_type));
        Self { request: Some(request), response: None, media_type }
    }

    /// A response as it comes to the middleware.
    pub(super) fn response(request: Option<&'a Request<'a>>, reply: &Reply) -> Self {
        let fields = reply.sent_fields();
        let media_type = essence(fields.value("Content-Type").unwrap_or_default());
        Self { request, response: Some((reply.status, fields)), media_type }
    }
}

impl Subject for OnTheWay<'_> {
    fn number(&self, key: NumberKey) -> Option<u64> {
        if key == NumberKey::Status { Some(self.response.as_ref()?.0.0.into()) } else { None }
    }

    fn text(&self, key: TextKey) -> &str {
        match (key, self.request) {
            (TextKey::Method, Some(request)) => request.method_token(),
            (TextKey::Target, Some(request)) => {
                str::from_utf8(slice(request.bytes, &request.head.target)).unwrap_or_default()
            }
            (TextKey::MediaType, _) => &self.media_type,
            _ => "",
        }
    }

    fn has_text(&self, key: TextKey, holds: &dyn Fn(&str) -> bool) -> bool {
        holds(self.text(key))
    }

    fn flag(&self, _: FlagKey) -> bool {
        false
    }

    fn has_content(&self, asked: &Asked, holds: &dyn Fn(&[u8]) -> bool) -> Option<bool> {
        if asked.key != ContentKey::Header {
            return None;
        }
        let name = &*asked.field;
        Some(match (&self.response, self.request) {
            (Some((_, fields)), _) => {
                let named = fields.lines().iter().filter(|line| line.0.eq_ignore_ascii_case(name));
                named.map(|line| line.1.as_bytes()).any(holds)
            }
            (None, Some(request)) => request.values(name).any(holds),
            (None, None) => false,
        })
    }
}
