//! Middleware: what stands between a request and its handler, and between the reply and the client.
//!
//! To add one, write its file with a `DESCRIPTOR`, and add a line to `list.rs` (and `mod` here).

mod basic_auth;
mod changes;
mod compression;
mod cors;
mod etag;
mod list;
mod logger;
mod rate_limit;
mod security;
mod server_header;
mod slow_motion;
mod stack;

use std::{fmt::Debug, net::IpAddr, sync::Arc};

use crate::trace::StepSummary;

use super::{Clock, MiddlewareSettings, Reply, Request};

pub use basic_auth::BasicAuthSettings;
pub use cors::CorsSettings;
pub use list::MiddlewareKind;
pub use rate_limit::RateLimitSettings;
pub use slow_motion::SlowMotionSettings;
pub(super) use stack::{MiddlewareStack, Passed};

pub(super) use etag::CACHE_CONTROL;
pub(super) use server_header::SERVER;

/// What there is to say about a middleware, and how it is made.
#[derive(Debug)]
struct Descriptor {
    /// The stable name: on the command line, in JSON, in session files, in the settings file.
    key: &'static str,
    /// The name in the window.
    title: &'static str,
    /// What the middleware does, in a sentence or two.
    about: &'static str,
    /// Whether the middleware runs where no settings say otherwise.
    on_by_default: bool,
    /// Makes the middleware, without a memory of any request.
    build: fn() -> Box<dyn Middleware>,
}

/// A middleware. What it keeps from one request to the next is in `self`; the settings that hold for
/// the request at hand are handed in, so that they can change while requests are under way.
trait Middleware: Debug + Send {
    /// Looks at a request whose head is complete. `now`: a reading of [`Clock::nanos`].
    fn on_request(&mut self, settings: &MiddlewareSettings, request: &Request<'_>, now: u64) -> OnRequest {
        let _ = (settings, request, now);
        OnRequest::Pass("acts on the response".into())
    }

    /// Looks at a response before it is written, and may change it. `request`: `None` where there is
    /// no complete head.
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

    /// Adds what the middleware has to show. `now`: a reading of [`Clock::nanos`].
    fn read(&self, settings: &MiddlewareSettings, now: u64, readings: &mut Readings) {
        let _ = (settings, now, readings);
    }
}

/// What a middleware does with a request.
#[derive(Debug)]
enum OnRequest {
    /// Passes the request on.
    Pass(StepSummary),
    /// Answers the request.
    Answer(Box<Reply>, StepSummary),
}

/// What the middleware has to show of what it remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// The last lines of the request logger, newest last; at most 200.
    pub log: Vec<Arc<str>>,
    /// Address, whole tokens left and capacity of the emptiest token buckets, emptiest first; at most 8.
    pub buckets: Vec<(IpAddr, u32, u32)>,
    /// How many bodies are being compressed.
    pub compressing: usize,
}

/// A text of the settings without the space around it, made anew only where the setting has changed: it
/// goes into every response.
#[derive(Debug, Default)]
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
