//! The gateway in front of backends that speak TLS, with certificates good and bad.

mod active;
mod checks;
mod messages;
mod settings;
mod trouble;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    time::Duration,
};

use byteglass::{
    gateway::{GatewaySettings, GroupSettings, TlsSettings},
    server::{Guards, Handle, Settings},
    trace::{self, Event, EventKind, Handshake},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const PATIENCE: Duration = Duration::from_secs(10);

/// The backend's end of a connection.
type Stream = StreamOwned<ServerConnection, TcpStream>;

/// An authority that issues certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for these names, after `change`.
    fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = named("a backend", names);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let chain = vec![params.signed_by(&key, &self.0).unwrap().der().clone()];
        Identity { chain, key: key.serialize_der() }
    }
}

/// Who a backend says it is.
#[derive(Clone)]
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Identity {
    fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }

    /// The settings of a backend that says so.
    fn config(&self) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let mut config = builder.with_single_cert(self.chain.clone(), self.key()).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}

fn named(name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params
}

/// A backend on a port of its own, which does `serve` on each connection, in the order of the connections.
struct Backend {
    address: SocketAddr,
    /// The name that each connection asked for. `None`: it named none.
    names: Receiver<Option<String>>,
}

impl Backend {
    fn new(config: ServerConfig, serve: impl Fn(&mut Stream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, names) = channel();
        let (config, serve) = (Arc::new(config), Arc::new(serve));
        std::thread::spawn(move || {
            for mut socket in listener.incoming().flatten() {
                socket.set_read_timeout(Some(PATIENCE)).unwrap();
                socket.set_write_timeout(Some(PATIENCE)).unwrap();
                let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                let (sender, serve) = (sender.clone(), Arc::clone(&serve));
                std::thread::spawn(move || {
                    if tls.complete_io(&mut socket).is_ok() {
                        let _ = sender.send(tls.server_name().map(str::to_owned));
                        serve(&mut StreamOwned::new(tls, socket));
                    }
                });
            }
        });
        Self { address, names }
    }

    /// One that answers every request on a connection, until that ends.
    fn answering(config: ServerConfig) -> Self {
        Self::new(config, |stream| {
            while head(stream).is_some() {
                stream.write_all(OK.as_bytes()).unwrap();
            }
        })
    }

    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.address.port())
    }
}

/// The next head that arrives. `None`: the connection ended.
fn head(stream: &mut impl Read) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8(head).unwrap())
}

/// Ends TLS, and then the connection.
fn end(stream: &mut Stream) {
    stream.conn.send_close_notify();
    stream.flush().unwrap();
}

/// A gateway, what it trusts, and what it said.
struct Front {
    server: Handle,
    events: trace::Receiver,
    folder: tempfile::TempDir,
}

impl Front {
    /// In front of this backend, trusting this authority.
    fn new(url: &str, authority: &Authority) -> Self {
        Self::with(&[url], &authority.0.pem(), Guards::default(), false)
    }

    fn with(urls: &[&str], trusted: &str, guards: Guards, is_insecure: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("trusted.pem");
        std::fs::write(&ca_file, trusted).unwrap();
        let tls = TlsSettings { ca_file: Some(ca_file), is_insecure };
        let gateway = settings(urls, tls);
        let (sender, events) = trace::channel(1 << 28);
        let settings = Settings { port: 0, gateway, guards, ..Settings::default() };
        Self { server: Handle::start(settings, Some(sender)).unwrap(), events, folder }
    }

    fn ca_file(&self) -> PathBuf {
        self.folder.path().join("trusted.pem")
    }

    fn client(&self) -> byteglass::testing::Client {
        super::client(&self.server)
    }

    /// Stops the gateway, and takes all that it said.
    fn said(self) -> Vec<Event> {
        drop(self.server);
        let mut events = Vec::new();
        while let Some(batch) = self.events.try_recv() {
            events.extend(batch.events);
        }
        events
    }
}

fn settings(urls: &[&str], tls: TlsSettings) -> GatewaySettings {
    let addresses = urls.iter().map(|url| url.parse().unwrap());
    GatewaySettings {
        groups: vec![GroupSettings::new("app", "/", addresses)],
        tls,
        ..GatewaySettings::default()
    }
}

/// The handshakes among events.
fn handshakes(events: &[Event]) -> Vec<(Arc<Handshake>, bool)> {
    let handshake = |event: &Event| match &event.kind {
        EventKind::Encrypted(encryption) => Some((Arc::clone(&encryption.handshake), encryption.is_reused)),
        _ => None,
    };
    events.iter().filter_map(handshake).collect()
}
