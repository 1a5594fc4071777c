//! The list of all middleware: one line each, the outermost first. Each middleware is described in its own
//! file.

use super::Descriptor;

/// Defines the enum of all middleware and the table beside it. The key of `BasicAuth` is `basic-auth`.
macro_rules! middleware {
    ($($name:ident => $file:ident),+ $(,)?) => {
        /// The kinds of middleware.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum MiddlewareKind {
            $(#[doc = concat!("See `middleware/", stringify!($file), ".rs`.")] $name),+
        }

        const COUNT: usize = [$(stringify!($name)),+].len();

        impl MiddlewareKind {
            /// Every middleware in the default order, the outermost first.
            pub const ALL: [Self; COUNT] = [$(Self::$name),+];

            pub(super) const fn descriptor(self) -> &'static Descriptor {
                match self {
                    $(Self::$name => &super::$file::DESCRIPTOR),+
                }
            }
        }
    };
}

middleware! {
    Logger => logger,
    Fields => fields,
    Cors => cors,
    RateLimit => rate_limit,
    CrossSite => cross_site,
    BasicAuth => basic_auth,
    Etag => etag,
    Compression => compression,
    Security => security,
    Trouble => trouble,
    SlowMotion => slow_motion,
    ServerHeader => server_header,
}

impl MiddlewareKind {
    /// The stable name: on the command line, in JSON, in session files and in the settings file.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.descriptor().key
    }

    /// The name in the window.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.descriptor().title
    }

    /// The purpose of the middleware, in a sentence or two.
    #[must_use]
    pub const fn about(self) -> &'static str {
        self.descriptor().about
    }

    /// Whether the middleware runs by default.
    #[must_use]
    pub const fn on_by_default(self) -> bool {
        self.descriptor().on_by_default
    }

    /// The middleware with this key. `None`: unknown key.
    #[must_use]
    pub fn by_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The title of the middleware with this key, or the key itself if it is unknown.
    #[must_use]
    pub fn title_of(key: &str) -> &str {
        match Self::by_key(key) {
            Some(kind) => kind.title(),
            None => key,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn every_middleware_has_a_key_of_its_own_and_is_described() {
        for (index, kind) in MiddlewareKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index, "{kind:?}");
            assert_eq!(MiddlewareKind::by_key(kind.key()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.key(), "the settings file has the key");
            assert!(!kind.title().is_empty() && kind.about().ends_with('.'), "{kind:?}");
        }
        assert_eq!(MiddlewareKind::title_of("rate-limit"), "Rate limit");
        assert_eq!(MiddlewareKind::title_of("sheep-counter"), "sheep-counter");
    }
}
