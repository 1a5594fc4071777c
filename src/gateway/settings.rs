//! Settings of a gateway.

use super::{Address, Mount, Scheme, TlsSettings};
use crate::{base::closed_list::closed_list, http::forward::ForwardedFields};

/// The groups of backends, and the way in which requests are passed on to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct GatewaySettings {
    /// The groups. If a target is below the prefixes of several, the longest prefix decides.
    pub groups: Vec<GroupSettings>,
    /// Whether backends are sent the client's Host. If not, each is sent its own authority.
    pub keeps_host: bool,
    /// The fields that tell backends who the client is.
    pub forwarded: ForwardedFields,
    /// How the certificates of `https` backends are checked.
    pub tls: TlsSettings,
}

impl GatewaySettings {
    /// The group below whose prefix a target lies. `None`: no group has it.
    #[must_use]
    pub fn group_of(&self, target: &str) -> Option<&GroupSettings> {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let is_below = |group: &&GroupSettings| {
            Mount::new(&group.prefix).is_some_and(|mount| mount.rest_of(path).is_ok())
        };
        self.groups.iter().filter(is_below).max_by_key(|group| group.prefix.trim_end_matches('/').len())
    }
}

/// Backends that can stand in for one another.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GroupSettings {
    /// The name: `app`.
    pub name: String,
    /// The path below which the group's targets lie: `/api`, or `/` for all.
    pub prefix: String,
    /// The backends, in the order in which they were added.
    pub backends: Vec<BackendSettings>,
    /// The policy by which one of the backends is chosen.
    #[serde(default)]
    pub policy: Policy,
    /// The requests that each backend may have open, and those that wait for one of them to end.
    #[serde(default)]
    pub load: LoadSettings,
    /// The active check of each backend. `None`: only requests tell whether a backend works.
    #[serde(default)]
    pub check: Option<CheckSettings>,
}

/// How much backends are given to do at a time, and how long requests wait for their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LoadSettings {
    /// Requests that each backend has open at most, from 1. Each has a connection of its own.
    pub open_max: u32,
    /// Requests of the group that wait at most. 0: none waits.
    pub waiting_max: u32,
    /// Milliseconds that a request waits at most.
    pub wait_ms: u64,
}

impl Default for LoadSettings {
    fn default() -> Self {
        Self { open_max: 256, waiting_max: 1024, wait_ms: 10_000 }
    }
}

/// A backend.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BackendSettings {
    /// The name: `app-1`.
    pub name: String,
    /// The address at which the backend listens.
    pub address: Address,
    /// The backend's share of the requests in relation to the other backends, from 1 to 100.
    #[serde(default = "one")]
    pub weight: u32,
    /// Whether the backend takes new requests. Requests under way go on.
    #[serde(default)]
    pub duty: Duty,
}

/// A row of the table of duties.
#[derive(Clone, Copy, Debug)]
pub struct DutyFacts {
    /// The name of the switch to the duty.
    pub title: &'static str,
}

closed_list! {
    /// Whether a backend takes new requests.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Duty: pub DutyFacts {
        /// The backend takes requests.
        #[default]
        On { title: "On" },
        /// The backend takes no new requests; requests under way go on.
        Draining { title: "Drain" },
        /// The backend takes no requests.
        Off { title: "Off" },
    }
}

/// An active check: a GET from time to time, on a connection of its own.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CheckSettings {
    /// The target: `/health`. The path of the backend's address is not put before it.
    pub path: String,
    /// Milliseconds from the beginning of a check to that of the next one.
    pub interval_ms: u64,
    /// Milliseconds that a check may take.
    pub timeout_ms: u64,
    /// The status that a healthy backend answers with. `None`: any status below 400.
    pub status: Option<u16>,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self { path: "/".to_owned(), interval_ms: 5_000, timeout_ms: 2_000, status: None }
    }
}

impl CheckSettings {
    /// Whether the path can be asked for. RFC 9112 §3.2.1: `origin-form = absolute-path [ "?" query ]`.
    #[must_use]
    pub fn has_target(&self) -> bool {
        self.path.starts_with('/') && self.path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
    }

    /// Whether a healthy backend answers with this status.
    #[must_use]
    pub fn takes(&self, status: u16) -> bool {
        self.status.map_or(status < 400, |expected| status == expected)
    }

    pub(super) const fn interval_ns(&self) -> u64 {
        // Not so often that the checks would be a load.
        let interval_ms = if self.interval_ms < 100 { 100 } else { self.interval_ms };
        interval_ms.saturating_mul(1_000_000)
    }

    /// Nanoseconds that a check may take.
    #[must_use]
    pub const fn timeout_ns(&self) -> u64 {
        self.timeout_ms.saturating_mul(1_000_000)
    }
}

/// A policy by which a backend is chosen.
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

    /// The stable name, in files and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::FewestOpen => "fewest_open",
            Self::ClientAddress => "client_address",
        }
    }

    /// The policy with this key. `None`: unknown key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|policy| policy.key() == key)
    }

    /// The name of the policy in the window.
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

impl GatewaySettings {
    /// Whether a backend is reached over TLS without a check of who it is.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.tls.is_insecure && self.uses_tls()
    }

    /// Whether any backend is reached over TLS.
    #[must_use]
    pub fn uses_tls(&self) -> bool {
        let mut backends = self.groups.iter().flat_map(|group| &group.backends);
        backends.any(|backend| backend.address.scheme == Scheme::Https)
    }

    /// Adds a backend to the group mounted at `mount`. If there is no such group, adds one named after the prefix.
    pub fn add(&mut self, mount: &Mount, address: Address) {
        if let Some(group) = self.groups.iter_mut().find(|group| group.mount().as_ref() == Some(mount)) {
            group.add(address);
            return;
        }
        let usual = match &mount.prefix()[1..] {
            "" => "app",
            path => path,
        };
        let names = std::iter::once(usual.to_owned()).chain((2..).map(|number| format!("{usual}{number}")));
        let is_free = |name: &String| self.groups.iter().all(|group| group.name != *name);
        let name = names.into_iter().find(is_free).unwrap_or_default();
        self.groups.push(GroupSettings::new(&name, mount.prefix(), [address]));
    }
}

impl GroupSettings {
    /// A group of backends at these addresses with the default settings. The backends are named after the group:
    /// `app-1`.
    #[must_use]
    pub fn new(name: &str, prefix: &str, addresses: impl IntoIterator<Item = Address>) -> Self {
        let mut group = Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            backends: Vec::new(),
            policy: Policy::default(),
            load: LoadSettings::default(),
            check: None,
        };
        addresses.into_iter().for_each(|address| group.add(address));
        group
    }

    /// Adds a backend, whose number is one above the highest.
    pub fn add(&mut self, address: Address) {
        let number = |backend: &BackendSettings| {
            backend.name.strip_prefix(&self.name)?.strip_prefix('-')?.parse::<u32>().ok()
        };
        let highest = self.backends.iter().filter_map(number).max().unwrap_or(0);
        let name = format!("{}-{}", self.name, highest.saturating_add(1));
        self.backends.push(BackendSettings { name, address, weight: 1, duty: Duty::On });
    }

    /// The mount of the group. `None`: the prefix is not a path.
    #[must_use]
    pub fn mount(&self) -> Option<Mount> {
        Mount::new(&self.prefix)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn groups_and_backends_that_are_added_have_names_of_their_own() {
        let mut settings = GatewaySettings::default();
        let mut add = |prefix: &str, port: u16| {
            let address = format!("http://127.0.0.1:{port}").parse().unwrap();
            settings.add(&Mount::new(prefix).unwrap(), address);
            let names = |group: &GroupSettings| {
                let names: Vec<_> = group.backends.iter().map(|backend| backend.name.clone()).collect();
                format!("{}: {}", group.prefix, names.join(" "))
            };
            let all: Vec<_> = settings.groups.iter().map(names).collect();
            if port == 3002 {
                settings.groups[0].backends.remove(0);
            }
            all.join(", ")
        };
        add("/", 3001);
        assert_eq!(add("/", 3002), "/: app-1 app-2");
        assert_eq!(add("/", 3003), "/: app-2 app-3");
        add("/api/", 3004);
        assert_eq!(add("/api", 3005), "/: app-2 app-3, /api: api-1 api-2");
        assert_eq!(add("/app", 3006), "/: app-2 app-3, /api: api-1 api-2, /app: app2-1");
    }
}
