//! Middleware: steps between a request and its handler, and between the reply and the client.
//!
//! To add one, write its file with a `DESCRIPTOR`, and add a line to `list.rs` (and `mod` here). Its
//! settings, if it has any, are a type in its file and a field of [`MiddlewareSettings`].

mod basic_auth;
mod changes;
mod compression;
mod condition;
mod cors;
mod cross_site;
mod etag;
mod fields;
mod ledger;
mod list;
mod logger;
mod rate_limit;
mod rule;
mod security;
mod server_header;
mod slow_motion;
mod stack;
mod trouble;

use std::{fmt::Debug, net::IpAddr, sync::Arc};

use crate::{http::forward::FieldEdits, trace::StepSummary};

use super::{Clock, Reply, Request};

pub use basic_auth::BasicAuthSettings;
pub use condition::Condition;
pub use cors::CorsSettings;
pub use fields::{FieldRule, FieldsSettings};
pub use list::MiddlewareKind;
pub use rate_limit::RateLimitSettings;
pub use rule::{Line, RULES_MAX, RuleError, Switched};
pub use slow_motion::SlowMotionSettings;
pub(super) use stack::{MiddlewareStack, Passed, RequestOutcome};
pub use trouble::{Disturbance, Ending, PlannedEnd, TroubleRule, TroubleSettings};

/// A place in the stack of middleware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Layer {
    /// The kind of middleware.
    pub kind: MiddlewareKind,
    /// Whether the middleware runs.
    pub enabled: bool,
}

/// The order of the middleware, which of it runs, and its settings.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct MiddlewareSettings {
    /// The stack, outermost first. Each kind occurs once.
    pub layers: Vec<Layer>,
    /// For [`MiddlewareKind::Cors`].
    pub cors: CorsSettings,
    /// For [`MiddlewareKind::BasicAuth`].
    pub basic_auth: BasicAuthSettings,
    /// For [`MiddlewareKind::RateLimit`].
    pub rate_limit: RateLimitSettings,
    /// For [`MiddlewareKind::Fields`].
    pub fields: FieldsSettings,
    /// For [`MiddlewareKind::Trouble`].
    pub trouble: TroubleSettings,
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
            fields: FieldsSettings::default(),
            trouble: TroubleSettings::default(),
            slow_motion: SlowMotionSettings::default(),
            server_header: server_header::SERVER.to_owned(),
            cache_control: etag::CACHE_CONTROL.to_owned(),
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
    fn running(&self) -> impl DoubleEndedIterator<Item = MiddlewareKind> + Clone {
        self.layers.iter().filter(|layer| layer.enabled).map(|layer| layer.kind)
    }

    /// Replaces these settings, which are remembered from one start to the next. A password that comes from the
    /// command line is kept out, and so is that it was asked for.
    pub fn remember(&mut self, current: Self) {
        let before = std::mem::replace(self, current);
        if self.basic_auth.is_given {
            self.set_enabled(MiddlewareKind::BasicAuth, before.enabled(MiddlewareKind::BasicAuth));
            self.basic_auth = before.basic_auth;
        }
    }

    /// Turns `kind` on or off.
    pub fn set_enabled(&mut self, kind: MiddlewareKind, enabled: bool) {
        for layer in self.layers.iter_mut().filter(|layer| layer.kind == kind) {
            layer.enabled = enabled;
        }
    }
}

/// The description of a middleware, and its constructor.
#[derive(Debug)]
struct Descriptor {
    /// The stable name: on the command line, in JSON, in session files, in the settings file.
    key: &'static str,
    /// The name in the window.
    title: &'static str,
    /// The purpose of the middleware, in a sentence or two.
    about: &'static str,
    /// Whether the middleware runs by default.
    on_by_default: bool,
    /// Creates the middleware, without a memory of any request.
    build: fn() -> Box<dyn Middleware>,
}

/// A copy of a middleware with its state, for a request that is only tried.
trait Fork {
    fn fork(&self) -> Box<dyn Middleware>;
}

impl<T: Middleware + Clone + 'static> Fork for T {
    fn fork(&self) -> Box<dyn Middleware> {
        Box::new(self.clone())
    }
}

/// What is said of a request by a middleware that acts on responses.
const ON_RESPONSE: &str = "acts on the response";

/// A middleware. `self` holds the state that is kept between requests; the settings of the current request
/// are arguments, so that they can change while requests are in progress.
trait Middleware: Debug + Send + Fork {
    /// Handles a request whose head is complete. `now`: a reading of [`Clock::nanos`].
    fn on_request(&mut self, settings: &MiddlewareSettings, request: &Request<'_>, now: u64) -> OnRequest {
        let _ = (settings, request, now);
        OnRequest::Pass(ON_RESPONSE.into())
    }

    /// Whether requests concern it. If not, it is not asked about any: each passes in no time.
    fn handles_requests(&self) -> bool {
        true
    }

    /// Does the same, and may also have effects on what becomes of the request. This is what the stack calls.
    fn on_request_with(
        &mut self,
        settings: &MiddlewareSettings,
        request: &Request<'_>,
        now: u64,
        effects: &mut Effects,
    ) -> OnRequest {
        let _ = effects;
        self.on_request(settings, request, now)
    }

    /// Handles a response before it is written, and may change it. `request`: `None` if there is no complete
    /// head.
    fn on_response(
        &mut self,
        settings: &MiddlewareSettings,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        clock: &dyn Clock,
    ) -> StepSummary {
        let _ = (settings, request, reply, clock);
        "no change".into()
    }

    /// Adds the middleware's readings. `now`: a reading of [`Clock::nanos`].
    fn read(&self, settings: &MiddlewareSettings, now: u64, readings: &mut Readings) {
        let _ = (settings, now, readings);
    }
}

/// What middleware wants done with a request besides passing it on.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Changes of fields, for those that answer the request.
    pub edits: FieldEdits,
    /// What is done to the request on its way to a backend.
    pub trouble: Disturbance,
}

/// The decision of a middleware about a request.
#[derive(Debug)]
enum OnRequest {
    /// Passes the request on.
    Pass(StepSummary),
    /// Answers the request.
    Answer(Box<Reply>, StepSummary),
}

/// The state of the middleware that is shown to the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// The last lines of the request logger, newest last; at most 200.
    pub log: Vec<Arc<str>>,
    /// Address, whole tokens left and capacity of the emptiest token buckets, emptiest first; at most 8.
    pub buckets: Vec<(IpAddr, u32, u32)>,
    /// Number of bodies being compressed.
    pub compressing: usize,
}

/// A text setting without surrounding spaces, recomputed only when the setting changes, since it is part of
/// every response.
#[derive(Clone, Debug, Default)]
struct Trimmed {
    setting: String,
    text: crate::base::shared_text::SharedText,
}

impl Trimmed {
    fn of(&mut self, setting: &str) -> &crate::base::shared_text::SharedText {
        if self.setting != setting {
            setting.clone_into(&mut self.setting);
            self.text = setting.trim().to_owned().into();
        }
        &self.text
    }
}
