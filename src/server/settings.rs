//! The settings of the server.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    ops::Index,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use serde::de::Error as _;

use crate::{
    gateway::GatewaySettings,
    lines::BufferKind,
    service::{Folder, FolderSettings, MiddlewareSettings, Naming, Site},
    trace::Guard,
};

use super::{bind_addresses::BindAddresses, error::StartError};

/// A folder that is not open after this time is on a disk that sleeps or on a network that hangs.
const FOLDER_TIMEOUT: Duration = Duration::from_secs(10);

/// The settings. All of them can be changed while the server runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The IP addresses to listen at.
    pub bind: BindAddresses,
    /// The port to listen at; 0 takes any free one.
    pub port: u16,
    /// Host names that are served besides `localhost` and the names of the machine, without a port.
    pub hosts: Vec<String>,
    /// The content to serve if no route matches.
    pub site: SiteChoice,
    /// Settings of the folder: what to serve when a path does not match a file.
    pub folder: FolderSettings,
    /// Whether what browsers send though HTTP forbids it is refused.
    pub is_strict: bool,
    /// Names of pages and types of endings.
    pub naming: Naming,
    /// The middleware, in the order in which a request passes it.
    pub middleware: MiddlewareSettings,
    /// Limits and timers.
    pub guards: Guards,
    /// The protocol of lines.
    pub lines: LinesSettings,
    /// Groups of backends.
    pub gateway: GatewaySettings,
}

/// The settings of the protocol of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LinesSettings {
    /// The port to listen at; 0 takes any free one. `None`: the protocol is off.
    pub port: Option<u16>,
    /// The buffer of connections that are accepted after a change.
    pub buffer: BufferKind,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bind: BindAddresses::default(),
            port: 8080,
            hosts: Vec::new(),
            site: SiteChoice::Welcome,
            folder: FolderSettings::default(),
            is_strict: false,
            naming: Naming::default(),
            middleware: MiddlewareSettings::default(),
            guards: Guards::default(),
            lines: LinesSettings::default(),
            gateway: GatewaySettings::default(),
        }
    }
}

/// The content to serve if no route matches.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteChoice {
    /// The welcome site that is part of the program.
    Welcome,
    /// A folder.
    Folder(PathBuf),
}

/// A site whose folder is open, ready to be served.
#[derive(Debug)]
pub struct OpenedSite {
    choice: SiteChoice,
    site: Site,
}

impl OpenedSite {
    /// Opens the folder. Waits for the disk or the network, for at most ten seconds.
    ///
    /// # Errors
    /// The folder cannot be opened, or not in time.
    pub fn open(choice: SiteChoice) -> Result<Self, StartError> {
        Self::open_within(choice, FOLDER_TIMEOUT)
    }

    /// As [`Self::open`], with another time.
    fn open_within(choice: SiteChoice, time: Duration) -> Result<Self, StartError> {
        let site = match &choice {
            SiteChoice::Welcome => Site::Welcome,
            SiteChoice::Folder(path) => {
                let (sender, result) = crossbeam_channel::bounded(1);
                let folder = path.clone();
                // No call to the system can be taken back, so a disk that hangs keeps this thread.
                let thread = thread::Builder::new().name("folder".to_owned());
                thread.spawn(move || drop(sender.send(open_folder(&folder)))).map_err(StartError::System)?;
                let result = result.recv_timeout(time);
                Site::Folder(result.map_err(|_| StartError::FolderSilent(path.clone()))??)
            }
        };
        Ok(Self { choice, site })
    }

    /// The choice that was opened.
    #[must_use]
    pub const fn choice(&self) -> &SiteChoice {
        &self.choice
    }

    pub(super) fn into_site(self) -> Site {
        self.site
    }
}

fn open_folder(path: &Path) -> Result<Folder, StartError> {
    Folder::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => StartError::FolderMissing(path.to_owned()),
        _ => StartError::Folder(path.to_owned(), error),
    })
}

/// A change of the settings of a running server.
#[derive(Debug)]
pub enum Setting {
    /// The middleware. Token buckets and the log are kept.
    Middleware(MiddlewareSettings),
    /// Limits and timers.
    Guards(Guards),
    /// Port and buffer of the protocol of lines.
    Lines(LinesSettings),
    /// Host names that are served besides `localhost` and the names of the machine.
    Hosts(Vec<String>),
    /// Settings of the folder: what to serve when a path does not match a file.
    Folder(FolderSettings),
    /// Whether what browsers send though HTTP forbids it is refused.
    Strict(bool),
    /// Groups of backends, and how requests go on to them.
    Gateway(GatewaySettings),
    /// The content to serve if no route matches.
    Site(OpenedSite),
}

impl Setting {
    /// Sets the value in `settings`.
    pub(super) fn record_in(&self, settings: &mut Settings) {
        match self {
            Self::Middleware(middleware) => settings.middleware.clone_from(middleware),
            Self::Guards(guards) => settings.guards = *guards,
            Self::Lines(lines) => settings.lines = *lines,
            Self::Hosts(hosts) => settings.hosts.clone_from(hosts),
            Self::Folder(folder) => settings.folder = *folder,
            Self::Strict(is_strict) => settings.is_strict = *is_strict,
            Self::Gateway(gateway) => settings.gateway.clone_from(gateway),
            Self::Site(opened) => settings.site.clone_from(&opened.choice),
        }
    }
}

/// The number of a version of the settings. 0: the settings at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(u64);

impl Revision {
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The value of each guard: milliseconds, bytes or a count, as [`Guard::facts`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards([u64; Guard::ALL.len()]);

impl Guards {
    /// A copy with another value for one guard.
    #[must_use]
    pub fn with(mut self, guard: Guard, value: u64) -> Self {
        self.set(guard, value);
        self
    }

    /// Changes the value of a guard. A value outside the guard's bounds is replaced by the nearest valid one.
    pub fn set(&mut self, guard: Guard, value: u64) {
        let facts = guard.facts();
        self.0[guard as usize] = value.clamp(facts.min, facts.max);
    }
}

impl Default for Guards {
    fn default() -> Self {
        Self(Guard::ALL.map(|guard| guard.facts().default))
    }
}

impl Index<Guard> for Guards {
    type Output = u64;

    fn index(&self, guard: Guard) -> &u64 {
        &self.0[guard as usize]
    }
}

impl serde::Serialize for Guards {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Guard::ALL.map(|guard| (guard.key(), self[guard])))
    }
}

impl<'de> serde::Deserialize<'de> for Guards {
    /// Missing guards have their defaults; unknown keys are ignored. In older files the key of a timer ends
    /// in `_ms`.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut guards = Self::default();
        for (key, value) in BTreeMap::<String, serde_json::Value>::deserialize(deserializer)? {
            if let Some(guard) = Guard::from_key(key.strip_suffix("_ms").unwrap_or(&key)) {
                guards.set(guard, u64::deserialize(value).map_err(D::Error::custom)?);
            }
        }
        Ok(guards)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;

    #[test]
    fn a_folder_on_a_disk_that_hangs_is_said_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let _stuck = crate::base::faults::delay::slow(path.clone(), None);
        let opened = OpenedSite::open_within(SiteChoice::Folder(path.clone()), Duration::from_millis(50));
        assert!(matches!(&opened, Err(StartError::FolderSilent(silent)) if *silent == path), "{opened:?}");
    }

    #[test]
    fn each_guard_is_written_and_read_back_by_its_key() {
        for guard in Guard::ALL {
            let guards = Guards::default().with(guard, 4_321);
            let json = serde_json::to_value(guards).unwrap();
            assert_eq!(json[guard.key()], 4_321);
            assert_eq!(serde_json::from_value::<Guards>(json).unwrap(), guards);
        }
    }

    #[test]
    fn guards_of_an_older_settings_file_are_read() {
        let json = r#"{"head_timeout_ms": 11, "body_timeout_ms": 12, "idle_timeout_ms": 13,
            "write_timeout_ms": 14, "head_bytes": 15, "target_bytes": 16, "body_bytes": 17,
            "connections": 18, "from the future": [1]}"#;
        let guards: Guards = serde_json::from_str(json).unwrap();
        assert_eq!(
            Guard::ALL.map(|guard| guards[guard]),
            [
                11,
                12,
                13,
                14,
                30_000,
                15,
                16,
                17,
                8 * 1024,
                300_000,
                30_000,
                16 << 20,
                5_000,
                60_000,
                60_000,
                86_400_000,
                18
            ]
        );
        let some: Guards = serde_json::from_str(r#"{"connections": 0}"#).unwrap();
        assert_eq!(some, Guards::default().with(Guard::Connections, 1), "within the bounds");
    }
}
