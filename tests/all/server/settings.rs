//! What can be changed while the server runs, and what it cannot be started with.

use byteglass::{
    server::{Handle, OpenedSite, Setting, Settings, SiteChoice, StartError},
    service::MiddlewareKind,
    testing::{Client, Site},
};

use super::ALPHABET;

#[test]
fn another_folder_other_middleware_and_another_port_leave_connections_alone() {
    let site = Site::start();
    let mut client = site.client();
    assert_eq!(client.get("/a.txt").body, ALPHABET);
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("a.txt"), "other").unwrap();
    let opened = OpenedSite::open(SiteChoice::Folder(other.path().to_owned())).unwrap();
    site.set(Setting::Site(opened));
    assert_eq!(client.get("/a.txt").text(), "other");

    let mut middleware = site.server.settings().middleware.clone();
    middleware.set_enabled(MiddlewareKind::ServerHeader, false);
    middleware.set_enabled(MiddlewareKind::Cors, true);
    site.set(Setting::Middleware(middleware));
    let response = client.get("/a.txt");
    assert_eq!(response.field("Server"), None);

    let before = site.server.address().unwrap();
    let after = site.listen(before.ip(), 0).unwrap();
    assert_ne!(before, after);
    assert_eq!(client.get("/a.txt").text(), "other", "an open connection stays");
    assert_eq!(Client::connect(after).get("/a.txt").text(), "other");

    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = site.listen(before.ip(), busy.local_addr().unwrap().port());
    assert!(matches!(refused, Err(StartError::PortBusy(_))));
    assert_eq!(site.server.address(), Some(after));
    assert_eq!(Client::connect(after).get("/a.txt").status, 200);

    // The port is held by this server itself, at another address.
    let moved = site.listen("127.0.0.2".parse().unwrap(), after.port()).unwrap();
    assert_eq!(moved.port(), after.port());
    let everywhere = site.listen("0.0.0.0".parse().unwrap(), after.port()).unwrap();
    assert_eq!(Client::connect(after).get("/a.txt").text(), "other");
    assert_eq!(client.get("/a.txt").text(), "other");
    let refused = site.listen("203.0.113.7".parse().unwrap(), after.port());
    assert!(matches!(refused, Err(StartError::AddressUnknown(_))));
    assert_eq!(site.server.address(), Some(everywhere));
    assert_eq!(Client::connect(after).get("/a.txt").status, 200);

    site.server.stop().wait().unwrap();
    assert!(client.is_closed());
    assert_eq!(site.server.address(), None);
    let again = site.listen(before.ip(), 0).unwrap();
    assert_eq!(Client::connect(again).get("/a.txt").status, 200);
}

#[test]
fn a_folder_that_cannot_be_served_is_refused_in_plain_words() {
    let site = Site::start();
    let missing = site.folder.path().join("nowhere");
    let error = OpenedSite::open(SiteChoice::Folder(missing)).unwrap_err();
    assert!(matches!(error, StartError::FolderMissing(_)));
    let inside = site.folder.path().join("a.txt/b");
    let error = OpenedSite::open(SiteChoice::Folder(inside)).unwrap_err();
    assert!(matches!(error, StartError::Folder(..)), "{error}");
    assert_eq!(site.client().get("/a.txt").status, 200, "the old folder stays");
    std::fs::remove_dir_all(site.folder.path()).unwrap();
    assert_eq!(site.client().get("/a.txt").status, 404);
    assert_eq!(site.client().get("/health").status, 200);
}

#[test]
fn an_address_that_cannot_be_had_is_an_error_in_plain_words() {
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port();
    let Err(error) = Handle::start(Settings { port, ..Settings::default() }, None) else {
        panic!("the port is taken")
    };
    assert!(error.to_string().contains("in use by another program"));
    let beside = Handle::start_near(Settings::default(), port..=port.saturating_add(50), None).unwrap();
    assert_ne!(beside.address().unwrap().port(), port);
    let bind = "203.0.113.7".parse().unwrap();
    let Err(error) = Handle::start(Settings { bind, port: 0, ..Settings::default() }, None) else {
        panic!("not an address of this machine")
    };
    assert!(matches!(error, StartError::AddressUnknown(_)), "{error}");
}
