//! A gateway to backends over TLS under torture: each call that it makes for its two legs fails in turn, in the handshake
//! and inside it.

use std::{net::TcpListener, sync::Arc};

use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{
    code,
    gateway::{Backends, converse, may_come, play, torture, torture_kept},
};
use crate::{
    base::faults::{
        Call,
        plan::{Fault, Plan},
    },
    gateway::TlsSettings,
};

/// Two backends that speak TLS, and the folder with the certificate that is trusted.
fn two(keeps: bool) -> (Backends, tempfile::TempDir) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trusted.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], private).unwrap());
    let urls = (0..2).map(|_| format!("https://localhost:{}", backend(&config, keeps))).collect();
    (Backends { urls, tls: TlsSettings { ca_file: Some(file), is_insecure: false } }, folder)
}

/// The port of a backend.
fn backend(config: &Arc<ServerConfig>, keeps: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::clone(config);
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let inside = StreamOwned::new(tls, socket.try_clone().unwrap());
            std::thread::spawn(move || converse(&socket, inside, keeps));
        }
    });
    port
}

#[test]
fn a_gateway_that_nothing_happens_to_answers() {
    assert_eq!(play(&two(false).0, false, None).0, ["200", "200", "200"]);
    assert_eq!(play(&two(true).0, true, None).0, ["200 200 200"]);
}

#[test]
fn what_is_repeated_or_falls_short_hurts_nobody() {
    let ((once, _file), (kept, _other)) = (two(false), two(true));
    for call in [Call::Read, Call::Write] {
        torture(&once, call, code(libc::EINTR), &[]);
        assert!(torture_kept(&kept, call, code(libc::EINTR)).is_empty(), "{call:?}");
        // So short that a record of TLS takes many of them.
        for short in [997, 61] {
            let plan = Plan { call, at: 0, times: usize::MAX, fault: Fault::Short(short) };
            assert_eq!(play(&once, false, Some(plan)).0, ["200", "200", "200"], "{call:?} {short}");
            assert_eq!(play(&kept, true, Some(plan)).0, ["200 200 200"], "{call:?} {short}");
        }
    }
}

#[test]
fn a_connection_that_cannot_be_made_is_made_to_another() {
    let (once, _file) = two(false);
    torture(&once, Call::Connect, code(libc::ECONNREFUSED), &[]);
    torture(&once, Call::Register, code(libc::ENOSPC), &[""]);
}

#[test]
fn a_leg_that_fails_takes_the_other_one_along() {
    let (once, _file) = two(false);
    torture(&once, Call::Read, code(libc::ECONNRESET), &["", "502", "200, cut off"]);
    torture(&once, Call::Write, code(libc::EPIPE), &["", "502", "200, cut off"]);
    torture(&once, Call::Shutdown, code(libc::ENOTCONN), &[]);
}

#[test]
fn a_kept_connection_that_fails_is_no_answer_to_the_next_request() {
    let (kept, _file) = two(true);
    for (call, error) in
        [(Call::Read, libc::ECONNRESET), (Call::Write, libc::EPIPE), (Call::Shutdown, libc::ENOTCONN)]
    {
        let others = torture_kept(&kept, call, code(error));
        assert!(others.iter().all(|got| may_come(got)), "{call:?}: {others:?}");
    }
}
