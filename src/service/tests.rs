//! Tests of the whole service: from a request to its reply and its events.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod order;
mod trying;
#[cfg(target_os = "linux")]
mod work;

use std::{fs, time::Duration};

use bytes::Bytes;

use crate::{
    http::{Rule, Status},
    trace::Refusal,
};

use super::{
    Answered, Asked, Clock, Folder, Layer, MiddlewareKind, MiddlewareSettings, Reply, RouteInfo, Service,
    Site, Trying,
    handlers::ROUTES,
    testing::{Sent, TestClock, content, text},
};
use crate::trace::{MiddlewareStep, MiddlewareSteps, Mismatch, RouteAttempt};

fn log(service: &Service) -> Vec<std::sync::Arc<str>> {
    service.readings(0).log
}

/// A service with these middleware enabled, in this order, the outermost first.
fn service_with(site: Site, layers: &[MiddlewareKind]) -> Service {
    let layers = layers.iter().map(|kind| Layer { kind: *kind, enabled: true }).collect();
    let settings = MiddlewareSettings { layers, ..MiddlewareSettings::default() };
    Service::new(site, &settings)
}

/// All middleware except the one that refuses everyone until a password is set.
fn open_layers() -> Vec<MiddlewareKind> {
    MiddlewareKind::ALL.into_iter().filter(|kind| *kind != MiddlewareKind::BasicAuth).collect()
}

/// The events of a request.
struct Told {
    steps: MiddlewareSteps,
    attempts: std::sync::Arc<[RouteAttempt]>,
}

fn send(service: &mut Service, clock: &TestClock, line: &str, fields: &[&str]) -> (Told, Answered) {
    let sent = Sent::new(line, fields);
    let mut opened = service.open(&sent.request(), clock);
    // As a thread does; each request is looked at for itself.
    service.look_again();
    if let Some(search) = opened.take_search() {
        opened.attempts = service.searched(&mut opened, &sent.request(), search.run());
    }
    let told = Told { steps: opened.steps.clone(), attempts: opened.attempts.clone() };
    (told, service.answer(opened, &sent.request(), &Bytes::new(), clock))
}

/// What a request that is tried would try, and the group that would answer it.
fn attempts(service: &Service, method: &str, path: &str) -> (Vec<RouteAttempt>, Option<usize>) {
    let (mut attempts, trying) = service.attempts(method, path, TestClock::new().wall());
    match trying {
        Trying::Own => (attempts, None),
        Trying::Group(group) => (attempts, Some(group)),
        Trying::Folder(folder) => {
            attempts.push(folder.run());
            (attempts, None)
        }
    }
}

fn reply(service: &mut Service, line: &str, fields: &[&str]) -> Reply {
    send(service, &TestClock::new(), line, fields).1.reply
}

fn folder() -> (tempfile::TempDir, Site) {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("a.txt"), "abcdefghijklmnopqrstuvwxyz").unwrap();
    let site = Site::Folder(Folder::open(temp.path()).unwrap());
    (temp, site)
}

#[test]
fn routes_go_before_the_folder() {
    let mut service = service_with(Site::Welcome, &[]);
    let clock = TestClock::new();
    let (opened, answered) = send(&mut service, &clock, "GET /api/users/42?x=1", &[]);
    assert_eq!(opened.attempts.len(), 3);
    assert_eq!(opened.attempts[2].summary.words(), "id = 42");
    assert_eq!(text(&answered.reply), "{\"id\":\"42\"}\n");
    let (opened, answered) = send(&mut service, &clock, "GET /style.css", &[]);
    assert_eq!(opened.attempts.len(), ROUTES.len() + 1);
    let last = opened.attempts.last().unwrap();
    assert_eq!((last.method_name(), &*last.pattern, &last.mismatch), ("ANY", "welcome site", &None));
    assert_eq!(last.summary.words(), format!("file style.css, {} bytes", content(&answered.reply).len()));
}

#[test]
fn only_matches_are_counted() {
    let mut service = service_with(Site::Welcome, &[]);
    for line in ["GET /health", "HEAD /health", "DELETE /health", "GET /nope", "OPTIONS *", "BREW /health"] {
        reply(&mut service, line, &[]);
    }
    assert_eq!(attempts(&service, "GET", "/health").0.len(), 1);
    assert_eq!(attempts(&service, "GET", "/").0.len(), ROUTES.len() + 1);
    let routes = service.routes();
    assert_eq!(routes.len(), ROUTES.len() + 1);
    assert_eq!((routes[0].method, &*routes[0].pattern, routes[0].hits), ("GET", "/health", 2));
    let folder = RouteInfo { method: "ANY", pattern: "welcome site".into(), group: None, hits: 1 };
    assert_eq!(routes[ROUTES.len()], folder);
    assert_eq!(routes.iter().map(|route| route.hits).sum::<u64>(), 3);
}

#[test]
fn methods_are_told_apart() {
    let mut service = service_with(Site::Welcome, &[]);
    for (line, status, allow) in [
        ("DELETE /api/health", 405, Some("GET, HEAD, OPTIONS")),
        ("GET /api/echo", 405, Some("POST, OPTIONS")),
        ("HEAD /echo", 405, Some("POST, OPTIONS")),
        ("OPTIONS /api/echo", 204, Some("POST, OPTIONS")),
        ("OPTIONS /style.css", 204, Some("GET, HEAD, OPTIONS")),
        ("OPTIONS *", 204, Some("GET, HEAD, POST, OPTIONS")),
        ("POST /style.css", 405, Some("GET, HEAD, OPTIONS")),
        ("POST /nope", 404, None),
        ("BREW /health", 501, None),
        ("get /health", 501, None),
        ("TRACE /", 501, None),
        ("CONNECT localhost:80", 501, None),
    ] {
        let reply = reply(&mut service, line, &[]);
        assert_eq!((reply.status, reply.fields.value("Allow")), (Status(status), allow), "{line}");
    }
    let (opened, _) = send(&mut service, &TestClock::new(), "POST /style.css", &[]);
    let last = opened.attempts.last().unwrap();
    assert_eq!(last.mismatch, Some(Mismatch::Method { found: "POST".into() }));
}

#[test]
fn only_an_echo_that_is_reached_wants_the_body() {
    let mut service = service_with(Site::Welcome, &[MiddlewareKind::RateLimit]);
    let mut settings = MiddlewareSettings { layers: Vec::new(), ..MiddlewareSettings::default() };
    let wants = |service: &mut Service, line| {
        service.open(&Sent::new(line, &[]).request(), &TestClock::new()).wants_body
    };
    assert!(wants(&mut service, "POST /echo"));
    assert!(wants(&mut service, "POST /api/echo"));
    for line in ["GET /echo", "POST /health", "POST /style.css", "POST /nope"] {
        assert!(!wants(&mut service, line), "{line}");
    }
    settings.layers = vec![Layer { kind: MiddlewareKind::RateLimit, enabled: true }];
    settings.rate_limit.capacity = 0;
    service.set_middleware(&settings);
    assert!(!wants(&mut service, "POST /echo"), "429 needs no body");
}

#[test]
fn the_body_reaches_the_handler() {
    let mut service = service_with(Site::Welcome, &open_layers());
    let sent = Sent::new("POST /echo", &["Content-Type: text/x"]);
    let clock = TestClock::new();
    let opened = service.open(&sent.request(), &clock);
    let answered = service.answer(opened, &sent.request(), &Bytes::from_static(b"\0\xff"), &clock);
    assert_eq!(content(&answered.reply), b"\0\xff");
}

#[test]
fn steps_are_told_in_order_with_what_they_changed() {
    use MiddlewareKind::{CrossSite, Etag, Logger, Security, ServerHeader};
    let mut service = service_with(Site::Welcome, &[Logger, Etag, ServerHeader]);
    let (opened, answered) = send(&mut service, &TestClock::new(), "GET /style.css", &[]);
    let names_of =
        |steps: &[MiddlewareStep]| steps.iter().map(|step| step.name.to_string()).collect::<Vec<_>>();
    let keys = |kinds: &[MiddlewareKind]| kinds.iter().map(|kind| kind.key()).collect::<Vec<_>>();
    assert_eq!(names_of(&opened.steps.list), keys(&[Logger, Etag, ServerHeader]));
    assert_eq!(names_of(&answered.steps.list), keys(&[ServerHeader, Etag, Logger]));
    let names =
        |step: &MiddlewareStep| step.changes.iter().map(|change| change.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&answered.steps.list[0]), ["Server"]);
    assert_eq!(answered.steps.list[0].changes[0].after.as_deref(), Some("byteglass"));
    assert_eq!(names(&answered.steps.list[1]), ["ETag", "Cache-Control"]);
    assert_eq!(names(&answered.steps.list[2]), [""; 0]);
    let tag = answered.reply.fields.value("ETag").unwrap().to_owned();

    let unmodified = [&*format!("If-None-Match: {tag}")];
    let (_, answered) = send(&mut service, &TestClock::new(), "GET /style.css", &unmodified);
    assert_eq!(answered.reply.status, Status(304));
    assert_eq!(answered.steps.list[1].answered, Some(Status(304)));
    assert_eq!(answered.steps.list[1].summary.words(), "not modified according to If-None-Match");
    let removed: Vec<_> = answered.steps.list[1]
        .changes
        .iter()
        .filter(|change| change.after.is_none())
        .map(|c| &*c.name)
        .collect();
    assert_eq!(removed, ["Content-Type", "Accept-Ranges"]);
    assert!(log(&service)[1].contains("\"GET /style.css HTTP/1.1\" 304 -"), "{:?}", log(&service));

    let mut settings = MiddlewareSettings::default();
    settings.set_enabled(Etag, false);
    settings.set_enabled(Security, true);
    service.set_middleware(&settings);
    let (_, answered) = send(&mut service, &TestClock::new(), "GET /style.css", &unmodified);
    assert_eq!(names_of(&answered.steps.list), keys(&[ServerHeader, Security, CrossSite, Logger]));
    assert_eq!((answered.reply.status, answered.reply.fields.value("ETag")), (Status(200), None));
    assert_eq!(log(&service).len(), 3, "the log is kept");
}

#[test]
fn what_cannot_be_seen_is_escaped_wherever_it_is_told() {
    let (_temp, site) = folder();
    let mut service = service_with(site, &[MiddlewareKind::Logger]);
    for hidden in ['\u{ad}', '\u{61c}', '\u{200b}', '\u{2060}', '\u{202e}', '\u{feff}'] {
        let hidden_text = hidden.to_string();
        let encoded = percent_encoding::utf8_percent_encode(&hidden_text, percent_encoding::NON_ALPHANUMERIC);
        for path in [format!("/a{encoded}b"), format!("/status/1{encoded}"), format!("/a{hidden}b")] {
            let (told, answered) = send(&mut service, &TestClock::new(), &format!("GET {path}"), &[]);
            let shown = format!("{}{:?}{:?}", text(&answered.reply), log(&service), told.steps);
            assert!(!shown.contains(hidden), "{shown}");
            for attempt in &*told.attempts {
                let reason = attempt
                    .mismatch
                    .as_ref()
                    .map_or_else(|| attempt.summary.words().into_owned(), Mismatch::sentence);
                assert!(!reason.contains(hidden), "{reason}");
            }
        }
    }
}

#[test]
fn a_layer_that_answers_hides_those_inside_it() {
    use MiddlewareKind::{Cors, Logger, RateLimit, ServerHeader};
    let mut service = service_with(Site::Welcome, &[Logger, RateLimit, Cors, ServerHeader]);
    let clock = TestClock::new();
    let preflight = ["Origin: null", "Access-Control-Request-Method: POST"];
    let (opened, answered) = send(&mut service, &clock, "OPTIONS /api/echo", &preflight);
    assert_eq!(opened.steps.list.len(), 3);
    assert_eq!(opened.steps.list[2].answered, Some(Status(204)));
    assert_eq!(opened.steps.list[2].changes[0].name, "Access-Control-Allow-Origin");
    assert_eq!(*opened.attempts, []);
    assert_eq!(
        answered.steps.list.iter().map(|step| &*step.name).collect::<Vec<_>>(),
        ["rate-limit", "logger"]
    );
    assert_eq!(answered.reply.fields.value("Server"), None);

    for _ in 0..9 {
        send(&mut service, &clock, "GET /health", &[]);
    }
    let (opened, answered) = send(&mut service, &clock, "GET /health", &[]);
    assert_eq!(opened.steps.list.last().map(|step| step.answered), Some(Some(Status(429))));
    assert_eq!(answered.reply.refusal, Some(Refusal::RateLimited.into()));
    assert_eq!(answered.reply.fields.value("Retry-After"), Some("1"));
    assert_eq!(answered.steps.list.iter().map(|step| &*step.name).collect::<Vec<_>>(), ["logger"]);
    assert_eq!(service.readings(clock.nanos()).buckets, [(std::net::IpAddr::from([127, 0, 0, 1]), 0, 10)]);
    clock.advance(Duration::from_secs(3));
    assert_eq!(service.readings(clock.nanos()).buckets[0].1, 3);
    assert_eq!(send(&mut service, &clock, "GET /health", &[]).1.reply.status, Status(200));
}

#[test]
fn a_change_of_settings_holds_from_the_next_request_on() {
    let mut service = service_with(Site::Welcome, &[MiddlewareKind::ServerHeader]);
    let (sent, clock) = (Sent::new("GET /health", &[]), TestClock::new());
    let opened = service.open(&sent.request(), &clock);
    service.set_middleware(&MiddlewareSettings { layers: Vec::new(), ..MiddlewareSettings::default() });
    let answered = service.answer(opened, &sent.request(), &Bytes::new(), &clock);
    assert_eq!(answered.reply.fields.value("Server"), Some("byteglass"));
    assert_eq!(reply(&mut service, "GET /health", &[]).fields.value("Server"), None);
}

#[test]
fn each_step_says_how_long_it_took() {
    struct Ticking(TestClock);
    impl Clock for Ticking {
        fn nanos(&self) -> u64 {
            self.0.advance(Duration::from_nanos(7));
            self.0.nanos()
        }
        fn wall(&self) -> std::time::SystemTime {
            self.0.wall()
        }
    }
    let mut service = service_with(Site::Welcome, &open_layers());
    let (sent, clock) = (Sent::new("GET /health", &[]), Ticking(TestClock::new()));
    let opened = service.open(&sent.request(), &clock);
    assert_eq!(opened.steps.took.nanos(), [0, 7, 7, 7, 7, 0, 0, 0, 7, 0, 0], "some act on responses only");
    let answered = service.answer(opened, &sent.request(), &Bytes::new(), &clock);
    assert_eq!(answered.steps.took.nanos(), [7; 11]);
}

#[test]
fn a_refusal_of_the_server_gets_the_fields_of_the_layers() {
    let mut service = service_with(Site::Welcome, &open_layers());
    let clock = TestClock::new();
    let asked = Asked { peer: [127, 0, 0, 1].into(), line: b"GET /slo"[..].into() };
    let answered = service.refuse(Refusal::HeadTimeout, Some("The limit is 10 s."), Err(asked), &clock);
    assert_eq!(answered.reply.status, Status(408));
    assert_eq!(answered.reply.fields.value("Server"), Some("byteglass"));
    assert_eq!(answered.reply.fields.value("X-Frame-Options"), Some("SAMEORIGIN"));
    assert!(text(&answered.reply).contains("\nThe limit is 10 s.\nRFC 9110 §15.5.9\n"));
    assert_eq!(answered.steps.list.len(), open_layers().len());
    let line = &log(&service)[0];
    assert!(line.starts_with("127.0.0.1 - - [") && line.contains("] \"GET /slo\" 408 "), "{line}");
    let sent = Sent::new("POST /echo", &[]);
    service.refuse(Rule::BodyTooLarge, None, Ok(&sent.request()), &clock);
    assert!(log(&service)[1].contains("\"POST /echo HTTP/1.1\" 413 "), "{:?}", log(&service));
}

/// Paths that a file server should handle, and odd ones: target, status, Location.
#[cfg(unix)]
#[test]
fn hostile_and_odd_paths_have_their_status() {
    let (temp, site) = folder();
    fs::create_dir(temp.path().join("dir")).unwrap();
    fs::write(temp.path().join("dir/index.html"), "ok").unwrap();
    fs::write(temp.path().join("index.html"), "ok").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", temp.path().join("link-out")).unwrap();
    let mut service = Service::new(site, &MiddlewareSettings::default());
    let deep = format!("/{}", "d/".repeat(2000));
    for (target, status, location) in [
        ("/%61.txt", 200, None),
        ("/%2e%2e/%2e%2e/%2e%2e/etc/passwd", 403, None),
        ("/../../etc/passwd", 403, None),
        ("/..%5c..%5cetc%5cpasswd", 400, None),
        ("/..%2f..%2fetc%2fpasswd", 400, None),
        ("/....//....//etc/passwd", 404, None),
        ("/dir/..;/..;/etc/passwd", 404, None),
        ("/a.txt%00.html", 400, None),
        ("/%c0%ae%c0%ae/etc/passwd", 404, None),
        ("/%ff", 404, None),
        ("/%zz", 400, None),
        ("/%4", 400, None),
        ("/dir", 301, Some("dir/")),
        ("/dir?x=1", 301, Some("dir/?x=1")),
        ("/dir/", 200, None),
        ("/a.txt/", 404, None),
        ("/./a.txt", 200, None),
        ("/dir/../a.txt", 200, None),
        ("/link-out", 403, None),
        (&deep, 404, None),
        ("/dir%2findex.html", 400, None),
        ("//evil.example/%2e%2e", 301, Some("../")),
        ("/dir%0d%0aX-Injected:1", 404, None),
        ("/.hidden", 404, None),
        ("/", 200, None),
    ] {
        let reply = reply(&mut service, &format!("GET {target}"), &[]);
        assert_eq!((reply.status, reply.fields.value("Location")), (Status(status), location), "{target}");
    }
}

#[test]
fn conditions_and_ranges_of_a_real_file_work_together() {
    let (_temp, site) = folder();
    let mut service = Service::new(site, &MiddlewareSettings::default());
    let first = reply(&mut service, "GET /a.txt", &[]);
    let tag = first.fields.value("ETag").unwrap().to_owned();
    let date = first.fields.value("Last-Modified").unwrap().to_owned();
    let range = "Range: bytes=0-4".to_owned();
    for (fields, status) in [
        (vec![format!("If-None-Match: {tag}")], 304),
        (vec![format!("If-None-Match: W/{tag}")], 304),
        (vec![format!("If-Modified-Since: {date}")], 304),
        (vec!["If-None-Match: \"nope\"".to_owned(), format!("If-Modified-Since: {date}")], 200),
        (vec![format!("If-Match: {tag}")], 200),
        (vec![format!("If-Match: W/{tag}")], 412),
        (vec![range.clone()], 206),
        (vec![range.clone(), format!("If-Range: {tag}")], 206),
        (vec![range.clone(), format!("If-Range: W/{tag}")], 200),
        (vec![range.clone(), format!("If-None-Match: {tag}")], 304),
        (vec![range.clone(), "If-Match: \"nope\"".to_owned()], 412),
        (vec!["Range: bytes=99-".to_owned()], 416),
        (vec!["Range: bytes=99-".to_owned(), format!("If-None-Match: {tag}")], 304),
    ] {
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        assert_eq!(reply(&mut service, "GET /a.txt", &fields).status, Status(status), "{fields:?}");
    }
    assert_eq!(reply(&mut service, "GET /nope", &["If-None-Match: *"]).status, Status(404));
}

#[test]
fn a_folder_made_anew_is_served_again_and_another_one_at_once() {
    let (temp, site) = folder();
    let mut service = Service::new(site, &MiddlewareSettings::default());
    fs::remove_dir_all(temp.path()).unwrap();
    assert_eq!(reply(&mut service, "GET /a.txt", &[]).refusal, Some(Refusal::FolderGone.into()));
    fs::create_dir(temp.path()).unwrap();
    fs::write(temp.path().join("a.txt"), "new").unwrap();
    assert_eq!(text(&reply(&mut service, "GET /a.txt", &[])), "new");
    service.set_site(Site::Welcome);
    assert_eq!(reply(&mut service, "GET /a.txt", &[]).refusal, Some(Refusal::NotFound.into()));
    assert_eq!(service.routes().last().map(|route| route.hits), Some(1));
}
