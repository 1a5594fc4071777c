//! Rules of Fields on both legs: what the backend gets and what the client gets, and who wrote it.

use byteglass::{
    gateway::{GatewaySettings, GroupSettings},
    http::forward::{Author, Origin},
    server::Settings,
    service::{FieldRule, MiddlewareKind, MiddlewareSettings},
    trace::{Event, EventKind, Phase},
};

use super::{Watched, backend::Backend, client};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nDate: today\r\nServer: theirs\r\nX-A: 1\r\nX-A: 2\r\n\
    Content-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nok";

fn middleware(rules: &[&str]) -> MiddlewareSettings {
    let mut middleware = MiddlewareSettings::default();
    middleware.set_enabled(MiddlewareKind::Fields, true);
    middleware.fields.rules = rules.iter().map(|rule| rule.parse::<FieldRule>().unwrap().into()).collect();
    middleware
}

fn gateway(backend: &Backend, middleware: MiddlewareSettings) -> Watched {
    let group = GroupSettings::new("app", "/", [format!("http://{}", backend.address).parse().unwrap()]);
    let gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
    Watched::start(Settings { port: 0, gateway, middleware, ..Settings::default() })
}

/// What rules wrote, and their numbers, in the order in which it was sent.
fn written_by_rules(events: &[Event]) -> Vec<(u32, u64)> {
    let lineages = events.iter().filter_map(|event| match &event.kind {
        EventKind::Lineage(lineage) => Some(lineage),
        _ => None,
    });
    let pieces: Vec<_> = lineages.flat_map(|lineage| lineage.pieces().collect::<Vec<_>>()).collect();
    let by_rule = |origin| match origin {
        Origin::Rule(rule) => Some(rule),
        Origin::Written(Author::Isolation) => Some(0),
        _ => None,
    };
    pieces.iter().filter_map(|piece| Some((by_rule(piece.origin)?, piece.len))).collect()
}

/// What the steps of Fields say, with their changes.
fn steps(events: &[Event], phase: Phase) -> Vec<String> {
    let mut told = Vec::new();
    for event in events {
        let EventKind::Middleware(steps) = &event.kind else { continue };
        for step in steps.list.iter().filter(|step| &*step.name == "fields" && step.phase == phase) {
            told.push(step.summary.words().into_owned());
            for change in &step.changes {
                let value = |value: &Option<_>| value.as_deref().unwrap_or("-").to_owned();
                told.push(format!("{}: {} > {}", &*change.name, value(&change.before), value(&change.after)));
            }
        }
    }
    told
}

#[test]
fn a_request_reaches_the_backend_as_the_rules_say() {
    let backend = Backend::answering(&[ANSWER, ANSWER]);
    let server = gateway(
        &backend,
        middleware(&[
            "request set Authorization: Bearer x where path=/api/*",
            "request remove Accept-Encoding",
            "request add X-B: 2 where method=GET",
            "request set X-Forwarded-Proto: https",
        ]),
    );
    let mut client = client(&server);
    client.get_with("/api/a?b", &["Accept-Encoding: gzip", "X-B: 1", "Authorization: Basic y"]);
    let head = backend.received();
    let lines = |name: &str| {
        let name = format!("{name}: ");
        head.lines().filter_map(|line| line.strip_prefix(&name)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines("Authorization"), ["Bearer x"]);
    assert_eq!(lines("Accept-Encoding"), [""; 0]);
    assert_eq!(lines("X-B"), ["1", "2"]);
    assert_eq!(lines("X-Forwarded-Proto"), ["https"]);
    client.get_with("/other", &["Authorization: Basic y"]);
    assert!(backend.received().contains("\r\nAuthorization: Basic y\r\n"));
    let events = server.events();
    let rules: Vec<_> = written_by_rules(&events).iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, [1, 3, 4, 3, 4]);
    assert_eq!(
        steps(&events, Phase::Request)[..5],
        [
            "rule 1 set Authorization, rule 2 removed Accept-Encoding, rule 3 added X-B, rule 4 set X-Forwarded-Proto",
            "Authorization: Basic y > Bearer x",
            "Accept-Encoding: gzip > -",
            "X-B: 1 > 1, 2",
            "X-Forwarded-Proto: - > https",
        ]
    );
    backend.done();
}

#[test]
fn a_response_reaches_the_client_as_the_rules_say() {
    let backend = Backend::answering(&[ANSWER]);
    let mut middleware = middleware(&[
        "response remove Content-Security-Policy",
        "response set x-a: 3 where type=text/html status=2xx",
        "response add X-C: 4",
        "response set X-D: 5 where status=404",
        "response remove Server",
    ]);
    middleware.fields.isolates = true;
    let server = gateway(&backend, middleware);
    let response = client(&server).get("/");
    assert_eq!(response.text(), "ok");
    let has = |line: &str| response.head.contains(&format!("\r\n{line}\r\n"));
    for line in [
        "x-a: 3",
        "X-C: 4",
        "Cross-Origin-Opener-Policy: same-origin",
        "Cross-Origin-Embedder-Policy: require-corp",
        "Content-Length: 2",
        "Date: today",
    ] {
        assert!(has(line), "{line}: {}", response.head);
    }
    assert!(!response.head.contains("X-A: ") && !response.head.contains("Server: "), "{}", response.head);
    backend.done();
    let events = server.events();
    let isolation = "Cross-Origin-Opener-Policy: same-origin..Cross-Origin-Embedder-Policy: require-corp..";
    assert_eq!(written_by_rules(&events), [(0, isolation.len() as u64), (2, 8), (3, 8)]);
    let told = steps(&events, Phase::Response);
    assert_eq!(
        told[0],
        "isolates the page, rule 1 removed Content-Security-Policy, rule 2 set x-a, rule 3 added X-C, rule 5 removed Server"
    );
    assert!(told.contains(&"X-A: 1, 2 > 3".to_owned()), "{told:?}");
    assert!(told.contains(&"Server: byteglass > -".to_owned()), "{told:?}");
}

#[test]
fn a_rule_lets_nobody_in() {
    let backend = Backend::answering(&[ANSWER]);
    let server = gateway(&backend, {
        let mut middleware =
            middleware(&["request remove Sec-Fetch-Site", "request set Authorization: Basic dTpw"]);
        middleware.set_enabled(MiddlewareKind::BasicAuth, true);
        middleware.basic_auth.user = "u".to_owned();
        middleware.basic_auth.password = "p".to_owned();
        middleware
    });
    assert_eq!(client(&server).get("/").status, 401);
    let foreign = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"];
    assert_eq!(client(&server).get_with("/", &foreign).status, 403);
    assert_eq!(client(&server).get_with("/", &["Authorization: Basic dTpw"]).status, 200);
    backend.done();
}
