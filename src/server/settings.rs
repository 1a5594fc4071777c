//! What the server can be told.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use crate::service::{FolderSettings, MiddlewareSettings};

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
    /// What the folder does where a path leads to no file.
    pub folder: FolderSettings,
    /// The onion.
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
