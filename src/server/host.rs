//! Checks of the Host field.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

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

/// Whether this server answers to an authority: an IP address, a loopback name, or one of `names`. Port, trailing
/// dot and case are ignored.
///
/// A page of another site can point its own domain name at any address of this machine, and then read the content
/// of this server (DNS rebinding). Its requests carry that name. An IP address is looked up nowhere, so it cannot
/// be rebound; neither can a loopback name: RFC 6761 §6.3 reserves `localhost` and everything below it.
pub(super) fn is_ours(authority: &[u8], names: &[String]) -> bool {
    let Some(host) = host_of(authority) else { return false };
    if let Some(literal) = host.strip_prefix('[') {
        return literal.trim_end_matches(']').parse::<Ipv6Addr>().is_ok();
    }
    if host.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    let host = bare(host);
    let is_loopback = host == "localhost"
        || host
            .strip_suffix(".localhost")
            .is_some_and(|below| below.split('.').all(|label| !label.is_empty()));
    is_loopback || names.iter().any(|name| is_named(&host, &bare(name)))
}

/// Whether a host is the one that `name` names; `*.example` and `.example` name all hosts below `example`.
fn is_named(host: &str, name: &str) -> bool {
    match name.strip_prefix('*').unwrap_or(name).strip_prefix('.') {
        Some(domain) => {
            let below = host.strip_suffix(domain).and_then(|below| below.strip_suffix('.'));
            below.is_some_and(|below| !below.is_empty())
        }
        None => host == name,
    }
}

/// The names under which other machines of the same network know this one: its host name, and that name in the
/// domain of multicast DNS (RFC 6762 §3). Empty: the machine has no name that is text.
pub(super) fn names_of_machine() -> Vec<String> {
    let Ok(name) = gethostname::gethostname().into_string() else { return Vec::new() };
    let name = bare(&name);
    match name.as_str() {
        "" => Vec::new(),
        name if name.contains('.') => vec![name.to_owned()],
        name => vec![name.to_owned(), format!("{name}.local")],
    }
}

/// The address under which a program on this machine reaches a server that listens at `address`: loopback if the
/// server listens at all addresses, which is no address to connect to.
#[must_use]
pub fn local_address(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Whether a server that listens at `address` can be reached from other machines.
#[must_use]
pub fn is_outer(address: &SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}

/// The addresses under which other machines may reach a server that listens at `addresses`. Empty: only programs on
/// this machine can.
#[must_use]
pub fn outer_addresses(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    addresses.iter().flat_map(|address| outer_addresses_of(*address)).collect()
}

fn outer_addresses_of(address: SocketAddr) -> Vec<SocketAddr> {
    if !address.ip().is_unspecified() {
        return is_outer(&address).then_some(address).into_iter().collect();
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let ips = interfaces.iter().filter(|interface| !interface.is_loopback()).map(if_addrs::Interface::ip);
    // An address of IPv6 that is valid on one link only needs the link's name, which no URL can carry.
    let is_usable = |ip: &IpAddr| match ip {
        IpAddr::V4(_) => true,
        IpAddr::V6(ip) => address.is_ipv6() && !ip.is_unicast_link_local(),
    };
    ips.filter(is_usable).map(|ip| SocketAddr::new(ip, address.port())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn addresses_and_loopback_names_are_ours() {
        for authority in [
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "a.localhost:1",
            "a.b.localhost",
            "127.0.0.1",
            "127.9.9.9:80",
            "192.168.0.1",
            "0.0.0.0:8080",
            "[::1]:80",
            "[2001:db8::1]",
            "[::ffff:192.168.0.1]",
        ] {
            assert!(is_ours(authority.as_bytes(), &[]), "{authority}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for authority in [
            "example.com",
            "localhost.example.com",
            "127.0.0.1.nip.io",
            "127.1",
            "notlocalhost",
            ".localhost",
            "a..localhost",
            "[v1.x]",
            "",
            ":80",
            "[",
        ] {
            assert!(!is_ours(authority.as_bytes(), &[]), "{authority}");
        }
    }

    #[test]
    fn allowed_names_are_compared_as_names() {
        let names = ["dev.Example".to_owned()];
        for authority in ["dev.example", "DEV.example:8080", "dev.example.", "dev.example.:1"] {
            assert!(is_ours(authority.as_bytes(), &names), "{authority}");
        }
        for authority in ["example", "x.dev.example", "dev.example.org", "", ":80", "["] {
            assert!(!is_ours(authority.as_bytes(), &names), "{authority}");
        }
    }

    #[test]
    fn a_domain_names_all_hosts_below_it() {
        for name in [".dev.example", "*.dev.example"] {
            let names = [name.to_owned()];
            for authority in ["a.dev.example", "A.b.dev.example.:1"] {
                assert!(is_ours(authority.as_bytes(), &names), "{name}: {authority}");
            }
            for authority in ["dev.example", "adev.example", ".dev.example", "a.dev.example.org"] {
                assert!(!is_ours(authority.as_bytes(), &names), "{name}: {authority}");
            }
        }
    }

    #[test]
    fn all_addresses_are_opened_at_loopback() {
        let local = |address: &str| local_address(address.parse().unwrap()).to_string();
        assert_eq!(local("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(local("[::]:80"), "[::1]:80");
        assert_eq!(local("192.168.0.7:80"), "192.168.0.7:80");
    }

    #[test]
    fn only_outer_addresses_are_those_of_other_machines() {
        let outer = |address: &str| outer_addresses(&[address.parse().unwrap()]);
        assert_eq!(outer("127.0.0.1:80"), []);
        assert_eq!(outer("192.168.0.7:80"), ["192.168.0.7:80".parse().unwrap()]);
        for address in outer("0.0.0.0:80") {
            assert!(address.is_ipv4() && !address.ip().is_loopback() && address.port() == 80);
        }
    }

    #[test]
    fn the_machine_has_names_in_lower_case_without_a_final_dot() {
        for name in names_of_machine() {
            assert_eq!(bare(&name), name);
            assert!(is_ours(name.as_bytes(), &names_of_machine()));
        }
    }
}
