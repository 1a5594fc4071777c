//! Rules of Fields on what this server answers itself.

use byteglass::{
    server::Setting,
    service::{FieldRule, MiddlewareKind, MiddlewareSettings},
    testing::Site,
    trace::EventKind,
};

fn rules(rules: &[&str]) -> MiddlewareSettings {
    let mut middleware = MiddlewareSettings::default();
    middleware.set_enabled(MiddlewareKind::Fields, true);
    middleware.fields.rules = rules.iter().map(|rule| rule.parse::<FieldRule>().unwrap().into()).collect();
    middleware
}

#[test]
fn a_file_and_a_route_are_answered_as_the_rules_say() {
    let site = Site::start_as(|settings| {
        settings.middleware = rules(&[
            "request set Range: bytes=0-2 where path=/a.txt",
            "request set X-Seen: yes where path=/headers",
            "request remove Cookie",
            "response set Content-Type: text/markdown where type=text/plain",
            "response remove Server",
            "response add Set-Cookie: a=b where path=/headers",
            "response set X-Missing: yes where status=404",
        ]);
    });
    let mut client = site.client();
    let part = client.get("/a.txt");
    assert_eq!((part.status, part.text()), (206, "abc"));
    assert_eq!((part.field("Content-Type"), part.field("Server")), (Some("text/markdown"), None));
    let seen = client.get_with("/headers", &["Cookie: secret"]);
    assert!(
        seen.text().contains("[\"X-Seen\", \"yes\"]") && !seen.text().contains("secret"),
        "{}",
        seen.text()
    );
    assert_eq!(seen.field("Set-Cookie"), Some("a=b"));
    assert_eq!(client.get("/gone").field("X-Missing"), Some("yes"));
    // What the client sent stays what is captured.
    let sent = site.wait_for(|event| {
        matches!(&event.kind, EventKind::Bytes { payload: byteglass::trace::Payload::Kept(bytes), .. }
            if bytes.starts_with(b"GET /headers"))
    });
    let EventKind::Bytes { payload: byteglass::trace::Payload::Kept(bytes), .. } = sent.kind else {
        panic!()
    };
    assert!(bytes.windows(14).any(|part| part == b"Cookie: secret"));
}

#[test]
fn changed_rules_act_from_the_next_request_on() {
    let site = Site::start();
    let mut client = site.client();
    assert_eq!(client.get("/a.txt").field("X-A"), None);
    site.set(Setting::Middleware(rules(&["response set X-A: 1"])));
    assert_eq!(client.get("/a.txt").field("X-A"), Some("1"));
    let mut isolated = rules(&[]);
    isolated.fields.isolates = true;
    site.set(Setting::Middleware(isolated));
    let page = client.get("/");
    assert_eq!(page.field("X-A"), None);
    assert_eq!(page.field("Cross-Origin-Opener-Policy"), Some("same-origin"));
    assert_eq!(page.field("Cross-Origin-Embedder-Policy"), Some("require-corp"));
}
