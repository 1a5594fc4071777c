//! The stack: a request passes the middleware from the outermost to the innermost, its response the
//! other way round.
//!
//! A middleware may answer a request itself; then those inside it see neither the request nor the
//! response. Each middleware that the request has passed may change the response.

use std::sync::Arc;

use crate::{
    http::encode::Fields,
    trace::{MiddlewareStep, Phase, StepSummary},
};

use super::{
    super::{Clock, Reply, Request},
    Middleware, MiddlewareKind, MiddlewareSettings, OnRequest, Readings, changes,
};

/// All middleware: the settings, and what some of it remembers from one request to the next.
#[derive(Debug)]
pub(crate) struct MiddlewareStack {
    settings: Arc<MiddlewareSettings>,
    /// One of each kind, in the order of [`MiddlewareKind::ALL`], whether it runs or not.
    all: Vec<Box<dyn Middleware>>,
}

/// The middleware that a request has passed: those that see its response.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    /// The settings that the request met. Changed settings hold from the next request on.
    settings: Arc<MiddlewareSettings>,
    /// How many of those that run, counted from the outermost.
    depth: usize,
}

/// What became of a request in the stack.
#[derive(Debug)]
pub(crate) struct RequestOutcome {
    /// One step for each middleware that saw the request, in order.
    pub steps: Vec<MiddlewareStep>,
    /// The middleware that will see the response.
    pub passed: Passed,
    /// The answer of the middleware that did not pass the request on. `None`: all of them did.
    pub answer: Option<Reply>,
}

impl MiddlewareStack {
    /// A stack that remembers no request.
    #[must_use]
    pub(crate) fn new(settings: &MiddlewareSettings) -> Self {
        let all = MiddlewareKind::ALL.map(|kind| (kind.descriptor().build)());
        Self { settings: Arc::new(settings.clone()), all: all.into() }
    }

    /// Replaces the settings from the next request on. What the middleware remembers stays.
    pub(crate) fn set(&mut self, settings: &MiddlewareSettings) {
        self.settings = Arc::new(settings.clone());
    }

    /// Hands the request to the middleware that runs.
    #[must_use]
    pub(crate) fn on_request(&mut self, request: &Request<'_>, clock: &dyn Clock) -> RequestOutcome {
        let settings = self.settings.clone();
        let mut outcome = RequestOutcome {
            steps: Vec::with_capacity(settings.running().count()),
            passed: Passed { settings: settings.clone(), depth: 0 },
            answer: None,
        };
        let mut since = clock.nanos();
        for kind in settings.running() {
            let result = self.all[kind as usize].on_request(&settings, request, since);
            let mut step = step(kind, Phase::Request, &mut since, clock.nanos());
            match result {
                OnRequest::Pass(summary) => {
                    step.summary = summary;
                    outcome.steps.push(step);
                    outcome.passed.depth += 1;
                }
                OnRequest::Answer(reply, summary) => {
                    step.summary = summary;
                    step.answered = Some(reply.status);
                    step.changes = changes::between(&Fields::new(), &reply.fields);
                    outcome.steps.push(step);
                    outcome.answer = Some(*reply);
                    break;
                }
            }
        }
        outcome
    }

    /// All middleware that runs, for the answer to a request that did not pass the stack.
    #[must_use]
    pub(crate) fn all_passed(&self) -> Passed {
        Passed { settings: self.settings.clone(), depth: usize::MAX }
    }

    /// Hands the response to the middleware that the request has passed, the innermost first.
    /// `request`: `None` where there is no complete head.
    pub(crate) fn on_response(
        &mut self,
        passed: &Passed,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        clock: &dyn Clock,
    ) -> Vec<MiddlewareStep> {
        let settings = &*passed.settings;
        let not_reached = settings.running().count().saturating_sub(passed.depth);
        let kinds = settings.running().rev().skip(not_reached);
        let mut steps = Vec::with_capacity(kinds.clone().count());
        let mut fields = reply.fields.clone();
        let mut since = clock.nanos();
        for kind in kinds {
            let status = reply.status;
            let summary = self.all[kind as usize].on_response(settings, request, reply, clock);
            let mut step = step(kind, Phase::Response, &mut since, clock.nanos());
            step.summary = summary;
            step.answered = (reply.status != status).then_some(reply.status);
            if reply.fields != fields {
                step.changes = changes::between(&fields, &reply.fields);
                fields.clone_from(&reply.fields);
            }
            steps.push(step);
        }
        steps
    }

    /// Whether the middleware runs.
    #[must_use]
    pub(crate) fn runs(&self, kind: MiddlewareKind) -> bool {
        self.settings.enabled(kind)
    }

    /// What the middleware has to show at `now`, a reading of [`Clock::nanos`].
    #[must_use]
    pub(crate) fn readings(&self, now: u64) -> Readings {
        let mut readings = Readings::default();
        for middleware in &self.all {
            middleware.read(&self.settings, now, &mut readings);
        }
        readings
    }
}

/// A step that ends at `now`. The next one begins there, so that each takes one look at the clock.
fn step(kind: MiddlewareKind, phase: Phase, since: &mut u64, now: u64) -> MiddlewareStep {
    let took_nanos = u32::try_from(now.saturating_sub(*since)).unwrap_or(u32::MAX);
    *since = now;
    let (name, summary) = (kind.key().into(), StepSummary::Words("".into()));
    MiddlewareStep { name, phase, took_nanos, answered: None, summary, changes: Box::default() }
}
