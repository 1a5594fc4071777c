//! Routes, and the arguments of their handlers.

use std::sync::Arc;

use bytes::Bytes;

use crate::{http::Method, trace::Refusal, words::excerpt};

use super::{Reply, Request, decode::whole_number};

/// A route: a method, a pattern, and a handler.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    /// The method of the route.
    pub method: Method,
    /// The pattern: segments are literals or `:name`.
    pub pattern: &'static str,
    /// Whether the handler needs the bytes of the body.
    pub reads_body: bool,
    /// The handler.
    pub handler: fn(&Call<'_>) -> Reply,
}

/// The arguments of a handler.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// The request.
    pub request: &'a Request<'a>,
    /// The parameters of the path.
    pub params: &'a [Param],
    /// The whole body; empty if the route does not read it.
    pub body: &'a Bytes,
}

/// A part of the path that a `:name` segment of the pattern matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Param {
    /// The name without its colon.
    pub name: &'static str,
    /// The matching segment of the path, percent-decoded. Bytes that are not UTF-8 become U+FFFD.
    pub text: Arc<str>,
    /// Whether the percent-encoding is well-formed. If not, `text` is the segment as received.
    pub well_formed: bool,
}

impl Route {
    /// Calls the handler.
    #[must_use]
    pub(super) fn answer(&self, call: &Call<'_>) -> Reply {
        if call.params.iter().any(|param| !param.well_formed) {
            return Reply::refusal(Refusal::PathMalformed);
        }
        let mut reply = (self.handler)(call);
        // RFC 9111 §5.2.2.5: made for this request alone.
        reply.fields.set("Cache-Control", "no-store");
        reply
    }
}

impl Call<'_> {
    /// The parameter `name`. Empty: the pattern has no such parameter.
    pub(super) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|param| param.name == name).map_or("", |param| &param.text)
    }

    /// The parameter `name` as a number within `bounds`.
    ///
    /// # Errors
    /// The refusal to answer with, if the parameter is not a number or out of bounds.
    pub(super) fn number(
        &self,
        name: &str,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, Box<Reply>> {
        number(name, self.param(name), bounds)
    }
}

/// `text` as a number within `bounds`; `name`: its name in the refusal.
pub(super) fn number(
    name: &str,
    text: &str,
    bounds: std::ops::RangeInclusive<u64>,
) -> Result<u64, Box<Reply>> {
    whole_number(text).filter(|number| bounds.contains(number)).ok_or_else(|| {
        let (least, most) = (bounds.start(), bounds.end());
        let found = excerpt(text, 40);
        let detail = format!("{name} must be a whole number from {least} to {most}; it is \"{found}\".");
        Box::new(Reply::refusal_with(Refusal::ParameterInvalid, Some(&detail)))
    })
}
