//! Cross-site guard: keeps pages of other sites from loading the content of this one.
//!
//! A page of another site may load scripts, images and frames of this site without being asked, and learns from
//! them: what a script defines, whether a file exists. Browsers say with each request where it comes from and what
//! it is for (<https://www.w3.org/TR/fetch-metadata/>). Other programs say nothing and are served.

use crate::trace::{Refusal, StepSummary};

use super::{
    super::{Clock, Reply, Request},
    Descriptor, Middleware, MiddlewareKind, MiddlewareSettings, OnRequest,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "cross-site",
    title: "Cross-site guard",
    about: "Refuses what a page of another site loads without leave to read it: scripts, images, frames. Links \
            to this site still work, and CORS lets in those it allows.",
    on_by_default: true,
    build: || Box::new(CrossSite),
};

/// The field that tells browsers not to hand a response to a page of another site
/// (<https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>).
const POLICY: &str = "Cross-Origin-Resource-Policy";

#[derive(Clone, Debug)]
struct CrossSite;

impl Middleware for CrossSite {
    fn on_request(&mut self, settings: &MiddlewareSettings, request: &Request<'_>, _now: u64) -> OnRequest {
        if request.value("Sec-Fetch-Site") != Some(b"cross-site") {
            return OnRequest::Pass("not from another site".into());
        }
        if is_shared(settings) {
            return OnRequest::Pass("CORS allows every origin".into());
        }
        let is_refused = match request.value("Sec-Fetch-Mode") {
            Some(b"no-cors") => true,
            Some(b"navigate") => is_embedded(request),
            // A page reads what a WebSocket says without leave from CORS (RFC 6455 §10.2). Behind a gateway this is the
            // only look at its origin.
            Some(b"websocket") => !is_allowed(settings, request),
            _ => false,
        };
        if is_refused {
            OnRequest::Answer(Box::new(Reply::refusal(Refusal::CrossSite)), "a page of another site".into())
        } else {
            OnRequest::Pass("a link, or a request that CORS governs".into())
        }
    }

    fn on_response(
        &mut self,
        settings: &MiddlewareSettings,
        _request: Option<&Request<'_>>,
        reply: &mut Reply,
        _clock: &dyn Clock,
    ) -> StepSummary {
        // A backend knows better what its content is for.
        if is_shared(settings) || reply.fields.value(POLICY).is_some() {
            return "no change".into();
        }
        reply.fields.append(POLICY, "same-origin");
        "for this site only".into()
    }
}

/// Whether CORS lets every page read the responses, so that there is nothing to guard.
fn is_shared(settings: &MiddlewareSettings) -> bool {
    settings.enabled(MiddlewareKind::Cors) && settings.cors.origin.trim() == "*"
}

/// Whether CORS names the origin of the page.
fn is_allowed(settings: &MiddlewareSettings, request: &Request<'_>) -> bool {
    settings.enabled(MiddlewareKind::Cors)
        && request.value("Origin") == Some(settings.cors.origin.trim().as_bytes())
}

/// Whether a navigation fills a frame of another page, and not a tab
/// (<https://fetch.spec.whatwg.org/#concept-request-destination>).
fn is_embedded(request: &Request<'_>) -> bool {
    matches!(
        request.value("Sec-Fetch-Dest"),
        Some(b"iframe" | b"frame" | b"fencedframe" | b"embed" | b"object")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::{Sent, TestClock};

    fn answer(settings: &MiddlewareSettings, fields: &[&str]) -> Option<u16> {
        match CrossSite.on_request(settings, &Sent::new("GET /cfg.js", fields).request(), 0) {
            OnRequest::Answer(reply, _) => Some(reply.status.0),
            OnRequest::Pass(_) => None,
        }
    }

    fn shared(origin: &str) -> MiddlewareSettings {
        let mut settings = MiddlewareSettings::default();
        settings.set_enabled(MiddlewareKind::Cors, true);
        origin.clone_into(&mut settings.cors.origin);
        settings
    }

    #[test]
    fn embedding_by_another_site_is_refused() {
        let settings = MiddlewareSettings::default();
        for fields in [
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"][..],
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: empty"],
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"],
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: object"],
        ] {
            assert_eq!(answer(&settings, fields), Some(403), "{fields:?}");
            assert_eq!(answer(&shared("*"), fields), None, "{fields:?}");
            assert_eq!(answer(&shared("http://a.example"), fields), Some(403), "{fields:?}");
        }
        let socket =
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: websocket", "Origin: http://a.example"][..];
        assert_eq!(answer(&settings, socket), Some(403));
        assert_eq!(answer(&shared("http://b.example"), socket), Some(403));
        assert_eq!(answer(&shared("http://a.example"), socket), None);
    }

    #[test]
    fn links_programs_and_the_site_itself_are_served() {
        let settings = MiddlewareSettings::default();
        for fields in [
            &[][..],
            &["Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"],
            &["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"],
            &["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"],
        ] {
            assert_eq!(answer(&settings, fields), None, "{fields:?}");
        }
    }

    #[test]
    fn responses_are_for_this_site_unless_they_are_shared() {
        let policy = |settings: &MiddlewareSettings, set: Option<&'static str>| {
            let mut reply = Reply::refusal(Refusal::NotFound);
            if let Some(value) = set {
                reply.fields.append(POLICY, value);
            }
            CrossSite.on_response(settings, None, &mut reply, &TestClock::new());
            reply.fields.value(POLICY).map(ToOwned::to_owned)
        };
        let settings = MiddlewareSettings::default();
        assert_eq!(policy(&settings, None).as_deref(), Some("same-origin"));
        assert_eq!(policy(&settings, Some("cross-origin")).as_deref(), Some("cross-origin"));
        assert_eq!(policy(&shared("*"), None), None);
        assert_eq!(policy(&shared("http://a.example"), None).as_deref(), Some("same-origin"));
    }
}
