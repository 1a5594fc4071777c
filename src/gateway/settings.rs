//! What can be set about a gateway.

use super::{Address, Mount};
use crate::http::forward::ForwardedFields;

/// Groups of backends, and how requests go on to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct GatewaySettings {
    /// The groups. Of two whose prefix a target has, the longer prefix decides.
    pub groups: Vec<GroupSettings>,
    /// Whether backends are told the Host that the client sent. If not, each is told its own.
    pub keeps_host: bool,
    /// How backends are told who the client is.
    pub forwarded: ForwardedFields,
}

/// Backends that can stand in for one another.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GroupSettings {
    /// The name: `app`.
    pub name: String,
    /// The path below which its targets lie: `/api`, or `/` for all.
    pub prefix: String,
    /// The backends, in the order in which they were added.
    pub backends: Vec<BackendSettings>,
    /// How one of them is chosen.
    #[serde(default)]
    pub policy: Policy,
    /// Asks each backend from time to time whether it is well. `None`: only requests tell.
    #[serde(default)]
    pub check: Option<CheckSettings>,
}

/// A backend.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BackendSettings {
    /// The name: `app-1`.
    pub name: String,
    /// Where it listens.
    pub address: Address,
    /// Its share of the requests beside those of the others, from 1 to 100.
    #[serde(default = "one")]
    pub weight: u32,
    /// Whether it takes new requests. Those under way go on.
    #[serde(default)]
    pub duty: Duty,
}

/// Whether a backend takes new requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// The backend takes requests.
    #[default]
    On,
    /// The backend takes no new requests; those under way go on.
    Draining,
    /// The backend takes no requests.
    Off,
}

/// An active check: a GET from time to time.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CheckSettings {
    /// The path: `/health`.
    pub path: String,
    /// Milliseconds from one check to the next.
    pub interval_ms: u64,
    /// The status that a backend in order answers with. `None`: any below 400.
    pub status: Option<u16>,
}

/// How a backend is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Each backend in turn, by weight.
    #[default]
    RoundRobin,
    /// The backend with the fewest open requests for its weight.
    FewestOpen,
    /// A client address always has the same backend.
    ClientAddress,
}

impl Policy {
    /// All policies.
    pub const ALL: &[Self] = &[Self::RoundRobin, Self::FewestOpen, Self::ClientAddress];

    /// What it is called in the window.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::RoundRobin => "round robin",
            Self::FewestOpen => "fewest open requests",
            Self::ClientAddress => "by client address",
        }
    }
}

const fn one() -> u32 {
    1
}

impl GroupSettings {
    /// A group of these backends with the usual settings. They are called after the group: `app-1`.
    #[must_use]
    pub fn new(name: &str, prefix: &str, addresses: impl IntoIterator<Item = Address>) -> Self {
        let backends = addresses.into_iter().enumerate().map(|(index, address)| BackendSettings {
            name: format!("{name}-{}", index + 1),
            address,
            weight: 1,
            duty: Duty::On,
        });
        Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            backends: backends.collect(),
            policy: Policy::default(),
            check: None,
        }
    }

    /// Where the group is mounted. `None`: the prefix is no path.
    #[must_use]
    pub fn mount(&self) -> Option<Mount> {
        Mount::new(&self.prefix)
    }
}
