//! Checks of the Host field.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The host of an authority (`host [ ":" port ]`, its grammar already checked), an IPv6 address in its brackets.
/// `None`: the authority is not text.
fn host_of(authority: &[u8]) -> Option<&str> {
    let authority = str::from_utf8(authority).ok()?;
    let end =
        if authority.starts_with('[') { authority.find(']').map(|at| at + 1) } else { authority.find(':') };
    Some(&authority[..end.unwrap_or(authority.len())])
}

/// The name without the dot of the root, in lower case.
fn bare(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Whether an authority is a loopback name.
///
/// A page of another site can point its own domain name at 127.0.0.1 and then read the content of this server
/// (DNS rebinding). Its requests carry that name. A loopback name cannot be rebound: RFC 6761 §6.3 reserves
/// `localhost` and everything below it.
pub(super) fn is_loopback(authority: &[u8]) -> bool {
    let Some(host) = host_of(authority) else { return false };
    if let Some(literal) = host.strip_prefix('[') {
        let address = literal.trim_end_matches(']').parse::<Ipv6Addr>();
        return address.is_ok_and(|address| address.to_canonical().is_loopback());
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return address.is_loopback();
    }
    let host = bare(host);
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether an authority is one of the names that the user allowed. Port, trailing dot and case are ignored.
pub(super) fn is_allowed(authority: &[u8], names: &[String]) -> bool {
    host_of(authority).is_some_and(|host| names.iter().any(|name| bare(name) == bare(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_and_addresses_are_served() {
        for authority in [
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "a.localhost:1",
            "127.0.0.1",
            "127.9.9.9:80",
            "[::1]:80",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(authority.as_bytes()), "{authority}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for authority in [
            "example.com",
            "localhost.example.com",
            "192.168.0.1",
            "[::2]",
            "[::ffff:192.168.0.1]",
            "127.0.0.1.nip.io",
            "notlocalhost",
        ] {
            assert!(!is_loopback(authority.as_bytes()), "{authority}");
        }
    }

    #[test]
    fn allowed_names_are_compared_as_names() {
        let names = ["dev.Example".to_owned(), "[2001:db8::1]".to_owned()];
        for authority in
            ["dev.example", "DEV.example:8080", "dev.example.", "dev.example.:1", "[2001:db8::1]:80"]
        {
            assert!(is_allowed(authority.as_bytes(), &names), "{authority}");
        }
        for authority in ["example", "x.dev.example", "dev.example.org", "[2001:db8::2]", "", ":80", "["] {
            assert!(!is_allowed(authority.as_bytes(), &names), "{authority}");
        }
        assert!(!is_allowed(b"dev.example", &[]));
    }
}
