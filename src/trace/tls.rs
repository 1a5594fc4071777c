//! The TLS handshake of a connection: what both ends agreed on, who the other end says it is, and what is wrong
//! with that.

use std::sync::Arc;

use crate::base::{
    calendar::timestamp,
    closed_list::{closed_list, keyed},
    stream::Nanos,
};

/// The number of names of a certificate that a sentence lists.
const NAMES_LISTED: usize = 5;

/// A TLS handshake, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handshake {
    /// The name that the certificate has to be for: a host name or an IP address.
    pub name: Box<str>,
    /// Whether the name was sent in the handshake (RFC 6066 §3). An IP address is not.
    pub sends_name: bool,
    /// The time at which the handshake began.
    pub began: Nanos,
    /// The time at which the handshake was complete, or failed.
    pub ended: Nanos,
    /// The version: `TLS 1.3`. Empty: none was agreed on.
    pub version: Box<str>,
    /// The cipher suite by its registered name: `TLS_AES_256_GCM_SHA384`. Empty: none was agreed on.
    pub cipher: Box<str>,
    /// The application protocol that the other end chose (RFC 7301): `http/1.1`. Empty: it chose none.
    pub protocol: Box<str>,
    /// The certificates of the other end, its own first. Empty: it sent none.
    pub certificates: Box<[Certificate]>,
    /// What is wrong. `None`: nothing is.
    pub problem: Option<TlsProblem>,
    /// The particulars of the problem, in words. Empty: there are none.
    pub detail: Box<str>,
    /// Whether the connection is in use. If there is a problem as well, certificates are not checked.
    pub is_open: bool,
    /// Encrypted bytes that were received and sent up to the end of the handshake.
    pub bytes: [u64; 2],
}

/// A certificate, as it names itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// The subject: `CN=example.com,O=Example`. May be empty.
    pub subject: Box<str>,
    /// The host names and IP addresses that the certificate is for. Empty: it names none.
    pub names: Box<[Box<str>]>,
    /// The subject of the certificate that signed this one.
    pub issuer: Box<str>,
    /// The first and the last second at which the certificate is valid, since 1970.
    pub valid: [i64; 2],
}

impl Certificate {
    /// Whether the certificate names itself as its issuer.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// What the certificate is for, in words: its names, or its subject if it has none.
    #[must_use]
    pub fn names_in_words(&self) -> String {
        let listed = self.names.iter().take(NAMES_LISTED).map(|name| &**name).collect::<Vec<_>>().join(", ");
        match self.names.len() {
            0 if self.subject.is_empty() => "no name at all".to_owned(),
            0 => self.subject.to_string(),
            count if count > NAMES_LISTED => format!("{listed} and {} more", count - NAMES_LISTED),
            _ => listed,
        }
    }

    /// The first or the last second at which the certificate is valid: `2026-11-21 03:04:05 UTC`.
    #[must_use]
    pub fn date(secs: i64) -> String {
        format!("{} UTC", timestamp(secs, ' '))
    }
}

/// A row of the table of problems.
#[derive(Clone, Copy, Debug)]
pub struct TlsProblemFacts {
    /// The stable name in files and in JSON.
    pub key: &'static str,
    /// The problem in words that follow the backend's name. `{name}` is the name that was asked for, `{names}` what
    /// the certificate is for, `{issuer}` who issued it, `{start}` and `{end}` when it is valid, `{detail}` the
    /// particulars.
    pub words: &'static str,
}

closed_list! {
    /// What can be wrong with a TLS handshake.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum TlsProblem: pub TlsProblemFacts {
        /// The certificate is no longer valid.
        Expired { key: "expired", words: "presented a certificate for {names} that expired on {end}" },
        /// The certificate is not valid yet.
        NotYetValid {
            key: "not_yet_valid", words: "presented a certificate for {names} that is not valid before {start}",
        },
        /// The certificate is for other names.
        WrongName { key: "wrong_name", words: "presented a certificate that is not for {name} but for {names}" },
        /// Nobody trusted issued the certificate.
        UnknownIssuer {
            key: "unknown_issuer",
            words: "presented a certificate for {names} whose issuer is not trusted: {issuer}",
        },
        /// The certificate vouches for itself.
        SelfSigned {
            key: "self_signed",
            words: "presented a self-signed certificate for {names}, so no trusted authority vouches for it",
        },
        /// The certificate was withdrawn.
        Revoked { key: "revoked", words: "presented a certificate for {names} that was revoked" },
        /// A signature is wrong.
        BadSignature {
            key: "bad_signature",
            words: "presented a certificate for {names}, but a signature in the handshake is wrong",
        },
        /// The certificate cannot be used for another reason.
        Unusable {
            key: "unusable", words: "presented a certificate for {names} that cannot be used: {detail}",
        },
        /// What trusted authorities are could not be found out.
        NoTrust { key: "no_trust", words: "cannot be checked: {detail}" },
        /// The other end does not speak TLS.
        NotTls { key: "not_tls", words: "does not speak TLS at this port; it sent {detail}" },
        /// No version of TLS in common.
        NoCommonVersion {
            key: "no_common_version",
            words: "speaks no version of TLS that byteglass speaks, which are TLS 1.2 and TLS 1.3",
        },
        /// No cipher suite, or no other parameter, in common.
        NoCommonCipher {
            key: "no_common_cipher",
            words: "has no cipher suite or other parameter of TLS in common with byteglass",
        },
        /// HTTP/1.1 is not spoken (RFC 7301 §3.2).
        AlpnRefused {
            key: "alpn_refused", words: "does not speak HTTP/1.1 inside TLS: it refused the protocol http/1.1",
        },
        /// The other end does not know the name (RFC 6066 §3).
        NameRefused { key: "name_refused", words: "does not know the name {name}" },
        /// A certificate of the client is required.
        ClientCertificate {
            key: "client_certificate", words: "requires a certificate of its client, and byteglass has none",
        },
        /// Another alert.
        Alert { key: "alert", words: "refused the TLS handshake with the alert {detail}" },
        /// The connection ended.
        Ended { key: "ended", words: "ended the connection during the TLS handshake" },
        /// The connection was reset.
        Reset { key: "reset", words: "reset the connection during the TLS handshake" },
        /// The handshake took too long.
        TimedOut { key: "timed_out", words: "did not complete the TLS handshake in time" },
        /// The other end breaks the rules of TLS.
        Broken { key: "broken", words: "broke the rules of TLS: {detail}" },
    }
}

keyed!(TlsProblem);

impl Handshake {
    /// The problem in words that follow the backend's name. `None`: there is no problem.
    #[must_use]
    pub fn problem_in_words(&self) -> Option<String> {
        let unknown = Certificate::default();
        let own = self.certificates.first().unwrap_or(&unknown);
        let [start, end] = own.valid;
        let words = self.problem?.facts().words;
        let parts = [
            ("{names}", own.names_in_words()),
            ("{name}", self.name.to_string()),
            ("{issuer}", own.issuer.to_string()),
            ("{start}", Certificate::date(start)),
            ("{end}", Certificate::date(end)),
            ("{detail}", self.detail.to_string()),
        ];
        // Each part once, from left to right: what a certificate says is not searched for further parts.
        let (mut told, mut rest) = (String::new(), words);
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            told.push_str(before);
            let part = parts.iter().find(|(part, _)| from.starts_with(part));
            let (part, value) = part.map_or(("{", "{"), |(part, value)| (part, value));
            told.push_str(value);
            rest = &from[part.len()..];
        }
        told.push_str(rest);
        Some(told)
    }

    /// What both ends agreed on, in a few words: `TLS 1.3, TLS_AES_256_GCM_SHA384, http/1.1`. Empty: nothing.
    #[must_use]
    pub fn agreement(&self) -> String {
        let parts = [&self.version, &self.cipher, &self.protocol];
        parts.into_iter().filter(|part| !part.is_empty()).map(|part| &**part).collect::<Vec<_>>().join(", ")
    }

    /// Nanoseconds from the beginning to the end.
    #[must_use]
    pub const fn took(&self) -> u64 {
        self.ended.saturating_sub(self.began)
    }
}

/// The encryption of a connection, at the beginning of what it is used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// The handshake.
    pub handshake: Arc<Handshake>,
    /// Whether the connection carried another exchange before.
    pub is_reused: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake(problem: TlsProblem) -> Handshake {
        let certificate = Certificate {
            subject: "CN=other.test".into(),
            names: ["other.test", "{end}"].map(Into::into).into(),
            issuer: "CN=Example CA".into(),
            valid: [0, 86_400],
        };
        Handshake {
            name: "app.test".into(),
            certificates: [certificate].into(),
            problem: Some(problem),
            detail: "{name}".into(),
            ..Handshake::default()
        }
    }

    #[test]
    fn every_problem_has_a_key_and_a_sentence_of_its_own() {
        let mut told = Vec::new();
        for problem in TlsProblem::ALL {
            assert_eq!(TlsProblem::from_key(problem.key()), Some(problem));
            told.push(handshake(problem).problem_in_words().unwrap_or_default());
        }
        assert!(told.iter().all(|words| !words.is_empty() && !words.ends_with('.')), "{told:?}");
        told.sort();
        told.dedup();
        assert_eq!(told.len(), TlsProblem::ALL.len());
    }

    #[test]
    fn a_certificate_cannot_put_words_into_the_sentence() {
        let told = handshake(TlsProblem::Expired).problem_in_words();
        let expected =
            "presented a certificate for other.test, {end} that expired on 1970-01-02 00:00:00 UTC";
        assert_eq!(told.as_deref(), Some(expected));
        let told = handshake(TlsProblem::Broken).problem_in_words();
        assert_eq!(told.as_deref(), Some("broke the rules of TLS: {name}"));
    }

    #[test]
    fn long_lists_of_names_are_shortened() {
        let names = |count: usize| Certificate {
            names: (0..count).map(|number| format!("{number}.test").into()).collect(),
            ..Certificate::default()
        };
        assert_eq!(names(2).names_in_words(), "0.test, 1.test");
        assert_eq!(names(7).names_in_words(), "0.test, 1.test, 2.test, 3.test, 4.test and 2 more");
        assert_eq!(names(0).names_in_words(), "no name at all");
    }
}
