//! The check of one handshake's certificates, which remembers what it saw.

use std::sync::Arc;

use parking_lot::Mutex;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use crate::trace::{Certificate, TlsProblem};

use super::{Trust, certificate::describe, problem};

/// The check of the certificates of one handshake.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Arc<Trust>,
    seen: Mutex<Seen>,
}

/// What the check saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The certificates of the other end, its own first.
    pub(super) certificates: Box<[Certificate]>,
    /// What is wrong with them, and the particulars. `None`: nothing, or they were not checked yet.
    pub(super) problem: Option<(TlsProblem, String)>,
}

impl Verifier {
    pub(super) fn new(trust: Arc<Trust>) -> Self {
        Self { trust, seen: Mutex::default() }
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().clone()
    }

    fn check(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
        facts: Option<&Certificate>,
    ) -> Result<(), Error> {
        // RFC 5280 §6.2: trust may be given to a certificate itself. Those of development servers are often their own
        // authority, which a chain must not end with.
        if self.trust.named.iter().any(|named| named == own) {
            let [start, end] = facts.map_or([0, 0], |facts| facts.valid);
            let secs = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            return match () {
                () if secs < start => Err(CertificateError::NotValidYet.into()),
                () if secs > end => Err(CertificateError::Expired.into()),
                () => verify_server_name(&ParsedCertificate::try_from(own)?, name),
            };
        }
        match &self.trust.verifier {
            Some(verifier) => verifier.verify_server_cert(own, others, name, ocsp_response, now).map(drop),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<_> = std::iter::once(own).chain(others).cloned().collect();
        let certificates = describe(&chain);
        let result = self.check(own, others, name, ocsp_response, now, certificates.first());
        let problem = match &result {
            Ok(()) => None,
            Err(Error::InvalidCertificate(error)) => Some(problem::certificate(error, certificates.first())),
            Err(error) => Some((TlsProblem::Unusable, error.to_string())),
        };
        *self.seen.lock() = Seen { certificates, problem };
        result.or_else(|error| if self.trust.checks { Err(error) } else { Ok(()) })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, own, signed, &self.trust.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, own, signed, &self.trust.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.provider.signature_verification_algorithms.supported_schemes()
    }
}
