//! The settings that the window remembers from one start to the next, and their file.

mod file;
mod list;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::base::closed_list::closed_list;
use crate::gateway::GatewaySettings;
use crate::server::{Guards, LinesSettings};
use crate::service::{FolderSettings, Layer, MiddlewareKind, MiddlewareSettings};

pub use file::{SettingsFile, Warning};
pub use list::{ListSettings, MarkRule};

/// Widths of panes in points, by name.
pub type Panes = BTreeMap<String, f32>;

/// A row of the table of themes.
#[derive(Clone, Copy, Debug)]
pub struct ThemeFacts {
    /// The name in the menu.
    pub title: &'static str,
}

closed_list! {
    /// The theme of the window, in the order of the menu.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum ThemeChoice: pub ThemeFacts {
        /// The system's theme; dark where the system does not say.
        #[default]
        System { title: "Follow the system" },
        /// The dark theme.
        Dark { title: "Dark theme" },
        /// The light theme.
        Light { title: "Light theme" },
    }
}

/// The settings that are remembered.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The theme of the window.
    pub theme: ThemeChoice,
    /// Zoom of the whole window; 1.0 is the normal size.
    pub zoom: f32,
    /// Inner size of the window in points. `None`: it was never opened.
    pub window: Option<[f32; 2]>,
    /// Whether the window was maximized. Then `window` is the size that it had before.
    pub maximized: bool,
    /// Widths of panes.
    pub panes: Panes,
    /// The list of exchanges.
    pub list: ListSettings,
    /// The folder served last. `None`: the welcome site.
    pub last_folder: Option<PathBuf>,
    /// Folders served before, the latest first; at most [`Settings::RECENT_MAX`].
    pub recent: Vec<PathBuf>,
    /// The port chosen in the window. `None`: none was, so the usual one is tried.
    pub port: Option<u16>,
    /// Host names that are answered to besides those of this machine, from the window.
    pub hosts: Vec<String>,
    /// The middleware, in the order in which a request passes it.
    pub middleware: MiddlewareSettings,
    /// Limits and timers.
    pub guards: Guards,
    /// Settings of the folder: what to serve when a path does not match a file.
    pub folder: FolderSettings,
    /// Whether what browsers send though HTTP forbids it is refused.
    pub is_strict: bool,
    /// The protocol of lines.
    pub lines: LinesSettings,
    /// Groups of backends, and how requests go on to them.
    pub gateway: GatewaySettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            zoom: 1.0,
            window: None,
            maximized: false,
            panes: Panes::new(),
            list: ListSettings::default(),
            last_folder: None,
            recent: Vec::new(),
            port: None,
            hosts: Vec::new(),
            middleware: MiddlewareSettings::default(),
            guards: Guards::default(),
            folder: FolderSettings::default(),
            is_strict: false,
            lines: LinesSettings::default(),
            gateway: GatewaySettings::default(),
        }
    }
}

impl Settings {
    /// Maximum number of recent folders.
    pub const RECENT_MAX: usize = 8;
    /// The range of zooms.
    pub const ZOOM: std::ops::RangeInclusive<f32> = 0.5..=4.0;

    /// Remembers that `folder` is served.
    pub fn served(&mut self, folder: &Path) {
        self.recent.retain(|known| known != folder);
        self.recent.insert(0, folder.to_owned());
        self.recent.truncate(Self::RECENT_MAX);
        self.last_folder = Some(folder.to_owned());
    }

    /// Corrects what a hand-edited file may have got wrong: sizes are in range, each middleware is there
    /// once.
    #[must_use]
    pub fn sane(mut self) -> Self {
        self.zoom =
            if self.zoom.is_finite() { self.zoom.clamp(*Self::ZOOM.start(), *Self::ZOOM.end()) } else { 1.0 };
        self.window = self.window.filter(|size| size.iter().all(|side| side.is_finite() && *side > 0.0));
        self.panes.retain(|_, width| width.is_finite() && *width > 0.0);
        self.list = self.list.sane();
        self.recent.truncate(Self::RECENT_MAX);
        let mut seen = BTreeSet::new();
        self.middleware.layers.retain(|layer| seen.insert(layer.kind.key()));
        for kind in MiddlewareKind::ALL {
            if seen.insert(kind.key()) {
                let enabled = MiddlewareSettings::default().enabled(kind);
                // Behind the one that it follows by default: one that was added since acts in its usual place.
                let before = MiddlewareKind::ALL.into_iter().take_while(|other| *other != kind).last();
                let layers = &mut self.middleware.layers;
                let place = layers.iter().position(|layer| Some(layer.kind) == before).map_or(0, |at| at + 1);
                layers.insert(place, Layer { kind, enabled });
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_folder_stands_first_and_eight_are_kept() {
        let mut settings = Settings::default();
        for index in 0..10 {
            settings.served(Path::new(&format!("/{index}")));
        }
        settings.served(Path::new("/5"));
        assert_eq!(settings.recent.len(), Settings::RECENT_MAX);
        assert_eq!(settings.recent[0], Path::new("/5"));
        assert_eq!(settings.recent[1], Path::new("/9"));
        assert_eq!(settings.recent.iter().filter(|path| path.ends_with("5")).count(), 1);
    }

    #[test]
    fn nonsense_is_put_right() {
        let mut settings = Settings { zoom: f32::NAN, window: Some([-1.0, 4.0]), ..Settings::default() };
        let twice = settings.middleware.layers[1];
        settings.middleware.layers.insert(0, twice);
        settings.middleware.layers.retain(|layer| layer.kind != MiddlewareKind::Cors);
        let sane = settings.sane();
        assert!((sane.zoom - 1.0).abs() < f32::EPSILON);
        assert_eq!(sane.window, None);
        assert_eq!(sane.middleware.layers.len(), MiddlewareKind::ALL.len());
        assert_eq!(sane.middleware.layers[0].kind, twice.kind);
        let at = |kind| sane.middleware.layers.iter().position(|layer| layer.kind == kind);
        assert_eq!(at(MiddlewareKind::Cors), at(MiddlewareKind::Fields).map(|at| at + 1), "its usual place");
    }
}
