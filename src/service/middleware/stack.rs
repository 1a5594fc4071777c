//! The stack of middleware: a request passes it from the outermost to the innermost, its response in the
//! opposite order.
//!
//! A middleware may answer a request itself; then the inner middleware sees neither the request nor the
//! response. Each middleware that the request has passed may change the response.

use std::sync::Arc;

use crate::{
    http::{encode::Fields, forward::FieldEdits},
    trace::{MiddlewareStep, Phase, StepSummary},
};

use super::{
    super::{Clock, Reply, Request},
    Disturbance, Effects, Middleware, MiddlewareKind, MiddlewareSettings, OnRequest, Readings, changes,
};

/// All middleware, with the settings.
#[derive(Debug)]
pub(crate) struct MiddlewareStack {
    settings: Arc<MiddlewareSettings>,
    /// One instance of each kind, in the order of [`MiddlewareKind::ALL`], whether it runs or not.
    all: Vec<Box<dyn Middleware>>,
    /// Whether anyone wants to know of the steps.
    is_told: bool,
}

/// The middleware that a request has passed, and that will see its response.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    /// The settings at the time of the request. Changed settings apply from the next request on.
    settings: Arc<MiddlewareSettings>,
    /// Number of running middleware passed, counted from the outermost.
    depth: usize,
}

impl Passed {
    /// Whether rules may change the fields of the response.
    pub(crate) fn edits_responses(&self) -> bool {
        let settings = &self.settings;
        settings.enabled(MiddlewareKind::Fields) && settings.fields.edits_responses()
    }
}

/// The result of passing a request through the stack.
#[derive(Debug)]
pub(crate) struct RequestOutcome {
    /// One step for each middleware that saw the request, in order.
    pub steps: Vec<MiddlewareStep>,
    /// The middleware that will see the response.
    pub passed: Passed,
    /// The changes of fields for those that answer the request. `None`: none.
    pub edits: Option<Arc<FieldEdits>>,
    /// What rules of Trouble do to the request. `None`: nothing.
    pub trouble: Option<Arc<Disturbance>>,
    /// The answer of the middleware that did not pass the request on. `None`: all of it did.
    pub answer: Option<Reply>,
}

impl MiddlewareStack {
    /// A stack without a memory of any request.
    #[must_use]
    pub(crate) fn new(settings: &MiddlewareSettings) -> Self {
        let all = MiddlewareKind::ALL.map(|kind| (kind.descriptor().build)());
        Self { settings: Arc::new(settings.clone()), all: all.into(), is_told: true }
    }

    /// Sets whether anyone wants to know of the steps. Without, they are left out where nothing else needs them.
    pub(crate) const fn tell(&mut self, is_told: bool) {
        self.is_told = is_told;
    }

    /// A copy with the same state, for a request that is only tried.
    #[must_use]
    pub(crate) fn fork(&self) -> Self {
        let all = self.all.iter().map(|middleware| middleware.fork()).collect();
        Self { settings: Arc::clone(&self.settings), all, is_told: true }
    }

    /// Replaces the settings from the next request on. The state of the middleware is kept.
    pub(crate) fn set(&mut self, settings: &MiddlewareSettings) {
        self.settings = Arc::new(settings.clone());
    }

    /// Passes the request through the running middleware.
    #[must_use]
    pub(crate) fn on_request(&mut self, request: &Request<'_>, clock: &dyn Clock) -> RequestOutcome {
        let settings = self.settings.clone();
        let mut outcome = RequestOutcome {
            steps: Vec::with_capacity(if self.is_told { settings.running().count() } else { 0 }),
            passed: Passed { settings: settings.clone(), depth: 0 },
            edits: None,
            trouble: None,
            answer: None,
        };
        let mut effects = Effects::default();
        let mut since = clock.nanos();
        for kind in settings.running() {
            let result = self.all[kind as usize].on_request_with(&settings, request, since, &mut effects);
            let (summary, answer) = match result {
                OnRequest::Pass(summary) => (summary, None),
                OnRequest::Answer(reply, summary) => (summary, Some(*reply)),
            };
            let mut changed = Box::default();
            if answer.is_none() && outcome.edits.is_none() && !effects.edits.is_empty() {
                let edits = &*outcome.edits.insert(Arc::new(std::mem::take(&mut effects.edits)));
                changed = changes::of_request(&Request { edits: Some(edits), ..*request });
            }
            if self.is_told {
                let mut step = step(kind, Phase::Request, &mut since, clock.nanos());
                (step.summary, step.changes) = (summary, changed);
                if let Some(reply) = &answer {
                    step.answered = Some(reply.status);
                    step.changes = changes::between(&Fields::new(), &reply.fields);
                }
                outcome.steps.push(step);
            }
            if answer.is_some() {
                outcome.answer = answer;
                break;
            }
            outcome.passed.depth += 1;
        }
        outcome.trouble = (!effects.trouble.is_empty()).then(|| Arc::new(effects.trouble));
        outcome
    }

    /// All running middleware, for the answer to a request that did not pass the stack.
    #[must_use]
    pub(crate) fn all_passed(&self) -> Passed {
        Passed { settings: self.settings.clone(), depth: usize::MAX }
    }

    /// Passes the response through the middleware that the request has passed, innermost first. `request`:
    /// `None` if there is no complete head.
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
        // What the rules for fields do depends on what the steps change.
        if !self.is_told && reply.received.is_none() {
            for kind in kinds {
                self.all[kind as usize].on_response(settings, request, reply, clock);
            }
            return Vec::new();
        }
        let mut steps = Vec::with_capacity(kinds.clone().count());
        let mut fields = reply.sent_fields();
        let mut since = clock.nanos();
        for kind in kinds {
            let status = reply.status;
            let summary = self.all[kind as usize].on_response(settings, request, reply, clock);
            let mut step = step(kind, Phase::Response, &mut since, clock.nanos());
            step.summary = summary;
            step.answered = (reply.status != status).then_some(reply.status);
            if reply.received.is_some() {
                let sent = reply.sent_fields();
                step.changes = changes::between(&fields, &sent);
                fields = sent;
            } else if reply.fields != fields {
                step.changes = changes::between(&fields, &reply.fields);
                fields.clone_from(&reply.fields);
            }
            if let Some(received) = reply.received.as_mut().filter(|_| kind != MiddlewareKind::Fields) {
                step.changes.iter().for_each(|change| received.edits.forget(&change.name));
            }
            steps.push(step);
        }
        steps
    }

    /// Whether the page that sent a request may act here: it is one of this server, or of the one origin that CORS
    /// allows. RFC 6455 §10.2: "Servers that are not intended to process input from any web page but only for certain
    /// sites SHOULD verify the |Origin| field". Without the field the client is a program (§4.2.1), not a page.
    #[must_use]
    pub(crate) fn allows_origin(&self, request: &Request<'_>) -> bool {
        let mut origins = request.head.values(request.bytes, "Origin");
        let Some(origin) = origins.next() else { return true };
        let host = request.value("Host").unwrap_or_default();
        let is_own = [&b"http://"[..], b"https://"]
            .iter()
            .any(|scheme| origin.strip_prefix(*scheme).is_some_and(|rest| rest.eq_ignore_ascii_case(host)));
        let cors = self.settings.cors.origin.trim();
        // `*` lets everyone read, which is not to act.
        let is_allowed = self.runs(MiddlewareKind::Cors) && cors != "*" && origin == cors.as_bytes();
        (is_own || is_allowed) && origins.next().is_none()
    }

    /// Whether the middleware runs.
    #[must_use]
    pub(crate) fn runs(&self, kind: MiddlewareKind) -> bool {
        self.settings.enabled(kind)
    }

    /// The state shown to the user, at `now`, a reading of [`Clock::nanos`].
    #[must_use]
    pub(crate) fn readings(&self, now: u64) -> Readings {
        let mut readings = Readings::default();
        for middleware in &self.all {
            middleware.read(&self.settings, now, &mut readings);
        }
        readings
    }
}

/// A step that ends at `now`. The next step begins there, so that each step reads the clock once.
fn step(kind: MiddlewareKind, phase: Phase, since: &mut u64, now: u64) -> MiddlewareStep {
    let took_nanos = u32::try_from(now.saturating_sub(*since)).unwrap_or(u32::MAX);
    *since = now;
    let (name, summary) = (kind.key().into(), StepSummary::Words("".into()));
    MiddlewareStep { name, phase, took_nanos, answered: None, summary, changes: Box::default() }
}
