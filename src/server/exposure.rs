//! Who can reach the server, and what of it is open: facts for the window and the first lines on the terminal.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use crate::{base::closed_list::closed_list, service::MiddlewareKind};

use super::{Settings, SiteChoice, host::is_outer};

/// A network that an interface of this machine belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// The first address.
    first: IpAddr,
    /// Number of leading bits that all addresses have in common.
    prefix: u32,
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// The networks whose machines may reach a server that listens at `addresses`, from the system's list of interfaces.
/// Empty: only this machine can, or the system does not say.
#[must_use]
pub fn networks(addresses: &[SocketAddr]) -> Vec<Network> {
    if !addresses.iter().any(is_outer) {
        return Vec::new();
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let is_at = |one: IpAddr, address: &SocketAddr| match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => one.is_ipv4(),
        IpAddr::V6(ip) if ip.is_unspecified() => true,
        ip => ip.to_canonical() == one,
    };
    let mut found: Vec<Network> = interfaces
        .iter()
        .filter(|one| !one.is_loopback() && addresses.iter().any(|address| is_at(one.ip(), address)))
        .map(|one| match &one.addr {
            if_addrs::IfAddr::V4(v4) => Network::of_v4(v4.ip, v4.netmask),
            if_addrs::IfAddr::V6(v6) => Network::of_v6(v6.ip, v6.netmask),
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

impl Network {
    fn of_v4(ip: Ipv4Addr, mask: Ipv4Addr) -> Self {
        Self { first: (ip & mask).into(), prefix: mask.to_bits().leading_ones() }
    }

    fn of_v6(ip: Ipv6Addr, mask: Ipv6Addr) -> Self {
        Self { first: (ip & mask).into(), prefix: mask.to_bits().leading_ones() }
    }
}

/// A row of the table of openings.
#[derive(Clone, Copy, Debug)]
pub struct OpeningFacts {
    /// What is open, in one sentence.
    pub open: &'static str,
    /// What to do about it, in one sentence.
    pub advice: &'static str,
}

closed_list! {
    /// Something that is more open than it has to be.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Opening: pub OpeningFacts {
        /// The address is no loopback address.
        OtherMachines {
            open: "Other machines can connect.",
            advice: "If only this computer needs the server, set its address to 127.0.0.1.",
        },
        /// Others can connect, and there is no password.
        NoPassword {
            open: "Whoever can connect needs no password.",
            advice: "Turn on Basic auth, or start byteglass with --auth-file.",
        },
        /// CORS allows every origin.
        AnyOrigin {
            open: "Pages of every website can read the answers (CORS allows *).",
            advice: "Name the one origin that needs them in the settings of CORS.",
        },
        /// The cross-site guard is off.
        Embedding {
            open: "Pages of other websites can load scripts, images and frames from here.",
            advice: "Turn on the cross-site guard.",
        },
        /// The capture is written into the folder.
        CaptureInFolder {
            open: "The capture is written into the served folder.",
            advice: "byteglass serves it to nobody, but another server of the folder would: write it elsewhere.",
        },
        /// TLS without checks.
        UncheckedBackends {
            open: "The certificates of https backends are not checked.",
            advice: "Turn the check on, and name the certificate to trust with --proxy-ca or on the Server page.",
        },
    }
}

/// Who can reach a server, and what of it is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Whether other machines can connect.
    pub beyond: bool,
    /// The networks of these machines. Empty: not known, or no other machine can connect.
    pub networks: Vec<Network>,
    /// What is open.
    pub openings: Vec<Opening>,
}

impl Exposure {
    /// The exposure of a server that listens at `addresses`. `networks`: see [`networks`]. `capture`: the file that is
    /// captured to; `None`: there is none.
    #[must_use]
    pub fn of(
        addresses: &[SocketAddr],
        settings: &Settings,
        networks: &[Network],
        capture: Option<&Path>,
    ) -> Self {
        let beyond = addresses.iter().any(is_outer);
        let middleware = &settings.middleware;
        let is_open = |opening: &Opening| match opening {
            Opening::OtherMachines => beyond,
            Opening::NoPassword => beyond && !middleware.enabled(MiddlewareKind::BasicAuth),
            Opening::AnyOrigin => {
                middleware.enabled(MiddlewareKind::Cors) && middleware.cors.origin.trim() == "*"
            }
            Opening::Embedding => !middleware.enabled(MiddlewareKind::CrossSite),
            Opening::CaptureInFolder => match (&settings.site, capture) {
                (SiteChoice::Folder(folder), Some(capture)) => capture.starts_with(folder),
                _ => false,
            },
            Opening::UncheckedBackends => settings.gateway.is_insecure(),
        };
        let openings = Opening::ALL.into_iter().filter(is_open).collect();
        Self { beyond, networks: networks.to_vec(), openings }
    }
}

/// Who can reach the server, in a few words: `Only this computer`.
impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<String> = self.networks.iter().map(Network::to_string).collect();
        match &networks[..] {
            _ if !self.beyond => f.write_str("Only this computer"),
            [] => f.write_str("Anyone who can reach this computer"),
            [one] => write!(f, "Anyone on the network {one}"),
            [others @ .., last] => write!(f, "Anyone on the networks {} and {last}", others.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use crate::{
        gateway::{GatewaySettings, GroupSettings},
        service::BasicAuthSettings,
    };

    use super::*;

    fn of(address: &str, settings: &Settings, capture: Option<&str>) -> Exposure {
        let address: SocketAddr = address.parse().unwrap();
        let network = |a, b, c, prefix: u32| {
            Network::of_v4(Ipv4Addr::new(a, b, c, 7), Ipv4Addr::from_bits(u32::MAX << (32 - prefix)))
        };
        let networks = [network(192, 168, 1, 24), network(10, 0, 0, 8)];
        let count = if address.ip().is_unspecified() { 2 } else { 1 };
        Exposure::of(&[address], settings, &networks[..count], capture.map(Path::new))
    }

    #[test]
    fn who_can_reach_the_server_is_one_line() {
        let settings = Settings::default();
        for (address, words) in [
            ("127.0.0.1:80", "Only this computer"),
            ("[::ffff:127.0.0.1]:80", "Only this computer"),
            ("192.168.1.7:80", "Anyone on the network 192.168.1.0/24"),
            ("0.0.0.0:80", "Anyone on the networks 192.168.1.0/24 and 10.0.0.0/8"),
        ] {
            assert_eq!(of(address, &settings, None).to_string(), words);
        }
        let unknown = Exposure::of(
            &["127.0.0.1:1".parse().unwrap(), "10.0.0.1:1".parse().unwrap()],
            &settings,
            &[],
            None,
        );
        assert_eq!(unknown.to_string(), "Anyone who can reach this computer");
        assert!(networks(&["127.0.0.1:80".parse().unwrap()]).is_empty());
    }

    #[test]
    fn each_opening_is_there_while_its_setting_is() {
        let closed = Settings::default();
        assert_eq!(of("127.0.0.1:80", &closed, Some("/srv/a.pcapng")).openings, []);
        let mut seen = Vec::new();
        let mut check = |change: &dyn Fn(&mut Settings), capture, expected: Opening| {
            let mut settings = Settings::default();
            change(&mut settings);
            assert_eq!(of("127.0.0.1:80", &settings, capture).openings, [expected]);
            seen.push(expected);
        };
        check(&|s| s.middleware.set_enabled(MiddlewareKind::Cors, true), None, Opening::AnyOrigin);
        check(&|s| s.middleware.set_enabled(MiddlewareKind::CrossSite, false), None, Opening::Embedding);
        let folder = |s: &mut Settings| s.site = SiteChoice::Folder("/srv".into());
        check(&folder, Some("/srv/sub/a.pcapng"), Opening::CaptureInFolder);
        let insecure = |s: &mut Settings| {
            let group = GroupSettings::new("a", "/", ["https://a.example".parse().unwrap()]);
            s.gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
            s.gateway.tls.is_insecure = true;
        };
        check(&insecure, None, Opening::UncheckedBackends);
        assert_eq!(of("10.0.0.1:80", &closed, None).openings, [Opening::OtherMachines, Opening::NoPassword]);
        let mut settings = closed;
        settings.middleware.set_enabled(MiddlewareKind::BasicAuth, true);
        settings.middleware.basic_auth =
            BasicAuthSettings { user: "u".into(), password: "p".into(), is_given: true };
        assert_eq!(of("10.0.0.1:80", &settings, None).openings, [Opening::OtherMachines]);
        settings.middleware.set_enabled(MiddlewareKind::Cors, true);
        settings.middleware.cors.origin = "http://a.example".to_owned();
        assert_eq!(of("127.0.0.1:80", &settings, None).openings, []);
        assert_eq!(seen.len() + 2, Opening::ALL.len());
    }
}
