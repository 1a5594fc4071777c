//! What the server can be told.

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use crate::service::{Folder, FolderSettings, MiddlewareSettings, Site};

use super::error::StartError;

/// Everything that can be set. All but the address can be changed while running.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where to listen.
    pub bind: IpAddr,
    /// 0 takes any free port.
    pub port: u16,
    /// Names besides those of loopback that are answered to on loopback. Without a port.
    pub hosts: Vec<String>,
    /// What is served where no route matches.
    pub site: SiteChoice,
    /// What to serve when a path does not match a file.
    pub folder: FolderSettings,
    /// The middleware, in the order in which a request passes it.
    pub middleware: MiddlewareSettings,
    /// Limits and timers.
    pub guards: Guards,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8080,
            hosts: Vec::new(),
            site: SiteChoice::Welcome,
            folder: FolderSettings::default(),
            middleware: MiddlewareSettings::default(),
            guards: Guards::default(),
        }
    }
}

/// What is served where no route matches.
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
    /// Opens the folder. Waits for the disk or the network that the folder is on.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn open(choice: SiteChoice) -> Result<Self, StartError> {
        let site = match &choice {
            SiteChoice::Welcome => Site::Welcome,
            SiteChoice::Folder(path) => Site::Folder(open_folder(path)?),
        };
        Ok(Self { choice, site })
    }

    /// What was chosen.
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
        _ if path.is_file() => StartError::NotAFolder(path.to_owned()),
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
    /// Names besides those of loopback that are answered to on loopback.
    Hosts(Vec<String>),
    /// What to serve when a path does not match a file.
    Folder(FolderSettings),
    /// What is served where no route matches.
    Site(OpenedSite),
}

impl Setting {
    /// Puts the value into its place in `settings`.
    pub(super) fn record_in(&self, settings: &mut Settings) {
        match self {
            Self::Middleware(middleware) => settings.middleware.clone_from(middleware),
            Self::Guards(guards) => settings.guards = *guards,
            Self::Hosts(hosts) => settings.hosts.clone_from(hosts),
            Self::Folder(folder) => settings.folder = *folder,
            Self::Site(opened) => settings.site.clone_from(&opened.choice),
        }
    }
}

/// The number of a version of the settings. 0 is the version that the server started with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(u64);

impl Revision {
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Limits and timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Guards {
    /// Time for a whole head to arrive, from its first byte, in milliseconds.
    pub head_timeout_ms: u32,
    /// Time for the next part of a body to arrive, in milliseconds.
    pub body_timeout_ms: u32,
    /// Time between messages on a kept connection, in milliseconds.
    pub idle_timeout_ms: u32,
    /// Time for a client to take the next part of a response, in milliseconds.
    pub write_timeout_ms: u32,
    /// Largest header block, in bytes.
    pub head_bytes: u32,
    /// Longest target, in bytes.
    pub target_bytes: u32,
    /// Largest body, in bytes.
    pub body_bytes: u64,
    /// Most open connections.
    pub connections: u32,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            head_timeout_ms: 10_000,
            body_timeout_ms: 30_000,
            idle_timeout_ms: 60_000,
            write_timeout_ms: 30_000,
            head_bytes: 64 * 1024,
            target_bytes: 8 * 1024,
            body_bytes: 10_000_000,
            connections: 1024,
        }
    }
}
