//! Cross-origin resource sharing: which other origins may read the responses
//! (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use crate::{
    base::shared_text::SharedText,
    http::{Method, Status},
    trace::StepSummary,
};

use super::{
    super::{Body, Clock, Reply, Request},
    Descriptor, Middleware, MiddlewareSettings, ON_RESPONSE, OnRequest,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "cors",
    title: "CORS",
    about: "Lets scripts of this origin read the responses, and answers preflight requests. * means every \
            origin.",
    on_by_default: false,
    build: || Box::new(Cors),
};

/// Settings of cross-origin resource sharing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CorsSettings {
    /// The allowed origin: `*`, or one origin such as `http://localhost:3000`.
    pub origin: String,
    /// Time for which a browser may cache a preflight response, in seconds.
    pub max_age_secs: u32,
}

impl Default for CorsSettings {
    fn default() -> Self {
        Self { origin: "*".to_owned(), max_age_secs: 600 }
    }
}

/// The fields that a page may read besides those that are always safe
/// (<https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>).
const EXPOSED: &str =
    "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Range, ETag, Location, Retry-After";
/// The methods that preflight responses allow: all methods of the routes.
const METHODS: &str = "GET, HEAD, POST, OPTIONS";

#[derive(Clone, Debug)]
struct Cors;

impl Middleware for Cors {
    fn on_request(&mut self, settings: &MiddlewareSettings, request: &Request<'_>, _now: u64) -> OnRequest {
        on_request(&settings.cors, request)
    }

    fn on_response(
        &mut self,
        settings: &MiddlewareSettings,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        _clock: &dyn Clock,
    ) -> StepSummary {
        on_response(&settings.cors, request, reply)
    }
}

/// Answers a preflight, which a browser sends before a request that an ordinary page could not make.
fn on_request(settings: &CorsSettings, request: &Request<'_>) -> OnRequest {
    let Some(origin) = request.value("Origin") else {
        return OnRequest::Pass("no Origin, so not a cross-origin request".into());
    };
    let preflight =
        request.method() == Method::Options && request.value("Access-Control-Request-Method").is_some();
    if !preflight {
        return OnRequest::Pass(ON_RESPONSE.into());
    }
    let mut reply = Reply::new(Status(204), Body::None);
    let allowed = allow_origin(settings, Some(origin), &mut reply);
    if !allowed {
        return OnRequest::Answer(Box::new(reply), "preflight from an origin that may not read".into());
    }
    let fields = &mut reply.fields;
    fields.append("Access-Control-Allow-Methods", METHODS);
    let wanted = request.value("Access-Control-Request-Headers").filter(|names| is_names(names));
    if let Some(names) = wanted {
        fields.append("Access-Control-Allow-Headers", String::from_utf8_lossy(names).into_owned());
    }
    fields.append("Access-Control-Max-Age", settings.max_age_secs.to_string());
    let allowed = METHODS
        .split(", ")
        .any(|method| request.value("Access-Control-Request-Method") == Some(method.as_bytes()));
    let summary = if allowed { "preflight allowed" } else { "preflight with a method that is not allowed" };
    OnRequest::Answer(Box::new(reply), summary.into())
}

/// Sets the fields that tell a browser which origin may read the response.
fn on_response(settings: &CorsSettings, request: Option<&Request<'_>>, reply: &mut Reply) -> StepSummary {
    let origin = request.and_then(|request| request.value("Origin"));
    let allowed = allow_origin(settings, origin, reply);
    if allowed && origin.is_some() {
        reply.fields.set("Access-Control-Expose-Headers", EXPOSED);
    }
    match (allowed, origin) {
        (true, _) if settings.origin.trim() == "*" => "any origin may read it".into(),
        (true, _) => "its origin may read it".into(),
        (false, None) => "no Origin, so nothing to allow".into(),
        (false, Some(_)) => "its origin may not read it".into(),
    }
}

/// Returns whether the origin may read the response, and sets the field for it.
fn allow_origin(settings: &CorsSettings, origin: Option<&[u8]>, reply: &mut Reply) -> bool {
    const ALLOW: &str = "Access-Control-Allow-Origin";
    let setting = settings.origin.trim();
    if setting == "*" {
        reply.fields.set(ALLOW, "*");
        return true;
    }
    // The response depends on Origin even if the origin is missing or not allowed, so caches must know.
    vary(reply);
    // Origins are compared byte by byte: browsers send scheme and host in lower case, without a slash.
    let allowed = !setting.is_empty() && origin == Some(setting.as_bytes());
    if allowed {
        reply.fields.set(ALLOW, setting.to_owned());
    }
    allowed
}

/// Adds Origin to Vary.
fn vary(reply: &mut Reply) {
    let value = match reply.fields.value("Vary") {
        None => SharedText::from("Origin"),
        Some(value) if value.split(',').any(|name| matches!(name.trim(), "*" | "Origin")) => return,
        Some(value) => format!("{value}, Origin").into(),
    };
    reply.fields.set("Vary", value);
}

/// RFC 9110 §5.6.2: whether `list` is a list of tokens, the syntax of field names.
fn is_names(list: &[u8]) -> bool {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !list.is_empty() && list.iter().all(|byte| token(byte) || matches!(byte, b',' | b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::Sent;

    const HERE: &str = "http://localhost:3000";

    fn settings(origin: &str) -> CorsSettings {
        CorsSettings { origin: origin.to_owned(), max_age_secs: 600 }
    }

    fn fields(reply: &Reply) -> Vec<(String, String)> {
        reply.fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn preflight(origin: &str, fields: &[&str]) -> Reply {
        match on_request(&settings(origin), &Sent::new("OPTIONS /api/echo", fields).request()) {
            OnRequest::Answer(reply, _) => *reply,
            OnRequest::Pass(summary) => panic!("passed on: {summary:?}"),
        }
    }

    #[test]
    fn a_preflight_is_answered() {
        let asked = [
            "Origin: http://localhost:3000",
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: content-type,x-a",
        ];
        let reply = preflight("*", &asked);
        assert_eq!(reply.status, Status(204));
        assert_eq!(
            fields(&reply),
            pairs(&[
                ("Access-Control-Allow-Origin", "*"),
                ("Access-Control-Allow-Methods", METHODS),
                ("Access-Control-Allow-Headers", "content-type,x-a"),
                ("Access-Control-Max-Age", "600"),
            ])
        );
        let reply = preflight(HERE, &asked);
        assert_eq!(reply.fields.value("Access-Control-Allow-Origin"), Some(HERE));
        assert_eq!(reply.fields.value("Vary"), Some("Origin"));
    }

    #[test]
    fn what_is_said_of_a_preflight_is_what_a_browser_makes_of_it() {
        for (method, said) in
            [("POST", "preflight allowed"), ("PUT", "preflight with a method that is not allowed")]
        {
            let method = format!("Access-Control-Request-Method: {method}");
            let sent = Sent::new("OPTIONS /api/echo", &["Origin: null", &method]);
            let OnRequest::Answer(_, summary) = on_request(&settings("*"), &sent.request()) else {
                panic!("passed on")
            };
            assert_eq!(summary.words(), said);
        }
    }

    #[test]
    fn a_preflight_from_elsewhere_is_allowed_nothing() {
        let reply = preflight(HERE, &["Origin: http://evil.example", "Access-Control-Request-Method: GET"]);
        assert_eq!(fields(&reply), pairs(&[("Vary", "Origin")]));
    }

    #[test]
    fn header_names_that_are_none_are_not_repeated() {
        let fields = [
            "Origin: null",
            "Access-Control-Request-Method: GET",
            "Access-Control-Request-Headers: a;b\u{e9}",
        ];
        assert_eq!(preflight("*", &fields).fields.value("Access-Control-Allow-Headers"), None);
    }

    #[test]
    fn other_requests_are_passed_on() {
        for (line, fields) in [
            ("OPTIONS /", &["Origin: http://localhost:3000"][..]),
            ("OPTIONS /", &["Access-Control-Request-Method: GET"]),
            ("GET /", &["Origin: http://localhost:3000", "Access-Control-Request-Method: GET"]),
        ] {
            let result = on_request(&settings("*"), &Sent::new(line, fields).request());
            assert!(matches!(result, OnRequest::Pass(_)), "{line} {fields:?}");
        }
    }

    #[test]
    fn a_response_says_who_may_read_it() {
        let up = |setting, sent: &[&str], vary: Option<&'static str>| {
            let mut reply = Reply::text(Status(200), "");
            if let Some(vary) = vary {
                reply.fields.append("Vary", vary);
            }
            on_response(&settings(setting), Some(&Sent::new("GET /", sent).request()), &mut reply);
            let value = |name| reply.fields.value(name).map(ToOwned::to_owned);
            let exposed = value("Access-Control-Expose-Headers");
            assert_eq!(exposed.is_some(), value("Access-Control-Allow-Origin").is_some() && !sent.is_empty());
            assert!(exposed.is_none_or(|names| names.contains("Content-Range") && names.contains("ETag")));
            (value("Access-Control-Allow-Origin"), value("Vary"))
        };
        let some = |value: &str| Some(value.to_owned());
        let here = ["Origin: http://localhost:3000"];
        assert_eq!(up("*", &[], None), (some("*"), None));
        assert_eq!(up("*", &here, None), (some("*"), None));
        assert_eq!(up(HERE, &here, None), (some(HERE), some("Origin")));
        assert_eq!(up(HERE, &[], None), (None, some("Origin")));
        assert_eq!(up(HERE, &["Origin: http://localhost:30000"], None), (None, some("Origin")));
        assert_eq!(up(HERE, &here, Some("Accept")).1, some("Accept, Origin"));
        assert_eq!(up(HERE, &here, Some("Origin")).1, some("Origin"));
        assert_eq!(up("", &["Origin:"], None), (None, some("Origin")));
    }
}
