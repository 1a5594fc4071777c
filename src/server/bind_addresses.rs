//! The addresses of this machine that the server listens at.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

/// The IP addresses of this machine to listen at, all with the same port: at least one, at most
/// [`BIND_ADDRESSES_MAX`], and none that another one contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindAddresses(Vec<IpAddr>);

/// Most addresses to listen at.
pub const BIND_ADDRESSES_MAX: usize = 16;

impl BindAddresses {
    /// The addresses, in this order. Without any: 127.0.0.1.
    ///
    /// # Errors
    /// They cannot be listened at together.
    pub fn of(addresses: &[IpAddr]) -> Result<Self, BindError> {
        if addresses.len() > BIND_ADDRESSES_MAX {
            return Err(BindError::TooMany);
        }
        for (at, address) in addresses.iter().enumerate() {
            if addresses[..at].contains(address) {
                return Err(BindError::Twice(*address));
            }
            let others = addresses.iter().filter(|other| *other != address);
            if let Some(all) = others.copied().find(|all| contains(*all, *address)) {
                return Err(BindError::Contained { address: *address, all });
            }
        }
        Ok(if addresses.is_empty() { Self::default() } else { Self(addresses.to_vec()) })
    }

    /// The address that is announced first, and at which the server sends to itself.
    #[must_use]
    pub fn first(&self) -> IpAddr {
        self.0[0]
    }

    /// All addresses.
    #[must_use]
    pub fn all(&self) -> &[IpAddr] {
        &self.0
    }

    /// All addresses with a port.
    #[must_use]
    pub fn at(&self, port: u16) -> Vec<SocketAddr> {
        self.0.iter().map(|ip| SocketAddr::new(*ip, port)).collect()
    }

    /// Whether only programs on this machine can connect.
    #[must_use]
    pub fn are_loopback(&self) -> bool {
        self.0.iter().all(|ip| ip.to_canonical().is_loopback())
    }
}

/// Whether a socket that listens at `all` takes the connections to `address` as well. A socket at `::` takes those of
/// IPv4, too.
fn contains(all: IpAddr, address: IpAddr) -> bool {
    all.is_unspecified() && (all.is_ipv6() || address.is_ipv4())
}

impl Default for BindAddresses {
    fn default() -> Self {
        Self(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
    }
}

impl From<IpAddr> for BindAddresses {
    fn from(address: IpAddr) -> Self {
        Self(vec![address])
    }
}

/// The addresses as [`BindAddresses::from_str`] reads them.
impl fmt::Display for BindAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, address) in self.0.iter().enumerate() {
            write!(f, "{}{address}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Reads addresses between commas or spaces.
impl FromStr for BindAddresses {
    type Err = BindError;

    fn from_str(text: &str) -> Result<Self, BindError> {
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        let addresses: Vec<IpAddr> = parts.map(parse).collect::<Result<_, _>>()?;
        if addresses.is_empty() { Err(BindError::NotAnAddress) } else { Self::of(&addresses) }
    }
}

/// Reads one address. RFC 6761 §6.3: `localhost` is the loopback address, whatever a resolver says. `*`: all addresses.
///
/// # Errors
/// It is no IP address.
pub fn parse(text: &str) -> Result<IpAddr, BindError> {
    match text {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        "*" => Ok(Ipv4Addr::UNSPECIFIED.into()),
        text => text.trim_matches(['[', ']']).parse().map_err(|_| BindError::NotAnAddress),
    }
}

/// Why addresses cannot be listened at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindError {
    /// One is no IP address.
    NotAnAddress,
    /// An address is named twice.
    Twice(IpAddr),
    /// `all` is all addresses, `address` among them.
    Contained {
        /// One of them.
        address: IpAddr,
        /// The address that stands for all.
        all: IpAddr,
    },
    /// There are more than [`BIND_ADDRESSES_MAX`].
    TooMany,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAddress => f.write_str("expected an IP address, such as 127.0.0.1, or localhost"),
            Self::Twice(address) => write!(f, "{address} is named twice"),
            Self::Contained { address, all } => {
                write!(
                    f,
                    "{all} is all addresses of this machine, {address} among them: leave out one of the two"
                )
            }
            Self::TooMany => write!(f, "at most {BIND_ADDRESSES_MAX} addresses can be listened at"),
        }
    }
}

impl std::error::Error for BindError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_between_commas_and_written_as_they_are_read() {
        for (text, written) in [
            ("127.0.0.1", "127.0.0.1"),
            (" localhost,::1 ", "127.0.0.1, ::1"),
            ("*", "0.0.0.0"),
            ("[::1] 192.168.0.7", "::1, 192.168.0.7"),
        ] {
            let read: Result<BindAddresses, _> = text.parse();
            assert_eq!(read.as_ref().map(ToString::to_string), Ok(written.to_owned()), "{text}");
            assert_eq!(written.parse(), read);
        }
        assert_eq!(BindAddresses::of(&[]), Ok(BindAddresses::default()));
    }

    #[test]
    fn addresses_that_cannot_be_had_together_are_refused_with_the_reason() {
        for (text, reason) in [
            ("", "expected an IP address"),
            ("127.0.0.1, example.org", "expected an IP address"),
            ("127.0.0.1, localhost", "127.0.0.1 is named twice"),
            ("0.0.0.0, 127.0.0.1", "0.0.0.0 is all addresses of this machine, 127.0.0.1 among them"),
            ("10.0.0.1 ::", ":: is all addresses of this machine, 10.0.0.1 among them"),
            ("::, 0.0.0.0", ":: is all addresses of this machine, 0.0.0.0 among them"),
        ] {
            let read = text.parse::<BindAddresses>().map_err(|error| error.to_string());
            assert!(read.as_ref().is_err_and(|said| said.starts_with(reason)), "{text}: {read:?}");
        }
        assert!("0.0.0.0, ::1".parse::<BindAddresses>().is_ok(), "other families");
        let many: Vec<String> = (0..=BIND_ADDRESSES_MAX).map(|last| format!("127.0.0.{last}")).collect();
        assert_eq!(many.join(",").parse::<BindAddresses>(), Err(BindError::TooMany));
    }

    #[test]
    fn one_address_beyond_loopback_is_enough_to_let_others_in() {
        let are_loopback = |text: &str| text.parse::<BindAddresses>().map(|read| read.are_loopback());
        assert_eq!(are_loopback("127.0.0.1, ::1, ::ffff:127.0.0.1"), Ok(true));
        assert_eq!(are_loopback("127.0.0.1, 192.168.0.7"), Ok(false));
    }
}
