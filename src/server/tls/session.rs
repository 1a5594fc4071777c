//! The encryption of one connection.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::IpAddr,
    sync::Arc,
};

use rustls::{ClientConfig, ClientConnection, Error, client::Resumption, pki_types::ServerName};

use crate::{
    base::{
        faults::{self, Call},
        stream::Nanos,
    },
    trace::{Handshake, TlsProblem},
};

use super::{
    Trust, problem,
    verifier::{Seen, Verifier},
};

/// Bytes of plaintext that are encrypted at once (RFC 8446 §5.1: a record has at most 2^14). No more than one record
/// waits for the socket.
const RECORD_BYTES: usize = 16 * 1024;
/// Number of the first bytes received that are kept, to tell what speaks instead of TLS.
const FIRST_BYTES: usize = 24;

/// The encryption of a connection that this program made.
pub(in crate::server) struct Session {
    tls: ClientConnection,
    verifier: Arc<Verifier>,
    name: Box<str>,
    /// The time at which the handshake began.
    began: Nanos,
    first: Vec<u8>,
    /// Encrypted bytes received and sent.
    bytes: [u64; 2],
    incoming: Incoming,
    /// Whether the end of the handshake was reported.
    is_reported: bool,
    has_said_end: bool,
}

/// How far what arrives can be read.
#[derive(Debug)]
enum Incoming {
    /// More may follow.
    Open,
    /// The other end has said that nothing follows (RFC 8446 §6.1).
    Ended,
    /// Something is wrong with what arrived. `None`: it was said.
    Failed(Option<Error>),
}

/// What speaks against a connection.
#[derive(Debug)]
pub(in crate::server) enum Broken {
    /// TLS itself.
    Tls(Error),
    /// The connection.
    Ended(TlsProblem),
}

impl Session {
    /// The encryption of a connection to the host `name`. `None`: it cannot be made, because the name is too long for a
    /// host.
    pub(in crate::server) fn new(trust: &Arc<Trust>, name: &str, now: Nanos) -> Option<Self> {
        let verifier = Arc::new(Verifier::new(Arc::clone(trust)));
        let config = config(trust, Arc::clone(&verifier))?;
        // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted" in the name that is sent; rustls sends none.
        let server = ServerName::try_from(name.to_owned()).ok()?;
        let tls = ClientConnection::new(Arc::new(config), server).ok()?;
        Some(Self {
            tls,
            verifier,
            name: name.into(),
            began: now,
            first: Vec::new(),
            bytes: [0; 2],
            incoming: Incoming::Open,
            is_reported: false,
            has_said_end: false,
        })
    }

    /// Says when the connection was made, with which the handshake begins.
    pub(in crate::server) const fn begin(&mut self, now: Nanos) {
        self.began = now;
    }

    /// Whether the handshake is not over.
    pub(in crate::server) fn is_shaking_hands(&self) -> bool {
        self.tls.is_handshaking()
    }

    /// Whether the other end has said that nothing follows (RFC 8446 §6.1).
    pub(in crate::server) const fn has_ended(&self) -> bool {
        matches!(self.incoming, Incoming::Ended)
    }

    /// Encrypted bytes received and sent so far.
    pub(in crate::server) const fn bytes(&self) -> [u64; 2] {
        self.bytes
    }

    /// Takes encrypted bytes from the front of `encrypted`, some of them at least.
    pub(in crate::server) fn feed(&mut self, encrypted: &mut &[u8]) {
        let before = *encrypted;
        if let Incoming::Open = self.incoming {
            self.incoming = match self.advance(encrypted) {
                Ok(true) => Incoming::Ended,
                Ok(false) => Incoming::Open,
                Err(error) => Incoming::Failed(Some(error)),
            };
        }
        // RFC 8446 §6.1, §6.2: what follows the end, or a failure, is ignored.
        if !matches!(self.incoming, Incoming::Open) {
            *encrypted = &[];
        }
        self.bytes[0] += (before.len() - encrypted.len()) as u64;
    }

    /// Takes encrypted bytes. Returns whether they end with the end.
    fn advance(&mut self, encrypted: &mut &[u8]) -> Result<bool, Error> {
        let before = *encrypted;
        let read = self.tls.read_tls(encrypted);
        let taken = before.len() - encrypted.len();
        let kept = FIRST_BYTES.saturating_sub(self.first.len()).min(taken);
        self.first.extend_from_slice(&before[..kept]);
        if read.is_err() || taken == 0 {
            // A message fills all the room that there is.
            return Err(Error::PeerSentOversizedRecord);
        }
        self.tls.process_new_packets().map(|state| state.peer_has_closed())
    }

    /// Takes what is wrong with what arrived. `None`: nothing is, or it was taken before.
    pub(in crate::server) const fn take_failure(&mut self) -> Option<Error> {
        match &mut self.incoming {
            Incoming::Failed(error) => error.take(),
            Incoming::Open | Incoming::Ended => None,
        }
    }

    /// Moves decrypted bytes to `room`. Returns how many.
    pub(in crate::server) fn read(&mut self, room: &mut [u8]) -> usize {
        self.tls.reader().read(room).unwrap_or(0)
    }

    /// Whether encrypted bytes wait for the socket.
    pub(in crate::server) fn is_waiting(&self) -> bool {
        self.tls.wants_write()
    }

    /// Writes what is encrypted, as far as the socket takes it.
    pub(in crate::server) fn flush(&mut self, socket: &mut impl Write) -> io::Result<()> {
        while self.tls.wants_write() {
            let allowed = faults::allow(Call::Write, RECORD_BYTES);
            match allowed.and_then(|most| self.tls.write_tls(&mut Limited { socket, most })) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(sent) => self.bytes[1] += sent as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Says that nothing follows (RFC 8446 §6.1), once. Returns whether all is written.
    pub(in crate::server) fn end(&mut self) -> bool {
        if !std::mem::replace(&mut self.has_said_end, true) && !self.tls.is_handshaking() {
            self.tls.send_close_notify();
        }
        !self.tls.wants_write()
    }

    /// A socket that encrypts what is written.
    pub(in crate::server) const fn over<'a, S: Write>(&'a mut self, socket: &'a mut S) -> Encrypting<'a, S> {
        Encrypting { session: self, socket }
    }

    /// The handshake, once it is over. `None`: it is not, or was reported before.
    pub(in crate::server) fn report(&mut self, broken: Option<&Broken>, now: Nanos) -> Option<Handshake> {
        if self.is_reported || (broken.is_none() && self.tls.is_handshaking()) {
            return None;
        }
        self.is_reported = true;
        let Seen { certificates, problem: found } = self.verifier.seen();
        let told = broken.map(|broken| self.in_facts(broken, certificates.first()));
        let (problem, detail) =
            told.or(found).map_or((None, String::new()), |(problem, detail)| (Some(problem), detail));
        let version = self.tls.protocol_version().map(|version| match version {
            rustls::ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
            rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
            other => format!("{other:?}"),
        });
        // rustls has a prefix of its own for the suites of TLS 1.3.
        let cipher = self.tls.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
        let cipher = cipher.map(|cipher| cipher.replacen("TLS13_", "TLS_", 1));
        let protocol = self.tls.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        Some(Handshake {
            name: self.name.clone(),
            sends_name: self.name.parse::<IpAddr>().is_err(),
            began: self.began,
            ended: now,
            version: version.unwrap_or_default().into(),
            cipher: cipher.unwrap_or_default().into(),
            protocol: protocol.unwrap_or_default().into(),
            certificates,
            problem,
            detail: detail.into(),
            is_open: broken.is_none(),
            bytes: self.bytes,
        })
    }

    /// What broke a connection that was in use, in words that follow the backend's name.
    pub(in crate::server) fn in_words(error: &Error) -> String {
        let (problem, detail) = problem::problem(error, &[], None);
        let facts = Handshake { problem: Some(problem), detail: detail.into(), ..Handshake::default() };
        facts.problem_in_words().unwrap_or_default()
    }

    fn in_facts(&self, broken: &Broken, own: Option<&crate::trace::Certificate>) -> (TlsProblem, String) {
        match broken {
            Broken::Tls(error) => problem::problem(error, &self.first, own),
            Broken::Ended(problem) => (*problem, String::new()),
        }
    }
}

/// The settings of a connection whose certificates `verifier` checks. `None`: rustls does not speak the usual versions
/// with this provider.
fn config(trust: &Trust, verifier: Arc<Verifier>) -> Option<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(&trust.provider));
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    // RFC 7301: HTTP/1.1 is all that this gateway speaks.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Each handshake is a whole one, whose certificates are checked and shown.
    config.resumption = Resumption::disabled();
    Some(config)
}

/// A socket that takes at most so many bytes at once.
struct Limited<'a, S> {
    socket: &'a mut S,
    most: usize,
}

impl<S: Write> Write for Limited<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(&bytes[..bytes.len().min(self.most)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket that encrypts what is written. It is full while the record before waits.
pub(in crate::server) struct Encrypting<'a, S> {
    session: &'a mut Session,
    socket: &'a mut S,
}

impl<S: Write> Write for Encrypting<'_, S> {
    fn write(&mut self, plaintext: &[u8]) -> io::Result<usize> {
        self.session.flush(self.socket)?;
        if self.session.is_waiting() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let taken = self.session.tls.writer().write(&plaintext[..plaintext.len().min(RECORD_BYTES)])?;
        self.session.flush(self.socket)?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
