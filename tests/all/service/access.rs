//! Who is answered: names of hosts, and a password.

use byteglass::{
    server::Setting,
    service::{BasicAuthSettings, MiddlewareKind},
    testing::Site,
};

use super::ALPHABET;

#[test]
fn a_foreign_host_is_answered_to_once_it_is_allowed() {
    let site = Site::start_as(|settings| settings.hosts = vec!["dev.example".to_owned()]);
    let get = |host: &str| {
        let mut client = site.client();
        client.send(format!("GET /a.txt HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        client.response("GET")
    };
    assert_eq!(get("dev.example:8080").body, ALPHABET);
    assert_eq!(get("DEV.EXAMPLE.").body, ALPHABET);
    let refused = get("evil.example");
    assert_eq!(refused.status, 421);
    assert!(refused.text().contains("--host"), "{}", refused.text());
    site.set(Setting::Hosts(vec!["evil.example".to_owned()]));
    assert_eq!((get("evil.example").status, get("dev.example").status), (200, 421));
    assert_eq!(get("localhost").status, 200);
}

#[test]
fn a_foreign_host_is_refused_on_every_address() {
    let site = Site::start();
    let port = site.server.address().unwrap().port();
    let everywhere = site.listen("0.0.0.0".parse::<std::net::IpAddr>().unwrap(), port).unwrap();
    // Whoever reaches the server at an address of a network writes a Host as well.
    let own = byteglass::server::outer_addresses(&[everywhere]).first().copied().unwrap_or(everywhere);
    let status = |host: &str| {
        let mut client = site.client();
        client.send(format!("GET /a.txt HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        client.response("GET").status
    };
    for host in ["evil.example", "a..localhost", &format!("{}.nip.io", own.ip())] {
        assert_eq!(status(host), 421, "{host}");
    }
    for host in ["localhost", "0.0.0.0", &own.to_string(), "[2001:db8::1]"] {
        assert_eq!(status(host), 200, "{host}");
    }
}

#[test]
fn a_page_of_another_site_embeds_nothing() {
    let site = Site::start();
    let cross = |mode: &str, dest: &str| {
        let fields = [
            "Sec-Fetch-Site: cross-site".to_owned(),
            format!("Sec-Fetch-Mode: {mode}"),
            format!("Sec-Fetch-Dest: {dest}"),
        ];
        site.client().get_with("/a.txt", &fields.each_ref().map(String::as_str))
    };
    let refused = cross("no-cors", "script");
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("another site"), "{}", refused.text());
    assert_eq!(cross("navigate", "iframe").status, 403);
    assert_eq!(cross("navigate", "document").body, ALPHABET);
    let own = site.client().get("/a.txt");
    assert_eq!((own.status, own.field("Cross-Origin-Resource-Policy")), (200, Some("same-origin")));
    let mut settings = site.server.settings().middleware.clone();
    settings.set_enabled(MiddlewareKind::Cors, true);
    site.set(Setting::Middleware(settings));
    let shared = cross("no-cors", "script");
    assert_eq!((shared.status, shared.field("Cross-Origin-Resource-Policy")), (200, None));
}

#[test]
fn without_the_password_there_is_nothing() {
    let site = Site::start_as(|settings| {
        settings.middleware.set_enabled(MiddlewareKind::BasicAuth, true);
        settings.middleware.basic_auth = BasicAuthSettings {
            user: "Aladdin".to_owned(),
            password: "open sesame".to_owned(),
            ..BasicAuthSettings::default()
        };
    });
    let mut client = site.client();
    for path in ["/a.txt", "/nope", "/health", "/../x"] {
        let refused = client.get(path);
        assert_eq!(refused.status, 401, "{path}");
        let challenge = refused.field("WWW-Authenticate");
        assert_eq!(challenge, Some("Basic realm=\"byteglass\", charset=\"UTF-8\""));
        assert!(!refused.text().contains("sesame"));
    }
    assert_eq!(client.get_with("/a.txt", &["Authorization: Basic QWxhZGRpbjpvcGVu"]).status, 401);
    let right = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    assert_eq!(client.get_with("/a.txt", &[right]).body, ALPHABET);
    assert_eq!(client.get("/a.txt").status, 401, "each request for itself");
    // What is told about it names no password; the bytes on the wire are Base64.
    drop(client);
    let log = loop {
        let live = site.server.live();
        if live.log.len() >= 7 {
            break format!("{:?}", live.log);
        }
        std::thread::yield_now();
    };
    drop(site.server);
    let mut told = vec![log];
    while let Some(batch) = site.events.recv() {
        told.push(format!("{batch:?}"));
    }
    let told = told.join("\n");
    assert!(told.contains("basic-auth") && !told.contains("sesame"), "{told}");
}
