//! Handshakes that fail, each with the sentence that says why.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
};

use byteglass::{server::Guards, trace::TlsProblem};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    crypto::ring,
    server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier},
    sign::CertifiedKey,
};

use super::{Authority, Backend, Front, Identity, handshakes, named};

/// Asks once. Checks that the answer is a 502 that says this, and the problem of the handshake.
#[track_caller]
fn assert_refused(url: &str, trusted: &Authority, problem: TlsProblem, words: &str) {
    let front = Front::new(url, trusted);
    let response = front.client().get("/a");
    assert_eq!(response.status, 502, "{}", response.text());
    // In HTML quotes are escaped.
    assert!(response.text().contains(words), "{words:?} is not in {}", response.text());
    let found = handshakes(&front.said());
    assert!(found.iter().all(|(handshake, _)| !handshake.is_open), "{found:?}");
    assert!(found.iter().any(|(handshake, _)| handshake.problem == Some(problem)), "{found:?}");
}

#[test]
fn a_certificate_out_of_its_time_is_refused_with_the_date() {
    let authority = Authority::new("Test CA");
    let expired = authority.issue(&["localhost"], |params| params.not_after = date_time_ymd(2021, 3, 4));
    let backend = Backend::answering(expired.config());
    assert_refused(
        &backend.url("localhost"),
        &authority,
        TlsProblem::Expired,
        "presented a certificate for localhost that expired on 2021-03-04 00:00:00 UTC",
    );
    let early = authority.issue(&["localhost"], |params| params.not_before = date_time_ymd(2900, 3, 4));
    let backend = Backend::answering(early.config());
    assert_refused(
        &backend.url("localhost"),
        &authority,
        TlsProblem::NotYetValid,
        "presented a certificate for localhost that is not valid before 2900-03-04 00:00:00 UTC",
    );
}

#[test]
fn a_certificate_for_another_name_is_refused_with_the_names_that_it_has() {
    let authority = Authority::new("Test CA");
    let backend = Backend::answering(authority.issue(&["other.test", "*.more.test"], |_| {}).config());
    let words = "presented a certificate that is not for localhost but for other.test, *.more.test";
    assert_refused(&backend.url("localhost"), &authority, TlsProblem::WrongName, words);
    let words = "presented a certificate that is not for 127.0.0.1 but for other.test";
    assert_refused(&backend.url("127.0.0.1"), &authority, TlsProblem::WrongName, words);
}

#[test]
fn a_certificate_that_nobody_trusted_issued_is_refused() {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let backend = Backend::answering(other.issue(&["localhost"], |_| {}).config());
    let words = "presented a certificate for localhost whose issuer is not trusted: CN=Other CA";
    assert_refused(&backend.url("localhost"), &authority, TlsProblem::UnknownIssuer, words);
    let words = "presented a self-signed certificate for localhost";
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let (identity, _) = self_signed(|params| params.is_ca = is_ca);
        let backend = Backend::answering(identity.config());
        assert_refused(&backend.url("localhost"), &authority, TlsProblem::SelfSigned, words);
    }
}

fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> (Identity, String) {
    let mut params = named("a backend", &["localhost"]);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    (Identity { chain: vec![own.der().clone()], key: key.serialize_der() }, own.pem())
}

#[test]
fn a_self_signed_certificate_in_the_file_is_good_for_its_names_and_its_time() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let (identity, pem) = self_signed(|params| params.is_ca = is_ca);
        let backend = Backend::answering(identity.config());
        let ask = |host: &str| {
            let front = Front::with(&[&backend.url(host)], &pem, Guards::default(), false);
            front.client().get("/a").text().to_owned()
        };
        assert_eq!(ask("localhost"), "ok");
        assert!(ask("127.0.0.1").contains("is not for 127.0.0.1 but for localhost"));
        let (old, pem) = self_signed(|params| {
            params.is_ca = is_ca;
            params.not_after = date_time_ymd(2021, 3, 4);
        });
        let backend = Backend::answering(old.config());
        let front = Front::with(&[&backend.url("localhost")], &pem, Guards::default(), false);
        assert!(front.client().get("/a").text().contains("expired on 2021-03-04"));
    }
}

#[test]
fn without_the_check_any_certificate_is_used_and_the_trace_says_what_is_wrong() {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let expired = other.issue(&["other.test"], |params| params.not_after = date_time_ymd(2021, 3, 4));
    let backend = Backend::answering(expired.config());
    let front = Front::with(&[&backend.url("localhost")], &authority.0.pem(), Guards::default(), true);
    assert_eq!(front.client().get("/a").text(), "ok");
    let events = front.said();
    let (handshake, _) = &handshakes(&events)[0];
    assert!(handshake.is_open && handshake.problem.is_some(), "{handshake:?}");
    let warns =
        |event: &byteglass::trace::Event| format!("{:?}", event.kind).contains("are not checked: anybody");
    assert_eq!(events.iter().filter(|event| warns(event)).count(), 1);
}

/// Hands out a certificate with a key that is not its own.
#[derive(Debug)]
struct Mismatched(Arc<CertifiedKey>);

impl ResolvesServerCert for Mismatched {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[test]
fn a_certificate_of_somebody_else_is_refused() {
    let authority = Authority::new("Test CA");
    let (own, other) = (authority.issue(&["localhost"], |_| {}), authority.issue(&["localhost"], |_| {}));
    let key = ring::sign::any_supported_type(&other.key()).unwrap();
    let stolen = Mismatched(Arc::new(CertifiedKey::new(own.chain.clone(), key)));
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let backend = Backend::answering(builder.with_cert_resolver(Arc::new(stolen)));
    let words = "presented a certificate for localhost, but a signature in the handshake is wrong";
    assert_refused(&backend.url("localhost"), &authority, TlsProblem::BadSignature, words);
}

#[test]
fn a_backend_that_speaks_another_protocol_inside_is_refused() {
    let authority = Authority::new("Test CA");
    let mut config = authority.issue(&["localhost"], |_| {}).config();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let backend = Backend::answering(config);
    let words = "it refused the protocol http/1.1";
    assert_refused(&backend.url("localhost"), &authority, TlsProblem::AlpnRefused, words);
}

#[test]
fn a_backend_that_wants_a_certificate_gets_none() {
    let authority = Authority::new("Test CA");
    let identity = authority.issue(&["localhost"], |_| {});
    let provider = Arc::new(ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.0.der().clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider)).build().unwrap();
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_client_cert_verifier(verifier);
    let backend =
        Backend::answering(builder.with_single_cert(identity.chain.clone(), identity.key()).unwrap());
    // In TLS 1.3 this comes after the handshake.
    let front = Front::new(&backend.url("localhost"), &authority);
    let response = front.client().get("/a");
    assert_eq!(response.status, 502);
    assert!(response.text().contains("requires a certificate of its client"), "{}", response.text());
}

/// A backend that answers the first bytes of a connection with these.
fn raw(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(answer);
            let _ = socket.read(&mut [0; 4096]);
        }
    });
    format!("https://localhost:{port}")
}

#[test]
fn what_is_no_tls_and_old_tls_are_told_apart() {
    let authority = Authority::new("Test CA");
    let plain = raw(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    assert_refused(&plain, &authority, TlsProblem::NotTls, "does not speak TLS at this port; it sent");
    let page = raw(b"<!DOCTYPE HTML>");
    assert_refused(&page, &authority, TlsProblem::NotTls, "does not speak TLS at this port; it sent");
    // RFC 8446 §6: a fatal alert, protocol_version; and handshake_failure, and internal_error.
    let old = raw(&[21, 3, 1, 0, 2, 2, 70]);
    assert_refused(
        &old,
        &authority,
        TlsProblem::NoCommonVersion,
        "speaks no version of TLS that byteglass speaks",
    );
    let picky = raw(&[21, 3, 3, 0, 2, 2, 40]);
    assert_refused(&picky, &authority, TlsProblem::NoCommonCipher, "has no cipher suite or other parameter");
    let broken = raw(&[21, 3, 3, 0, 2, 2, 80]);
    assert_refused(&broken, &authority, TlsProblem::Alert, "with the alert InternalError (80)");
    let unknown = raw(&[21, 3, 3, 0, 2, 2, 112]);
    assert_refused(&unknown, &authority, TlsProblem::NameRefused, "does not know the name localhost");
    let nonsense = raw(&[22, 3, 3, 0, 4, 2, 0, 0, 0]);
    assert_refused(&nonsense, &authority, TlsProblem::Broken, "broke the rules of TLS: ");
}

#[test]
fn a_failed_check_counts_as_a_failure_and_another_backend_takes_over() {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Other CA"));
    let bad = Backend::answering(other.issue(&["localhost"], |_| {}).config());
    let good = Backend::answering(authority.issue(&["localhost"], |_| {}).config());
    let urls = [bad.url("localhost"), good.url("localhost")];
    let front = Front::with(&[&urls[0], &urls[1]], &authority.0.pem(), Guards::default(), false);
    let mut client = front.client();
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.response("POST").text(), "ok", "nothing was sent to the first one");

    let front = Front::new(&urls[0], &authority);
    let mut client = front.client();
    assert!([502, 502, 502, 503].iter().all(|status| client.get("/a").status == *status));
    // One handshake for each request that was sent there.
    assert_eq!(handshakes(&front.said()).len(), 3);
}
