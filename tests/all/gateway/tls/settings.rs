//! What is trusted, and when that changes.

use byteglass::{gateway::TlsSettings, server::Setting};

use super::{Authority, Backend, Front, settings};

#[test]
fn a_file_that_cannot_be_used_is_said_and_a_good_one_is_used_at_once() {
    let authority = Authority::new("Test CA");
    let backend = Backend::answering(authority.issue(&["localhost"], |_| {}).config());
    let url = backend.url("localhost");
    let front = Front::new(&url, &authority);
    let set = |name: &str| {
        let ca_file = Some(front.folder.path().join(name));
        let tls = TlsSettings { ca_file, is_insecure: false };
        let revision = front.server.set(Setting::Gateway(settings(&[&url], tls)));
        assert!(front.server.wait_for(revision));
    };
    std::fs::write(front.folder.path().join("empty.pem"), "").unwrap();
    for (name, words) in
        [("gone.pem", "cannot read the certificates in"), ("empty.pem", "has no certificate in PEM")]
    {
        set(name);
        let response = front.client().get("/a");
        assert_eq!(response.status, 502);
        assert!(
            response.text().contains("cannot be checked: ") && response.text().contains(words),
            "{}",
            response.text()
        );
        let problem = front.server.live().tls.problem.clone();
        assert!(problem.is_some_and(|problem| problem.contains(words)));
    }
    set("trusted.pem");
    assert_eq!(front.client().get("/a").text(), "ok");
}

#[test]
fn a_connection_that_was_not_checked_is_not_used_once_checks_are_on() {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let backend = Backend::answering(other.issue(&["localhost"], |_| {}).config());
    let url = backend.url("localhost");
    let front = Front::with(&[&url], &authority.0.pem(), byteglass::server::Guards::default(), true);
    let mut client = front.client();
    assert_eq!(client.get("/a").text(), "ok");
    let tls = TlsSettings { ca_file: Some(front.ca_file()), is_insecure: false };
    assert!(front.server.wait_for(front.server.set(Setting::Gateway(settings(&[&url], tls)))));
    let response = client.get("/a");
    assert_eq!(response.status, 502);
    assert!(response.text().contains("whose issuer is not trusted: CN=Other CA"), "{}", response.text());
}
