//! What "Try a target" says is what a request meets.

use super::*;
use crate::gateway::Mount;

#[test]
fn trying_a_target_shows_what_a_request_would_meet() {
    let mut service = service_with(Site::Welcome, &open_layers());
    for (method, target) in [
        ("GET", "/api/users/7?x"),
        ("GET", "/style.css"),
        ("POST", "/style.css"),
        ("DELETE", "/health"),
        ("BREW", "/"),
        ("OPTIONS", "*"),
    ] {
        let (opened, _) = send(&mut service, &TestClock::new(), &format!("{method} {target}"), &[]);
        assert_eq!(*attempts(&service, method, target).0, *opened.attempts, "{method} {target}");
    }
    assert_eq!(attempts(&service, "GET", "").0.last().map(|attempt| attempt.method), Some(None));
}

#[test]
fn mounts_are_tried_before_the_routes_and_their_reasons_are_told() {
    let mut service = service_with(Site::Welcome, &[]);
    let groups = [("/api", "api"), ("/health", "health"), ("/api/v2", "v2")];
    let mount = |(prefix, name): (&str, &str)| (Mount::new(prefix).unwrap(), name.into());
    service.set_mounts(groups.map(mount).into());
    for (method, target, group, tried) in [
        ("GET", "/api/users", Some(0), 3),
        ("GET", "/health", Some(1), 1),
        ("BREW", "/api/v2/pot", Some(2), 2),
        ("GET", "/style.css", None, groups.len() + ROUTES.len() + 1),
        ("GET", "/echo", None, groups.len() + ROUTES.len()),
        ("BREW", "/", None, 0),
        ("OPTIONS", "*", None, 0),
    ] {
        for _ in 0..2 {
            let (opened, _) = send(&mut service, &TestClock::new(), &format!("{method} {target}"), &[]);
            assert_eq!(attempts(&service, method, target), (opened.attempts.to_vec(), group), "{target}");
            assert_eq!(opened.attempts.len(), tried, "{target}");
        }
    }
    let hits: Vec<_> = service.routes().into_iter().map(|route| (route.pattern, route.hits)).collect();
    assert_eq!(hits[0], ("/health/*".into(), 2));
    assert_eq!(hits[1], ("/api/v2/*".into(), 2));
    service.set_mounts(Vec::new());
    assert_eq!(attempts(&service, "GET", "/health").1, None);
    let (opened, reply) = send(&mut service, &TestClock::new(), "GET /health", &[]);
    assert_eq!((opened.attempts.len(), reply.reply.status), (1, Status(200)));
}
