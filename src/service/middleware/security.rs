//! Security headers: limits on what a browser may do with a response.

use crate::trace::StepSummary;

use super::{
    super::{Clock, Reply, Request},
    Descriptor, Middleware, MiddlewareSettings,
};

/// The fields, each with its purpose.
const FIELDS: [(&str, &str); 5] = [
    // Browsers must use the type in Content-Type
    // (https://fetch.spec.whatwg.org/#x-content-type-options-header).
    ("X-Content-Type-Options", "nosniff"),
    // Other sites do not learn which page a link was on.
    ("Referrer-Policy", "no-referrer"),
    // Other sites cannot show a page of this site in a frame; X-Frame-Options does this for old browsers.
    ("Content-Security-Policy", "frame-ancestors 'self'"),
    ("X-Frame-Options", "SAMEORIGIN"),
    // Other sites cannot embed resources of this site.
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "security",
    title: "Security headers",
    about: "Adds fields that tell browsers not to guess types, not to show the site in another site's frame, \
            and not to send the full address on.",
    on_by_default: false,
    build: || Box::new(Security),
};

#[derive(Clone, Debug)]
struct Security;

impl Middleware for Security {
    fn handles_requests(&self) -> bool {
        false
    }

    fn on_response(
        &mut self,
        _settings: &MiddlewareSettings,
        _request: Option<&Request<'_>>,
        reply: &mut Reply,
        _clock: &dyn Clock,
    ) -> StepSummary {
        set_fields(reply);
        "5 fields set".into()
    }
}

fn set_fields(reply: &mut Reply) {
    for (name, value) in FIELDS {
        reply.fields.set(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::Status, trace::Refusal};

    #[test]
    fn every_reply_gets_each_field_once() {
        for mut reply in [Reply::text(Status(200), ""), Reply::refusal(Refusal::NotFound)] {
            set_fields(&mut reply);
            for (name, value) in FIELDS {
                let found: Vec<_> = reply.fields.iter().filter(|line| line.0 == name).collect();
                assert_eq!(found, [(name, value)]);
            }
        }
    }
}
