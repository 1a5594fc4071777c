//! Names for connections, exchanges and the byte streams between them, and the times at which things happen.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::{NonZeroU64, ParseIntError},
    ops::{Add, AddAssign, Sub},
    str::FromStr,
    time::Duration,
};

/// A number from 1 on, so that an `Option` of it takes no further room.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(NonZeroU64);

        impl $name {
            /// Number 1.
            pub const FIRST: Self = Self(NonZeroU64::MIN);
            /// The largest number there can be.
            pub const MAX: Self = Self(NonZeroU64::MAX);

            /// From a plain number. `None`: it is 0.
            #[must_use]
            pub const fn new(number: u64) -> Option<Self> {
                match NonZeroU64::new(number) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// From a plain number that is known not to be 0.
            ///
            /// # Panics
            /// The number is 0.
            #[must_use]
            pub const fn nth(number: u64) -> Self {
                Self(NonZeroU64::new(number).expect("numbers begin at 1"))
            }

            /// The plain number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0.get()
            }

            /// The number after this one. [`Self::MAX`] has none and stays itself.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::FIRST
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> Self {
                number.get()
            }
        }

        impl PartialEq<u64> for $name {
            fn eq(&self, other: &u64) -> bool {
                self.get() == *other
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// The number of a connection, from 1 in the order in which connections are opened.
    ConnId
}
number! {
    /// The number of an exchange, from 1 over all connections.
    ExchangeId
}

/// A time: nanoseconds since the server's epoch, which an event of the trace ties to the wall clock. The
/// difference of two times is a plain number of nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(transparent)]
pub struct Nanos(u64);

impl Nanos {
    /// The epoch itself.
    pub const ZERO: Self = Self(0);
    /// The latest time there can be.
    pub const MAX: Self = Self(u64::MAX);

    /// The time this many nanoseconds after the epoch.
    #[must_use]
    pub const fn new(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Nanoseconds from `earlier` to this time; 0 if `earlier` is later.
    #[must_use]
    pub const fn saturating_sub(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The time this long after the epoch, [`Nanos::MAX`] if it is later than that.
impl From<Duration> for Nanos {
    fn from(since: Duration) -> Self {
        Self(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl Add<u64> for Nanos {
    type Output = Self;

    fn add(self, nanos: u64) -> Self {
        Self(self.0 + nanos)
    }
}

impl Add<Duration> for Nanos {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0.saturating_add(Self::from(time).0))
    }
}

impl AddAssign<u64> for Nanos {
    fn add_assign(&mut self, nanos: u64) {
        self.0 += nanos;
    }
}

impl Sub for Nanos {
    type Output = u64;

    fn sub(self, earlier: Self) -> u64 {
        self.0 - earlier.0
    }
}

/// The direction of bytes, seen from this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Received from the other end.
    #[default]
    Received,
    /// Sent to the other end.
    Sent,
}

impl Direction {
    /// Both directions, received first.
    pub const ALL: [Self; 2] = [Self::Received, Self::Sent];

    /// 0 for received, 1 for sent: the index in an array with one element for each direction.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Received => 0,
            Self::Sent => 1,
        }
    }
}

/// The layer at which the bytes of a connection are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// As they are on the wire.
    Wire,
    /// After decryption, or before encryption. Connections without encryption have no such layer.
    Plaintext,
}

/// One of the byte streams of a connection. The connection is not named: an event that names a stream has its
/// number already, and a second copy could only contradict the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct StreamId {
    /// The layer of its bytes.
    pub layer: Layer,
    /// The direction of its bytes.
    pub direction: Direction,
}

impl StreamId {
    /// The stream on the wire in this direction.
    #[must_use]
    pub const fn wire(direction: Direction) -> Self {
        Self { layer: Layer::Wire, direction }
    }
}

/// The end that opened a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The other end opened the connection; this program accepted it.
    Accepted,
    /// This program opened the connection.
    Dialed,
}

/// One side of an exchange that is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// Between the client and this program. Every exchange has it.
    Client,
    /// Between this program and the server that it asks in turn.
    Upstream,
}

/// The address that stands for a client: an IPv4 address seen through an IPv6 socket is the IPv4 address, and of any
/// other IPv6 address the first 64 bits, since a client has all addresses below them (RFC 4291 §2.5.4).
#[must_use]
pub fn client_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn an_ipv6_client_is_its_network() {
        let client = |address: &str| client_of(address.parse().unwrap()).to_string();
        assert_eq!(client("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(client("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(client("192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn none_takes_no_room_and_numbers_go_up() {
        assert_eq!(size_of::<Option<ConnId>>(), 8);
        assert_eq!(size_of::<Option<ExchangeId>>(), 8);
        assert_eq!(ConnId::new(0), None);
        assert_eq!(ConnId::FIRST.next(), ConnId::nth(2));
        assert_eq!(ConnId::MAX.next(), ConnId::MAX);
        assert_eq!(ExchangeId::nth(7).to_string(), "7");
        assert_eq!(serde_json::to_string(&ExchangeId::nth(7)).ok().as_deref(), Some("7"));
    }
}
