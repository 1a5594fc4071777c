//! The default order of the middleware.

use super::*;

/// A script sees why it was refused, and asking whether it may ask costs nothing.
#[test]
fn by_default_cors_is_outside_the_rate_limit() {
    use MiddlewareKind::{Cors, RateLimit};
    let place = |kind| MiddlewareKind::ALL.iter().position(|listed| *listed == kind);
    assert!(place(Cors) < place(RateLimit));
    let mut service = service_with(Site::Welcome, &[Cors, RateLimit]);
    let clock = TestClock::new();
    let origin = "Origin: http://localhost:3000";
    for _ in 0..20 {
        let preflight = [origin, "Access-Control-Request-Method: POST"];
        let (_, answered) = send(&mut service, &clock, "OPTIONS /api/echo", &preflight);
        assert_eq!(answered.reply.status, Status(204), "no preflight takes a token");
    }
    for asked in 0..11 {
        let reply = send(&mut service, &clock, "GET /health", &[origin]).1.reply;
        assert_eq!(reply.status, Status(if asked < 10 { 200 } else { 429 }));
        assert_eq!(reply.fields.value("Access-Control-Allow-Origin"), Some("*"));
        let exposed = reply.fields.value("Access-Control-Expose-Headers");
        assert!(exposed.is_some_and(|names| names.contains("Retry-After")), "{exposed:?}");
    }
}
