//! What the window remembers from one start to the next.

use std::{collections::BTreeMap, path::PathBuf};

use crate::server::{Guards, MiddlewareSettings};

/// Widths of panes in points, by name.
pub type Panes = BTreeMap<String, f32>;

/// Dark, light, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    /// As the system has it; dark where it does not say.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// What is remembered.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Dark, light, or as the system has it.
    pub theme: ThemeChoice,
    /// Zoom of the whole window; 1.0 is the normal size.
    pub zoom: f32,
    /// Inner size of the window in points. `None`: it was never opened.
    pub window: Option<[f32; 2]>,
    /// Widths of panes.
    pub panes: Panes,
    /// The folder served last. `None`: the welcome site.
    pub last_folder: Option<PathBuf>,
    /// Folders served before, the latest first; at most [`Settings::RECENT_MAX`].
    pub recent: Vec<PathBuf>,
    /// The port chosen in the window. `None`: none was, so the usual one is tried.
    pub port: Option<u16>,
    /// The onion.
    pub middleware: MiddlewareSettings,
    /// Limits and timers.
    pub guards: Guards,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            zoom: 1.0,
            window: None,
            panes: Panes::new(),
            last_folder: None,
            recent: Vec::new(),
            port: None,
            middleware: MiddlewareSettings::default(),
            guards: Guards::default(),
        }
    }
}

impl Settings {
    /// How many recent folders are remembered.
    pub const RECENT_MAX: usize = 8;
}
