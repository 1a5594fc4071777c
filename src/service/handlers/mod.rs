//! The built-in routes.

mod echo;
mod form;
mod inspect;
mod plain;
mod status;
mod timed;

use crate::{http::Method, trace::Refusal};

use super::{Reply, Request, decode::whole_number, router::Param};

/// A route: a method, a pattern, and what answers.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method that it wants.
    pub method: Method,
    /// Segments are literals or `:name`.
    pub pattern: &'static str,
    /// The handler needs the bytes of the body.
    pub reads_body: bool,
    /// What answers.
    pub handler: fn(&Call<'_>) -> Reply,
}

/// What a handler gets.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The request.
    pub request: &'a Request<'a>,
    /// The parameters of the path.
    pub params: &'a [Param],
    /// The whole body, if the route reads it; else empty.
    pub body: &'a [u8],
}

/// The built-in routes in the order in which they are tried.
pub const ROUTES: [Route; 10] = [
    get("/health", plain::health),
    get("/api/health", plain::health),
    get("/api/users/:id", plain::user),
    post("/api/echo", echo::explain),
    post("/echo", echo::repeat),
    get("/headers", inspect::headers),
    get("/status/:code", status::status),
    get("/delay/:ms", timed::delay),
    get("/stream/:chunks", timed::stream),
    get("/drip", timed::drip),
];

const fn get(pattern: &'static str, handler: fn(&Call<'_>) -> Reply) -> Route {
    Route { method: Method::Get, pattern, reads_body: false, handler }
}

const fn post(pattern: &'static str, handler: fn(&Call<'_>) -> Reply) -> Route {
    Route { method: Method::Post, pattern, reads_body: true, handler }
}

impl Route {
    /// Answers the call.
    #[must_use]
    pub fn answer(&self, call: &Call<'_>) -> Reply {
        if call.params.iter().any(|param| !param.well_formed) {
            return Reply::refusal(Refusal::PathMalformed);
        }
        let mut reply = (self.handler)(call);
        // Made for this request alone: RFC 9111 §5.2.2.5.
        reply.fields.set("Cache-Control", "no-store");
        reply
    }
}

impl Call<'_> {
    /// The parameter `name`. Empty, if the pattern has none of this name.
    fn param(&self, name: &str) -> &str {
        self.params.iter().find(|param| param.name == name).map_or("", |param| &param.text)
    }

    /// The parameter `name` as a number within `bounds`.
    ///
    /// # Errors
    /// The refusal to answer with: it is no number, or out of bounds.
    fn number(&self, name: &str, bounds: std::ops::RangeInclusive<u64>) -> Result<u64, Box<Reply>> {
        number(name, self.param(name), bounds)
    }
}

/// `text` as a number within `bounds`; `name` is what the refusal calls it.
fn number(name: &str, text: &str, bounds: std::ops::RangeInclusive<u64>) -> Result<u64, Box<Reply>> {
    whole_number(text).filter(|number| bounds.contains(number)).ok_or_else(|| {
        let (least, most) = (bounds.start(), bounds.end());
        let found = crate::words::excerpt(text, 40);
        let detail = format!("{name} must be a whole number from {least} to {most}; it is \"{found}\".");
        Box::new(Reply::refusal_with(Refusal::ParameterInvalid, Some(&detail)))
    })
}

#[cfg(test)]
pub mod testing {
    //! Calls a route as the service would, without middleware.
    use super::{
        super::{
            router::{Outcome, Router},
            testing::Sent,
        },
        *,
    };

    /// The reply of the route that matches.
    pub fn call(line: &str, fields: &[&str], body: &[u8]) -> Reply {
        let sent = Sent::new(line, fields);
        let request = sent.request();
        let router = Router::new(&ROUTES);
        match router.route(request.method(), request.method_token(), request.path()).outcome {
            Outcome::Matched { index, params } => {
                ROUTES[index].answer(&Call { request: &request, params: &params, body })
            }
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::text, testing::call, *};
    use crate::{http::Status, trace::Refusal};

    #[test]
    fn only_the_echoes_read_a_body() {
        let readers: Vec<_> =
            ROUTES.iter().filter(|route| route.reads_body).map(|route| route.pattern).collect();
        assert_eq!(readers, ["/api/echo", "/echo"]);
    }

    #[test]
    fn what_is_made_for_one_request_is_not_stored() {
        for line in ["GET /health", "GET /headers", "GET /status/200", "GET /drip", "GET /delay/x"] {
            assert_eq!(call(line, &[], b"").fields.value("Cache-Control"), Some("no-store"), "{line}");
        }
    }

    #[test]
    fn a_malformed_parameter_is_refused() {
        let reply = call("GET /api/users/%zz", &[], b"");
        assert_eq!(reply.refusal, Some(Refusal::PathMalformed.into()));
    }

    #[test]
    fn a_refused_number_says_what_it_may_be_without_control_characters() {
        let reply = call("GET /delay/1%0a2", &[], b"");
        assert_eq!(reply.status, Status(400));
        assert!(
            text(&reply).contains("ms must be a whole number from 0 to 60000; it is \"1\\n2\"."),
            "{}",
            text(&reply)
        );
    }
}
