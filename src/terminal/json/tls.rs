//! Encrypted connections as JSON.

use serde::Serialize;

use crate::trace::{Certificate, Encryption, Handshake, TlsProblem};

/// A handshake.
#[derive(Serialize)]
pub(super) struct EncryptedJson<'a> {
    reused: bool,
    open: bool,
    name: &'a str,
    name_sent: bool,
    began_ns: u64,
    ended_ns: u64,
    version: Option<&'a str>,
    cipher: Option<&'a str>,
    alpn: Option<&'a str>,
    certificates: Vec<CertificateJson<'a>>,
    problem: Option<TlsProblem>,
    text: Option<String>,
    received: u64,
    sent: u64,
}

#[derive(Serialize)]
struct CertificateJson<'a> {
    subject: &'a str,
    names: &'a [Box<str>],
    issuer: &'a str,
    not_before: i64,
    not_after: i64,
}

impl<'a> EncryptedJson<'a> {
    pub(super) fn new(encryption: &'a Encryption) -> Self {
        let Handshake { name, version, cipher, protocol, certificates, .. } = &*encryption.handshake;
        let Handshake { sends_name, began, ended, problem, is_open, bytes, .. } = *encryption.handshake;
        let agreed = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Self {
            reused: encryption.is_reused,
            open: is_open,
            name,
            name_sent: sends_name,
            began_ns: began.get(),
            ended_ns: ended.get(),
            version: agreed(version),
            cipher: agreed(cipher),
            alpn: agreed(protocol),
            certificates: certificates.iter().map(CertificateJson::new).collect(),
            problem,
            text: encryption.handshake.problem_in_words(),
            received: bytes[0],
            sent: bytes[1],
        }
    }
}

impl<'a> CertificateJson<'a> {
    fn new(certificate: &'a Certificate) -> Self {
        let Certificate { subject, names, issuer, valid } = certificate;
        let [not_before, not_after] = *valid;
        Self { subject, names, issuer, not_before, not_after }
    }
}
