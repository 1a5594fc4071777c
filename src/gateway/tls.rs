//! How the certificates of backends are checked.

use std::path::PathBuf;

/// What is said as long as certificates are not checked.
pub const INSECURE: &str = "the certificates of https backends are not checked: anybody on the way to them can read and change what is sent";

/// How the certificates of `https` backends are checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TlsSettings {
    /// A PEM file of certificates that are trusted in addition to the authorities of the system: those of authorities,
    /// or of backends themselves. `None`: the system's authorities alone are trusted.
    pub ca_file: Option<PathBuf>,
    /// Whether connections are used even if the check of their certificates fails.
    pub is_insecure: bool,
}
