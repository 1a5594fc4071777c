//! The address of a backend, as a user types it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::Range,
    str::FromStr,
};

use crate::http::host::{self, Port};

/// The protocol of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// HTTP/1.1 over TCP.
    Http,
    /// HTTP/1.1 over TLS.
    Https,
}

impl Scheme {
    /// All schemes.
    pub const ALL: &[Self] = &[Self::Http, Self::Https];

    /// The name, as in a URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The default port (RFC 9110 §4.2.1, §4.2.2).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The address of a backend: `http://127.0.0.1:3000/base`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The protocol of the backend.
    pub scheme: Scheme,
    /// A name, an IPv4 address, or an IPv6 address without its brackets.
    pub host: Box<str>,
    /// The port.
    pub port: u16,
    /// The path as it was typed, which replaces the prefix under which the group is mounted. `None`: the address
    /// has no path, and targets go on as they are.
    pub path: Option<Box<str>>,
}

/// A problem in an address, with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// The problem.
    pub problem: AddressProblem,
    /// The bytes at fault. Empty where something is missing.
    pub span: Range<usize>,
}

/// The problems that an address can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    /// No `http://` or `https://` at its start.
    SchemeMissing,
    /// Another scheme.
    SchemeUnknown,
    /// A name or a password before the host.
    UserInfo,
    /// Nothing between the scheme and the path.
    HostMissing,
    /// No name and no address.
    HostMalformed,
    /// A query or a fragment.
    QueryOrFragment,
    /// A byte that is not allowed in a path, or a dot segment.
    PathMalformed,
}

impl AddressProblem {
    /// The problem in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SchemeMissing => "The address must begin with http:// or https://.",
            Self::SchemeUnknown => "Only http and https backends are supported.",
            Self::UserInfo => "The address must not contain a user name or a password.",
            Self::HostMissing => "The address names no host.",
            Self::HostMalformed => "This is not a host name or an IP address with an optional port.",
            Self::QueryOrFragment => "The address must not have a query or a fragment.",
            Self::PathMalformed => "The path contains a byte or a dot segment that is not allowed here.",
        }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem.sentence())
    }
}

impl std::error::Error for AddressError {}

impl Address {
    /// Host and port as in a Host field. The scheme's own port is left out (RFC 9110 §7.2).
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.bracketed_host();
        if self.port == self.scheme.default_port() { host } else { format!("{host}:{}", self.port) }
    }

    /// The host as in a URL: an IPv6 address stands in brackets.
    #[must_use]
    pub fn bracketed_host(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.to_string() }
    }

    /// Whether the address leads to a listener at `own`, as far as the host tells without a DNS lookup.
    #[must_use]
    pub fn leads_to(&self, own: SocketAddr) -> bool {
        let ip = if &*self.host == "localhost" {
            Some(Ipv4Addr::LOCALHOST.into())
        } else {
            self.host.parse().ok()
        };
        ip.is_some_and(|ip| reaches(SocketAddr::new(ip, self.port), own))
    }

    /// The path without the slash at its end. `None`: the address has no path.
    #[must_use]
    pub fn base(&self) -> Option<&str> {
        self.path.as_deref().map(|path| path.trim_end_matches('/'))
    }
}

/// Whether a connection to `peer` arrives at a listener of this machine at `own`.
#[must_use]
pub fn reaches(peer: SocketAddr, own: SocketAddr) -> bool {
    let is_local = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    peer.port() == own.port() && (peer.ip() == own.ip() || (is_local(peer.ip()) && is_local(own.ip())))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.name(), self.authority(), self.path.as_deref().unwrap_or(""))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let fault = |problem, span| Err(AddressError { problem, span });
        let Some((name, rest)) = text.split_once("://") else {
            return fault(AddressProblem::SchemeMissing, 0..0);
        };
        let Some(scheme) =
            Scheme::ALL.iter().copied().find(|scheme| scheme.name().eq_ignore_ascii_case(name))
        else {
            return fault(AddressProblem::SchemeUnknown, 0..name.len());
        };
        let start = name.len() + 3;
        if let Some(at) = rest.find(['?', '#']) {
            return fault(AddressProblem::QueryOrFragment, start + at..text.len());
        }
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if let Some(at) = authority.rfind('@') {
            return fault(AddressProblem::UserInfo, start..start + at + 1);
        }
        if authority.is_empty() || authority.starts_with(':') {
            return fault(AddressProblem::HostMissing, start..start);
        }
        let port = match host::authority(authority.as_bytes()) {
            Some(Port::Number(port)) if port > 0 => port,
            Some(Port::Absent) => scheme.default_port(),
            _ => return fault(AddressProblem::HostMalformed, start..start + end),
        };
        let host = match authority.strip_prefix('[') {
            Some(literal) => literal.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        let is_allowed = |byte: u8| {
            byte.is_ascii_graphic()
                && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        };
        if !path.bytes().all(is_allowed) || super::mount::has_dot_segment(path) {
            return fault(AddressProblem::PathMalformed, start + end..text.len());
        }
        let path = (!path.is_empty()).then(|| path.into());
        Ok(Self { scheme, host: host.to_ascii_lowercase().into(), port, path })
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn an_address_has_a_scheme_a_host_a_port_and_perhaps_a_path() {
        for (text, host, port, path, authority) in [
            ("http://127.0.0.1:3000", "127.0.0.1", 3000, None, "127.0.0.1:3000"),
            ("HTTP://Example.com", "example.com", 80, None, "example.com"),
            ("https://example.com/", "example.com", 443, Some("/"), "example.com"),
            ("https://example.com:8443/v2/", "example.com", 8443, Some("/v2/"), "example.com:8443"),
            ("http://[::1]:3000/a%20b", "::1", 3000, Some("/a%20b"), "[::1]:3000"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((&*address.host, address.port, address.path.as_deref()), (host, port, path), "{text}");
            assert_eq!(address.authority(), authority);
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        }
    }

    #[test]
    fn an_address_that_leads_back_is_known() {
        let leads = |text: &str| text.parse::<Address>().unwrap().leads_to(([127, 0, 0, 1], 80).into());
        assert!(
            ["http://127.0.0.1", "http://localhost/x", "http://[::1]:80", "http://0.0.0.0"]
                .into_iter()
                .all(leads)
        );
        assert!(!["http://127.0.0.1:81", "http://10.0.0.1", "http://example.com"].into_iter().any(leads));
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        for (text, problem, span) in [
            ("", AddressProblem::SchemeMissing, 0..0),
            ("localhost:3000", AddressProblem::SchemeMissing, 0..0),
            ("ftp://x", AddressProblem::SchemeUnknown, 0..3),
            ("http://", AddressProblem::HostMissing, 7..7),
            ("http://:80", AddressProblem::HostMissing, 7..7),
            ("http://me:pw@x", AddressProblem::UserInfo, 7..13),
            ("http://x:70000", AddressProblem::HostMalformed, 7..14),
            ("http://x:0", AddressProblem::HostMalformed, 7..10),
            ("http://a b", AddressProblem::HostMalformed, 7..10),
            ("http://x/a?b", AddressProblem::QueryOrFragment, 10..12),
            ("http://x/a b", AddressProblem::PathMalformed, 8..12),
            ("http://x/a/../b", AddressProblem::PathMalformed, 8..15),
        ] {
            assert_eq!(text.parse::<Address>().unwrap_err(), AddressError { problem, span }, "{text}");
        }
    }
}
