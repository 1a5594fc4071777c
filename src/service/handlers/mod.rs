//! The built-in routes.

mod echo;
mod inspect;
mod plain;
mod status;
mod timed;
pub(super) mod websocket;

use crate::http::Method;

use super::{
    Reply, Request,
    route::{Call, Route, number},
};

/// The built-in routes in the order in which they are tried.
pub(super) const ROUTES: [Route; 12] = [
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
    get("/events", timed::events),
    get("/ws/echo", websocket::echo),
];

const fn get(pattern: &'static str, handler: fn(&Call<'_>) -> Reply) -> Route {
    Route { method: Method::Get, pattern, reads_body: false, handler }
}

const fn post(pattern: &'static str, handler: fn(&Call<'_>) -> Reply) -> Route {
    Route { method: Method::Post, pattern, reads_body: true, handler }
}

#[cfg(test)]
pub(super) mod testing {
    //! Calls a route as the service would, without middleware.
    use bytes::Bytes;

    use super::{
        super::{
            router::{Outcome, Router},
            testing::Sent,
        },
        *,
    };

    /// The reply of the route that matches.
    pub(crate) fn call(line: &str, fields: &[&str], body: &[u8]) -> Reply {
        let sent = Sent::new(line, fields);
        let request = sent.request();
        let router = Router::new(&ROUTES);
        match router.route(request.method(), request.method_token(), request.path()).outcome {
            Outcome::Matched { index, params } => ROUTES[index].answer(&Call {
                request: &request,
                params: &params,
                body: &Bytes::copy_from_slice(body),
            }),
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
        for line in
            ["GET /health", "GET /headers", "GET /status/200", "GET /drip", "GET /events", "GET /delay/x"]
        {
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
