//! The names and dates of a certificate. rustls keeps them to itself.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_cert::{
    der::Decode,
    ext::pkix::{SubjectAltName, name::GeneralName},
    name::Name,
    time::Time,
};

use crate::trace::Certificate;

/// The number of certificates of a handshake, and of names of a certificate, that are kept.
const KEPT_MAX: usize = 32;
/// The number of characters of a name that are kept.
const NAME_CHARS_MAX: usize = 256;

/// What the certificates of a chain say. What cannot be read is empty.
pub(super) fn describe(chain: &[CertificateDer<'_>]) -> Box<[Certificate]> {
    chain.iter().take(KEPT_MAX).map(|certificate| read(certificate).unwrap_or_default()).collect()
}

fn read(encoded: &CertificateDer<'_>) -> Option<Certificate> {
    let certificate = x509_cert::Certificate::from_der(encoded).ok()?.tbs_certificate;
    let names = certificate.get::<SubjectAltName>().ok().flatten().map(|(_, names)| names.0);
    let valid = [&certificate.validity.not_before, &certificate.validity.not_after].map(seconds);
    Some(Certificate {
        subject: subject(&certificate.subject),
        names: names.unwrap_or_default().iter().filter_map(name).take(KEPT_MAX).collect(),
        issuer: subject(&certificate.issuer),
        valid,
    })
}

fn seconds(time: &Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

fn subject(name: &Name) -> Box<str> {
    plain(&name.to_string())
}

/// RFC 5280 §4.2.1.6: the names that a server can be reached by.
fn name(name: &GeneralName) -> Option<Box<str>> {
    match name {
        GeneralName::DnsName(name) => Some(plain(name.as_str())),
        GeneralName::IpAddress(address) => match *address.as_bytes() {
            [a, b, c, d] => Some(IpAddr::from([a, b, c, d]).to_string().into()),
            ref long => {
                <[u8; 16]>::try_from(long).ok().map(|address| IpAddr::from(address).to_string().into())
            }
        },
        _ => None,
    }
}

/// A text of a stranger, shortened, without characters that would change how the rest of a line looks.
fn plain(text: &str) -> Box<str> {
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let plain = text.chars().take(NAME_CHARS_MAX).map(|c| if is_plain(c) { c } else { '\u{FFFD}' });
    plain.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn names_and_dates_are_read_and_nonsense_is_empty() {
        let mut params =
            rcgen::CertificateParams::new(["app.test".into(), "127.0.0.1".into(), "::1".into()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "a\u{1b}[31m\u{202e}b");
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2001, 9, 9), rcgen::date_time_ymd(2033, 5, 18));
        let key = rcgen::KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        let described = describe(&[own.der().clone(), CertificateDer::from(vec![0x30, 0x01])]);
        let [read, nonsense] = &*described else { panic!("two") };
        assert!(read.names.iter().map(|name| &**name).eq(["app.test", "127.0.0.1", "::1"]));
        let is_plain = |c: char| !c.is_control() && c != '\u{202e}';
        assert!(read.subject.starts_with("CN=a") && read.subject.chars().all(is_plain), "{read:?}");
        assert!(read.is_self_issued());
        assert_eq!(read.valid, [999_993_600, 1_999_987_200]);
        assert_eq!(*nonsense, Certificate::default());
    }
}
