//! Which middleware runs, in which order, with which settings.

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
    /// Entity tags and 304.
    Etag,
    /// Security headers.
    Security,
    /// Writes paced so that a person can watch.
    SlowMotion,
    /// The Server field.
    ServerHeader,
}

impl MiddlewareKind {
    /// All, in the order that new settings have: the first is outermost.
    pub const ALL: [Self; 7] = [
        Self::Logger,
        Self::RateLimit,
        Self::Cors,
        Self::Etag,
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
            Self::Etag => "etag",
            Self::Security => "security",
            Self::SlowMotion => "slow-motion",
            Self::ServerHeader => "server-header",
        }
    }

    /// The name in the window.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Logger => "Request logger",
            Self::RateLimit => "Rate limit",
            Self::Cors => "CORS",
            Self::Etag => "ETag and 304",
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
            MiddlewareKind::Security,
            MiddlewareKind::SlowMotion,
        ];
        Self {
            layers: MiddlewareKind::ALL.map(|kind| Layer { kind, enabled: !off.contains(&kind) }).to_vec(),
            cors: CorsSettings::default(),
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
