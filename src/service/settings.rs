//! The settings of the service, put together: which middleware runs, in which order, and what the folder
//! does. What one middleware can be set to stands in its own file.

use super::middleware::{
    BasicAuthSettings, CACHE_CONTROL, CorsSettings, MiddlewareKind, RateLimitSettings, SERVER,
    SlowMotionSettings,
};

/// One place in the stack of middleware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Layer {
    /// Which middleware.
    pub kind: MiddlewareKind,
    /// Whether it runs.
    pub enabled: bool,
}

/// Which middleware runs, in which order, with which settings.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct MiddlewareSettings {
    /// Outermost first. Each kind stands once.
    pub layers: Vec<Layer>,
    /// For [`MiddlewareKind::Cors`].
    pub cors: CorsSettings,
    /// For [`MiddlewareKind::BasicAuth`].
    pub basic_auth: BasicAuthSettings,
    /// For [`MiddlewareKind::RateLimit`].
    pub rate_limit: RateLimitSettings,
    /// For [`MiddlewareKind::SlowMotion`].
    pub slow_motion: SlowMotionSettings,
    /// For [`MiddlewareKind::ServerHeader`]: the value of the field.
    pub server_header: String,
    /// For [`MiddlewareKind::Etag`]: the Cache-Control value that files get.
    pub cache_control: String,
}

impl Default for MiddlewareSettings {
    fn default() -> Self {
        Self {
            layers: MiddlewareKind::ALL.map(|kind| Layer { kind, enabled: kind.on_by_default() }).to_vec(),
            cors: CorsSettings::default(),
            basic_auth: BasicAuthSettings::default(),
            rate_limit: RateLimitSettings::default(),
            slow_motion: SlowMotionSettings::default(),
            server_header: SERVER.to_owned(),
            cache_control: CACHE_CONTROL.to_owned(),
        }
    }
}

impl MiddlewareSettings {
    /// Whether `kind` runs.
    #[must_use]
    pub fn enabled(&self, kind: MiddlewareKind) -> bool {
        self.layers.iter().any(|layer| layer.kind == kind && layer.enabled)
    }

    /// The middleware that runs, outermost first.
    pub(super) fn running(&self) -> impl DoubleEndedIterator<Item = MiddlewareKind> + Clone {
        self.layers.iter().filter(|layer| layer.enabled).map(|layer| layer.kind)
    }

    /// Turns `kind` on or off.
    pub fn set_enabled(&mut self, kind: MiddlewareKind, enabled: bool) {
        for layer in self.layers.iter_mut().filter(|layer| layer.kind == kind) {
            layer.enabled = enabled;
        }
    }
}

/// What to serve when a path does not match a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FolderSettings {
    /// Show what is in a folder that has no `index.html`.
    pub listing: bool,
    /// Send `404.html`, if the folder has one, with the status 404.
    pub not_found_page: bool,
    /// Send the folder's `index.html` to browsers that ask for a page that is no file: the page's own
    /// script knows what to show.
    pub single_page: bool,
}
