//! What can be changed while the server runs, and what it cannot be started with.

use byteglass::{
    server::{BindAddresses, Handle, LinesSettings, OpenedSite, Setting, Settings, SiteChoice, StartError},
    service::MiddlewareKind,
    testing::{Client, Site},
    trace::{EventKind, ProtocolKind},
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
    let moved = site.listen("127.0.0.2".parse::<std::net::IpAddr>().unwrap(), after.port()).unwrap();
    assert_eq!(moved.port(), after.port());
    let everywhere = site.listen("0.0.0.0".parse::<std::net::IpAddr>().unwrap(), after.port()).unwrap();
    assert_eq!(Client::connect(after).get("/a.txt").text(), "other");
    assert_eq!(client.get("/a.txt").text(), "other");
    let refused = site.listen("203.0.113.7".parse::<std::net::IpAddr>().unwrap(), after.port());
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
    let bind = addresses("203.0.113.7");
    let Err(error) = Handle::start(Settings { bind, port: 0, ..Settings::default() }, None) else {
        panic!("not an address of this machine")
    };
    assert!(matches!(error, StartError::AddressUnknown(_)), "{error}");
}

fn addresses(text: &str) -> BindAddresses {
    text.parse().unwrap()
}

#[test]
fn several_addresses_are_served_at_one_port_and_given_up_together() {
    let settings = Settings {
        bind: addresses("127.0.0.1, 127.0.0.2"),
        port: 0,
        lines: LinesSettings { port: Some(0), ..LinesSettings::default() },
        ..Settings::default()
    };
    let (sender, events) = byteglass::trace::channel(1 << 20);
    let server = Handle::start(settings, Some(sender)).unwrap();
    let both = server.addresses_of(ProtocolKind::Http);
    let port = server.address().unwrap().port();
    assert_eq!(both, addresses("127.0.0.1, 127.0.0.2").at(port));
    for address in &both {
        assert_eq!(Client::connect(*address).get("/health").status, 200, "{address}");
    }
    assert_eq!(server.addresses_of(ProtocolKind::Lines).len(), 2);
    let told = events.recv().unwrap().events.into_iter();
    let told = told.filter(|event| matches!(event.kind, EventKind::Listening(ProtocolKind::Http, _)));
    assert_eq!(told.count(), 2, "each has an event");

    // One that is held already, one that is new, and the same port.
    let mut client = Client::connect(both[0]);
    assert_eq!(client.get("/health").status, 200);
    server.listen(addresses("127.0.0.2, 127.0.0.3"), port).wait().unwrap().unwrap();
    assert_eq!(server.addresses_of(ProtocolKind::Http), addresses("127.0.0.2, 127.0.0.3").at(port));
    assert_eq!(server.addresses_of(ProtocolKind::Lines).len(), 2);
    assert!(std::net::TcpStream::connect(both[0]).is_err(), "no longer listened at");
    assert_eq!(client.get("/health").status, 200, "an open connection stays");
    for address in server.addresses_of(ProtocolKind::Http) {
        assert_eq!(Client::connect(address).get("/health").status, 200, "{address}");
    }

    // One of them cannot be had: all stays as it is.
    let refused = server.listen(addresses("127.0.0.2, 203.0.113.7"), port).wait().unwrap();
    assert!(matches!(refused, Err(StartError::AddressUnknown(_))), "{refused:?}");
    assert_eq!(server.addresses_of(ProtocolKind::Http), addresses("127.0.0.2, 127.0.0.3").at(port));
    assert_eq!(Client::connect(server.address().unwrap()).get("/health").status, 200);
    server.stop().wait().unwrap();
    assert_eq!(server.addresses_of(ProtocolKind::Http), []);
}

#[test]
fn a_port_that_one_of_the_addresses_lacks_is_passed_over() {
    let busy = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let port = busy.local_addr().unwrap().port();
    let bind = addresses("127.0.0.1, 127.0.0.2");
    let Err(error) = Handle::start(Settings { bind: bind.clone(), port, ..Settings::default() }, None) else {
        panic!("the port is taken at the second address")
    };
    assert!(error.to_string().contains("at 127.0.0.2"), "{error}");
    let settings = Settings { bind, ..Settings::default() };
    let server = Handle::start_near(settings, port..=port.saturating_add(50), None).unwrap();
    let ports: Vec<u16> =
        server.addresses_of(ProtocolKind::Http).iter().map(std::net::SocketAddr::port).collect();
    assert!(ports.len() == 2 && ports[0] == ports[1] && ports[0] != port, "{ports:?}");
}
