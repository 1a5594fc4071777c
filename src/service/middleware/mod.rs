//! The onion: a request goes down through the layers, its response comes back up.
//!
//! A layer may answer on the way down; then those inside it see neither the request nor the
//! response. On the way up each layer that the request passed may change the response.

mod basic_auth;
mod changes;
mod compression;
mod cors;
mod etag;
mod logger;
mod rate_limit;
mod security;
mod server_header;
mod slow_motion;

use std::{net::IpAddr, sync::Arc};

use crate::{base::shared_text::SharedText, http::encode::Fields};

use super::{Clock, MiddlewareKind, MiddlewareSettings, Reply, Request};
use crate::trace::{MiddlewareStep, Phase, StepSummary};

use compression::Compressors;
use logger::Log;
use rate_limit::Buckets;

/// All middleware: the settings, and what some of it remembers from one request to the next.
#[derive(Debug)]
pub struct Onion {
    settings: Arc<InForce>,
    buckets: Buckets,
    compressors: Compressors,
    log: Log,
}

/// Settings, and what of them goes into every response.
#[derive(Debug)]
struct InForce {
    settings: MiddlewareSettings,
    server_header: SharedText,
    cache_control: SharedText,
}

/// The layers that a request has passed on its way down: those to climb back through.
#[derive(Clone, Debug)]
pub struct Entered {
    /// As they were on the way down: a change of the settings holds from the next request on.
    settings: Arc<InForce>,
    /// How many of the layers that are on, counted from the outermost.
    depth: usize,
}

/// What the way down came to.
#[derive(Debug)]
pub struct Descent {
    /// What each layer did.
    pub steps: Vec<MiddlewareStep>,
    /// The layers to climb back through.
    pub entered: Entered,
    /// The answer of the layer that did not pass the request on. `None`: all of them did.
    pub answer: Option<Reply>,
}

/// What a layer does with a request.
#[derive(Debug)]
enum Down {
    /// Passes it on. What it did, in a few words.
    Pass(StepSummary),
    /// Answers it. What it did, in a few words.
    Answer(Box<Reply>, StepSummary),
}

impl Onion {
    /// An onion with full buckets and an empty log.
    #[must_use]
    pub fn new(settings: &MiddlewareSettings) -> Self {
        Self {
            settings: Arc::new(InForce::of(settings)),
            buckets: Buckets::default(),
            compressors: Compressors::default(),
            log: Log::default(),
        }
    }

    /// Other settings, from the next request on. Buckets and log stay.
    pub fn set(&mut self, settings: &MiddlewareSettings) {
        self.settings = Arc::new(InForce::of(settings));
    }

    /// The way down.
    #[must_use]
    pub fn down(&mut self, request: &Request<'_>, clock: &dyn Clock) -> Descent {
        let settings = self.settings.clone();
        let mut descent = Descent {
            steps: Vec::with_capacity(layers(&settings.settings).count()),
            entered: Entered { settings: settings.clone(), depth: 0 },
            answer: None,
        };
        let mut since = clock.nanos();
        for kind in layers(&settings.settings) {
            let down = self.enter(kind, &settings.settings, request, since);
            let now = clock.nanos();
            let mut step = step(kind, Phase::Request, &mut since, now);
            match down {
                Down::Pass(did) => {
                    step.summary = did;
                    descent.steps.push(step);
                    descent.entered.depth += 1;
                }
                Down::Answer(reply, did) => {
                    step.summary = did;
                    step.answered = Some(reply.status);
                    step.changes = changes::between(&Fields::new(), &reply.fields);
                    descent.steps.push(step);
                    descent.answer = Some(*reply);
                    break;
                }
            }
        }
        descent
    }

    /// How many bodies are being compressed.
    #[cfg(test)]
    pub(crate) fn compressing(&self) -> usize {
        self.compressors.running()
    }

    /// All layers that are on, for an answer to a request that did not come down through them.
    #[must_use]
    pub fn all(&self) -> Entered {
        Entered { settings: self.settings.clone(), depth: usize::MAX }
    }

    /// The way up. `request`: `None` where there is no complete head.
    pub fn up(
        &mut self,
        entered: &Entered,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        clock: &dyn Clock,
    ) -> Vec<MiddlewareStep> {
        let settings = &entered.settings;
        let not_reached = layers(&settings.settings).count().saturating_sub(entered.depth);
        let passed = layers(&settings.settings).rev().skip(not_reached);
        let mut steps = Vec::with_capacity(passed.clone().count());
        let mut fields = reply.fields.clone();
        let mut since = clock.nanos();
        for kind in passed {
            let status = reply.status;
            let did = self.leave(kind, settings, request, reply, clock);
            let now = clock.nanos();
            let mut step = step(kind, Phase::Response, &mut since, now);
            step.summary = did.into();
            step.answered = (reply.status != status).then_some(reply.status);
            if reply.fields != fields {
                step.changes = changes::between(&fields, &reply.fields);
                fields.clone_from(&reply.fields);
            }
            steps.push(step);
        }
        steps
    }

    /// Whether a layer of this kind is on.
    #[must_use]
    pub fn has(&self, kind: MiddlewareKind) -> bool {
        self.settings.settings.enabled(kind)
    }

    /// Address, whole tokens left and capacity of the emptiest buckets, emptiest first.
    #[must_use]
    pub fn buckets(&self, most: usize, now: u64) -> Vec<(IpAddr, u32, u32)> {
        self.buckets.emptiest(most, self.settings.settings.rate_limit, now)
    }

    /// The last lines of the logger, newest last.
    #[must_use]
    pub fn log(&self) -> Vec<Arc<str>> {
        self.log.lines()
    }

    fn enter(
        &mut self,
        kind: MiddlewareKind,
        settings: &MiddlewareSettings,
        request: &Request<'_>,
        now: u64,
    ) -> Down {
        match kind {
            MiddlewareKind::RateLimit => self.buckets.down(settings.rate_limit, request.peer, now),
            MiddlewareKind::Cors => cors::down(&settings.cors, request),
            MiddlewareKind::BasicAuth => basic_auth::down(&settings.basic_auth, request),
            MiddlewareKind::Logger
            | MiddlewareKind::Etag
            | MiddlewareKind::Compression
            | MiddlewareKind::Security
            | MiddlewareKind::SlowMotion
            | MiddlewareKind::ServerHeader => Down::Pass("waits for the response".into()),
        }
    }

    fn leave(
        &mut self,
        kind: MiddlewareKind,
        in_force: &InForce,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        clock: &dyn Clock,
    ) -> SharedText {
        let settings = &in_force.settings;
        match kind {
            MiddlewareKind::Logger => self.log.up(request, reply, clock.wall()),
            MiddlewareKind::RateLimit | MiddlewareKind::BasicAuth => "nothing to do on the way up".into(),
            MiddlewareKind::Cors => cors::up(&settings.cors, request, reply),
            MiddlewareKind::Etag => etag::up(&in_force.cache_control, request, reply, clock.wall()),
            MiddlewareKind::Compression => compression::up(&self.compressors, request, reply),
            MiddlewareKind::Security => security::up(reply),
            MiddlewareKind::SlowMotion => slow_motion::up(settings.slow_motion, reply),
            MiddlewareKind::ServerHeader => server_header::up(&in_force.server_header, reply),
        }
    }
}

impl InForce {
    fn of(settings: &MiddlewareSettings) -> Self {
        Self {
            server_header: settings.server_header.trim().to_owned().into(),
            cache_control: settings.cache_control.trim().to_owned().into(),
            settings: settings.clone(),
        }
    }
}

/// The layers that are on, outermost first.
fn layers(settings: &MiddlewareSettings) -> impl DoubleEndedIterator<Item = MiddlewareKind> + Clone {
    settings.layers.iter().filter(|layer| layer.enabled).map(|layer| layer.kind)
}

/// A step that ends now. The next one begins where it ends, so that each takes one look at the clock.
fn step(kind: MiddlewareKind, phase: Phase, since: &mut u64, now: u64) -> MiddlewareStep {
    let took_nanos = u32::try_from(now.saturating_sub(*since)).unwrap_or(u32::MAX);
    *since = now;
    let (name, summary) = (kind.key().into(), "".into());
    MiddlewareStep { name, phase, took_nanos, answered: None, summary, changes: Vec::new() }
}
