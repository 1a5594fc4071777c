//! Which middleware runs, in which order, with which settings; and what the folder does.

use std::fmt;

/// The middleware that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MiddlewareKind {
    /// Remembers one line about each exchange.
    Logger,
    /// Token bucket per address.
    RateLimit,
    /// Cross-origin resource sharing, with preflight.
    Cors,
    /// User and password.
    BasicAuth,
    /// Entity tags and 304.
    Etag,
    /// gzip and brotli.
    Compression,
    /// Security headers.
    Security,
    /// Writes paced so that a person can watch.
    SlowMotion,
    /// The Server field.
    ServerHeader,
}

impl MiddlewareKind {
    /// All, in the order that new settings have: the first is outermost.
    pub const ALL: [Self; 9] = [
        Self::Logger,
        Self::RateLimit,
        Self::Cors,
        Self::BasicAuth,
        Self::Etag,
        Self::Compression,
        Self::Security,
        Self::SlowMotion,
        Self::ServerHeader,
    ];

    /// The name on the command line and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Logger => "logger",
            Self::RateLimit => "rate-limit",
            Self::Cors => "cors",
            Self::BasicAuth => "basic-auth",
            Self::Etag => "etag",
            Self::Compression => "compression",
            Self::Security => "security",
            Self::SlowMotion => "slow-motion",
            Self::ServerHeader => "server-header",
        }
    }

    /// The name in the window of the middleware with this key; the key itself, if there is none.
    #[must_use]
    pub fn title_of(key: &str) -> &str {
        match Self::ALL.into_iter().find(|kind| kind.key() == key) {
            Some(kind) => kind.title(),
            None => key,
        }
    }

    /// The name in the window.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Logger => "Request logger",
            Self::RateLimit => "Rate limit",
            Self::Cors => "CORS",
            Self::BasicAuth => "Basic auth",
            Self::Etag => "ETag and 304",
            Self::Compression => "Compression",
            Self::Security => "Security headers",
            Self::SlowMotion => "Slow motion",
            Self::ServerHeader => "Server header",
        }
    }
}

/// One place in the onion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Layer {
    /// Which middleware.
    pub kind: MiddlewareKind,
    /// Whether it runs.
    pub enabled: bool,
}

/// The onion: which middleware runs, in which order, with which settings.
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
        let off = [
            MiddlewareKind::RateLimit,
            MiddlewareKind::Cors,
            MiddlewareKind::BasicAuth,
            MiddlewareKind::Compression,
            MiddlewareKind::Security,
            MiddlewareKind::SlowMotion,
        ];
        Self {
            layers: MiddlewareKind::ALL.map(|kind| Layer { kind, enabled: !off.contains(&kind) }).to_vec(),
            cors: CorsSettings::default(),
            basic_auth: BasicAuthSettings::default(),
            rate_limit: RateLimitSettings::default(),
            slow_motion: SlowMotionSettings::default(),
            server_header: "byteglass".to_owned(),
            cache_control: "no-cache".to_owned(),
        }
    }
}

impl MiddlewareSettings {
    /// Whether `kind` runs.
    #[must_use]
    pub fn enabled(&self, kind: MiddlewareKind) -> bool {
        self.layers.iter().any(|layer| layer.kind == kind && layer.enabled)
    }

    /// Turns `kind` on or off.
    pub fn set_enabled(&mut self, kind: MiddlewareKind, enabled: bool) {
        for layer in self.layers.iter_mut().filter(|layer| layer.kind == kind) {
            layer.enabled = enabled;
        }
    }
}

/// CORS.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CorsSettings {
    /// The origin that may read: `*`, or one origin such as `http://localhost:3000`.
    pub origin: String,
    /// How long a preflight may be remembered, in seconds.
    pub max_age_secs: u32,
}

impl Default for CorsSettings {
    fn default() -> Self {
        Self { origin: "*".to_owned(), max_age_secs: 600 }
    }
}

/// The token bucket of each address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct RateLimitSettings {
    /// Tokens in a full bucket. A request takes one.
    pub capacity: u32,
    /// Tokens that come back each second.
    pub per_second: u32,
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        Self { capacity: 10, per_second: 1 }
    }
}

/// The pace of slow motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SlowMotionSettings {
    /// Bytes in one write.
    pub bytes: u32,
    /// Time from one write to the next, in milliseconds.
    pub every_ms: u32,
}

impl Default for SlowMotionSettings {
    fn default() -> Self {
        Self { bytes: 32, every_ms: 100 }
    }
}

/// Who may come in.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct BasicAuthSettings {
    /// The user name; it has no colon.
    pub user: String,
    /// The password. Empty: none is set, and nobody gets in.
    pub password: String,
}

impl Default for BasicAuthSettings {
    fn default() -> Self {
        Self { user: "user".to_owned(), password: String::new() }
    }
}

/// Without the password: what is printed for debugging ends up in logs.
impl fmt::Debug for BasicAuthSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuthSettings").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What the folder does where a path leads to no file.
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
