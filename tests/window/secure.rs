//! Backends that are reached over TLS, as the window shows them.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
};

use byteglass::{
    gateway::{GatewaySettings, GroupSettings, TlsSettings},
    server::Setting,
    testing::Client,
};
use egui::accesskit::Toggled;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::harness::TestWindow;

/// The address of a backend that answers two requests on each connection, and its own certificate in PEM.
fn backend() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned(), "app.test".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a backend");
    let certificate = params.self_signed(&key).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = builder.with_single_cert(vec![certificate.der().clone()], private).unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket);
            for _ in 0..2 {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
                    head.extend(byte);
                }
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            }
        }
    });
    (address, certificate.pem())
}

/// Puts the window's server in front of the backend. `trusted`: a certificate that is trusted besides those of the
/// system.
fn in_front_of(window: &TestWindow, url: &str, trusted: Option<&str>, is_insecure: bool) {
    let ca_file = trusted.map(|pem| {
        let file = window.folder.path().join("trusted.pem");
        std::fs::write(&file, pem).unwrap();
        file
    });
    let groups = vec![GroupSettings::new("app", "/", [url.parse().unwrap()])];
    let tls = TlsSettings { ca_file, is_insecure };
    let gateway = GatewaySettings { groups, tls, ..GatewaySettings::default() };
    let server = window.state().server();
    assert!(server.wait_for(server.set(Setting::Gateway(gateway))));
}

fn get(window: &TestWindow, target: &str) -> u16 {
    Client::connect(window.state().server().address().unwrap()).get(target).status
}

#[test]
fn a_leg_inside_tls_is_marked_and_its_handshake_shown() {
    let (url, pem) = backend();
    let mut window = TestWindow::new();
    in_front_of(&window, &url, Some(&pem), false);
    assert_eq!((get(&window, "/a"), get(&window, "/b")), (200, 200));
    window.wait_until_it_says("exchange 1 GET /a 200");
    window.click("exchange 1 GET /a 200 → app-1");
    window.click("Upstream");
    assert!(window.says("app-1 conn 2, inside TLS"), "the mark in the head of a pane");
    for words in [
        "INSIDE TLS",
        "Name asked for (SNI)",
        "localhost",
        "Handshake",
        "Version",
        "TLS 1.3",
        "Cipher suite",
        "TLS_AES_256_GCM_SHA384",
        "Protocol chosen (ALPN)",
        "http/1.1",
        "Certificate for",
        "localhost, app.test",
        "Valid",
        "Issued by",
        "CN=a backend",
    ] {
        assert!(window.says(words), "{words}");
    }
    window.wait_until_it_says("exchange 2 GET /b 200");
    window.click("exchange 2 GET /b 200 → app-1");
    assert!(window.says("for an earlier request, in "));
}

#[test]
fn a_failed_check_is_said_on_the_tab() {
    let (url, _) = backend();
    let mut window = TestWindow::new();
    in_front_of(&window, &url, None, false);
    assert_eq!(get(&window, "/a"), 502);
    window.wait_until_it_says("exchange 1 GET /a 502");
    window.click("exchange 1 GET /a 502 → app-1");
    window.click("Upstream");
    assert!(window.says("did not pass the TLS handshake"));
    assert!(window.says("The backend presented a self-signed certificate for localhost, app.test"));
}

#[test]
fn the_card_sets_how_certificates_are_checked() {
    let (url, pem) = backend();
    let mut window = TestWindow::new().server_page();
    assert!(window.harness.query_by_label("Check certificates").is_none(), "no backend needs it");
    in_front_of(&window, &url, None, false);
    window.settle();
    let is_checked = |window: &TestWindow| {
        let switch = window.harness.get_by_label("Check certificates");
        switch.accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(is_checked(&window) && !window.says("are not checked"));
    window.harness.get_by_label("Check certificates").scroll_to_me();
    window.settle();

    window.enter("File of trusted certificates", "/nowhere/at-all.pem");
    window.wait_until_it_says("annot read the certificates in");
    let file = window.folder.path().join("mine.pem");
    std::fs::write(&file, pem).unwrap();
    window.enter("File of trusted certificates", &file.display().to_string());
    window.wait_until_it_says(" trusted certificate");
    let tls = |window: &TestWindow| window.state().server().settings().gateway.tls.clone();
    assert_eq!(tls(&window), TlsSettings { ca_file: Some(file), is_insecure: false });
    assert_eq!(get(&window, "/a"), 200);

    window.click("Check certificates");
    assert!(tls(&window).is_insecure && !is_checked(&window));
    assert!(window.says("The certificates of https backends are not checked: anybody on the way to them"));
    window.wait_until_it_says("certificates not checked");
    window.click("Check certificates");
    assert!(!tls(&window).is_insecure);
}

#[test]
fn the_status_bar_warns_as_long_as_certificates_are_not_checked() {
    let (url, _) = backend();
    let mut window = TestWindow::new();
    in_front_of(&window, "http://127.0.0.1:1", None, true);
    window.settle();
    assert!(!window.says("certificates not checked"), "no backend has one");
    in_front_of(&window, &url, None, true);
    window.wait_until_it_says("certificates not checked");
    assert_eq!(get(&window, "/a"), 200);
    window.click("Server");
    assert!(window.says("certificates not checked"), "on every page");
    in_front_of(&window, &url, None, false);
    window.settle();
    assert!(!window.says("certificates not checked"));
}
