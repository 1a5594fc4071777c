//! The certificates that are good.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    RootCertStore,
    client::WebPkiServerVerifier,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem, pem::PemObject},
};

use crate::gateway::TlsSettings;

/// Bytes of a file of certificates that are read at most. All public authorities together take a quarter of a megabyte.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What the certificates of backends are checked against.
#[derive(Clone, Debug)]
pub(in crate::server) struct Trust {
    /// `None`: nobody is trusted, because neither the system nor a file names an authority.
    pub(super) verifier: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of the file, which are good themselves.
    pub(super) named: Vec<CertificateDer<'static>>,
    /// Whether a connection is used only if the check of its certificates succeeds.
    pub(super) checks: bool,
    pub(super) provider: Arc<CryptoProvider>,
    /// Number of authorities, those of the file included.
    pub(in crate::server) authorities: usize,
}

/// Why a file of certificates cannot be used.
#[derive(Debug)]
pub enum AuthoritiesError {
    /// The file cannot be read.
    Unreadable(PathBuf, io::Error),
    /// The file is larger than any list of authorities.
    TooLarge(PathBuf),
    /// The file has no certificate in PEM.
    Empty(PathBuf),
    /// A certificate in the file cannot be read.
    Malformed(PathBuf, String),
}

impl fmt::Display for AuthoritiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => {
                write!(f, "cannot read the certificates in {}: {error}", path.display())
            }
            Self::TooLarge(path) => write!(f, "{} is too large for a file of certificates", path.display()),
            Self::Empty(path) => write!(
                f,
                "{} has no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----",
                path.display()
            ),
            Self::Malformed(path, error) => {
                write!(f, "a certificate in {} cannot be read: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for AuthoritiesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            Self::TooLarge(_) | Self::Empty(_) | Self::Malformed(..) => None,
        }
    }
}

/// Reads a PEM file of certificates. Waits for the disk.
///
/// # Errors
/// The file cannot be read, or has no certificate that can be used.
pub fn read_authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, AuthoritiesError> {
    let unreadable = |error| AuthoritiesError::Unreadable(path.to_owned(), error);
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if about.len() > FILE_BYTES_MAX {
        return Err(AuthoritiesError::TooLarge(path.to_owned()));
    }
    // A FIFO or a device has no length, and may never end.
    if !about.is_file() {
        return Err(unreadable(io::Error::other("it is not a regular file")));
    }
    let text = std::fs::read(path).map_err(unreadable)?;
    let malformed = |error: String| AuthoritiesError::Malformed(path.to_owned(), error);
    let certificates: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = certificates.map_err(|error| malformed(error.to_string()))?;
    if certificates.is_empty() {
        return Err(AuthoritiesError::Empty(path.to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| malformed(error.to_string()))?;
    }
    Ok(certificates)
}

impl Trust {
    /// Loads the authorities of the system, and those of the file. Waits for the disk.
    ///
    /// # Errors
    /// The file cannot be used.
    pub(in crate::server) fn load(settings: &TlsSettings) -> Result<Self, AuthoritiesError> {
        let named = settings.ca_file.as_deref().map_or(Ok(Vec::new()), read_authorities)?;
        let mut roots = RootCertStore::empty();
        // What the system cannot read, or has in a form that is not understood, is left out.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(named.iter().cloned());
        let (authorities, provider) = (roots.len(), Arc::new(ring::default_provider()));
        let verifier =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider)).build().ok();
        Ok(Self { verifier, named, checks: !settings.is_insecure, provider, authorities })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn a_file_of_certificates_has_one_at_least() {
        let folder = tempfile::tempdir().unwrap();
        let told = |name: &str, text: Option<&str>| {
            let path = folder.path().join(name);
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            let error = read_authorities(&path).unwrap_err().to_string();
            error.replace(&*folder.path().to_string_lossy(), "…")
        };
        assert!(told("gone.pem", None).starts_with("cannot read the certificates in …/gone.pem: "));
        assert!(told("", None).ends_with("it is not a regular file"));
        assert!(told("empty.pem", Some("")).contains("empty.pem has no certificate in PEM"));
        assert!(told("other.pem", Some("hello")).contains("has no certificate in PEM"));
        let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(
            told("nonsense.pem", Some(nonsense))
                .starts_with("a certificate in …/nonsense.pem cannot be read")
        );
        let half = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(
            told("half.pem", Some(half)).starts_with("a certificate in "),
            "{}",
            told("half.pem", Some(half))
        );
        let key = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap();
        let good = folder.path().join("good.pem");
        std::fs::write(&good, key.cert.pem().repeat(2)).unwrap();
        assert_eq!(read_authorities(&good).unwrap().len(), 2);
    }
}
