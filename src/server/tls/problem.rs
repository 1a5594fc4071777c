//! What rustls says of a handshake that fails, as a fact of the trace.

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved};

use crate::trace::{Certificate, TlsProblem};

/// The first byte of a TLS record (RFC 8446 §5.1: the content types).
const RECORD_TYPES: std::ops::RangeInclusive<u8> = 20..=24;

/// The problem behind an error, and its particulars. `first`: the first bytes that the other end sent; `own`: its
/// certificate.
pub(super) fn problem(error: &Error, first: &[u8], own: Option<&Certificate>) -> (TlsProblem, String) {
    if first.first().is_some_and(|byte| !RECORD_TYPES.contains(byte)) {
        return (TlsProblem::NotTls, format!("{:?}", String::from_utf8_lossy(first)));
    }
    let kind = match error {
        Error::InvalidCertificate(error) => return certificate(error, own),
        Error::NoCertificatesPresented => return (TlsProblem::Unusable, "it sent none".to_owned()),
        Error::AlertReceived(alert) => return self::alert(*alert),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        )
        | Error::InvalidMessage(InvalidMessage::UnknownProtocolVersion) => TlsProblem::NoCommonVersion,
        Error::PeerIncompatible(_) => TlsProblem::NoCommonCipher,
        Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedApplicationProtocol)
        | Error::NoApplicationProtocol => TlsProblem::AlpnRefused,
        _ => TlsProblem::Broken,
    };
    (kind, error.to_string())
}

/// RFC 8446 §6.2: the alerts that end a handshake.
fn alert(alert: AlertDescription) -> (TlsProblem, String) {
    let kind = match alert {
        AlertDescription::ProtocolVersion => TlsProblem::NoCommonVersion,
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            TlsProblem::NoCommonCipher
        }
        AlertDescription::NoApplicationProtocol => TlsProblem::AlpnRefused,
        AlertDescription::UnrecognisedName => TlsProblem::NameRefused,
        AlertDescription::CertificateRequired => TlsProblem::ClientCertificate,
        _ => TlsProblem::Alert,
    };
    (kind, format!("{alert:?} ({})", u8::from(alert)))
}

/// The problem of a certificate.
pub(super) fn certificate(error: &CertificateError, own: Option<&Certificate>) -> (TlsProblem, String) {
    let kind = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsProblem::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsProblem::WrongName
        }
        CertificateError::Revoked => TlsProblem::Revoked,
        CertificateError::BadSignature => TlsProblem::BadSignature,
        // The check of a certificate that names itself as its issuer, and is an authority, ends in `Other`.
        CertificateError::UnknownIssuer | CertificateError::Other(_)
            if own.is_some_and(Certificate::is_self_issued) =>
        {
            TlsProblem::SelfSigned
        }
        CertificateError::UnknownIssuer => TlsProblem::UnknownIssuer,
        _ => TlsProblem::Unusable,
    };
    (kind, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_problem() {
        let own = Certificate { subject: "CN=a".into(), issuer: "CN=a".into(), ..Certificate::default() };
        let of = |error: Error| problem(&error, &[22], Some(&own)).0;
        let alert = |alert| of(Error::AlertReceived(alert));
        for (found, expected) in [
            (of(CertificateError::Expired.into()), TlsProblem::Expired),
            (of(CertificateError::NotValidYet.into()), TlsProblem::NotYetValid),
            (of(CertificateError::NotValidForName.into()), TlsProblem::WrongName),
            (of(CertificateError::UnknownIssuer.into()), TlsProblem::SelfSigned),
            (of(CertificateError::Revoked.into()), TlsProblem::Revoked),
            (of(CertificateError::BadSignature.into()), TlsProblem::BadSignature),
            (of(CertificateError::BadEncoding.into()), TlsProblem::Unusable),
            (of(Error::NoCertificatesPresented), TlsProblem::Unusable),
            (of(PeerIncompatible::ServerDoesNotSupportTls12Or13.into()), TlsProblem::NoCommonVersion),
            (of(PeerIncompatible::NoKxGroupsInCommon.into()), TlsProblem::NoCommonCipher),
            (of(Error::DecryptError), TlsProblem::Broken),
            (alert(AlertDescription::ProtocolVersion), TlsProblem::NoCommonVersion),
            (alert(AlertDescription::HandshakeFailure), TlsProblem::NoCommonCipher),
            (alert(AlertDescription::NoApplicationProtocol), TlsProblem::AlpnRefused),
            (alert(AlertDescription::UnrecognisedName), TlsProblem::NameRefused),
            (alert(AlertDescription::CertificateRequired), TlsProblem::ClientCertificate),
            (alert(AlertDescription::InternalError), TlsProblem::Alert),
        ] {
            assert_eq!(found, expected);
        }
        let plain = problem(&Error::DecryptError, b"HTTP/1.1 400", None);
        assert_eq!(plain, (TlsProblem::NotTls, "\"HTTP/1.1 400\"".to_owned()));
    }
}
