//! The stack of middleware: a request passes it from the outermost to the innermost, its response in the
//! opposite order.
//!
//! A middleware may answer a request itself; then the inner middleware sees neither the request nor the
//! response. Each middleware that the request has passed may change the response.

use std::sync::Arc;

use crate::{
    http::forward::FieldEdits,
    trace::{MiddlewareSteps, Phase},
};

use super::{
    super::{Clock, Reply, Request},
    Disturbance, Effects, Middleware, MiddlewareKind, MiddlewareSettings, ON_RESPONSE, OnRequest, Readings,
    changes,
    ledger::{Account, Changes, Ledger},
};

/// All middleware, with the settings.
#[derive(Debug)]
pub(crate) struct MiddlewareStack {
    settings: Arc<MiddlewareSettings>,
    /// One instance of each kind, in the order of [`MiddlewareKind::ALL`], whether it runs or not.
    all: Vec<Box<dyn Middleware>>,
    /// Whether anyone wants to know of the steps.
    is_told: bool,
    ledger: Ledger,
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
    /// One step for each middleware that saw the request, in order; none if nobody wants to know.
    pub steps: MiddlewareSteps,
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
        Self::of(Arc::new(settings.clone()), all.into())
    }

    /// Sets whether anyone wants to know of the steps. Without, they are left out where nothing else needs them.
    pub(crate) const fn tell(&mut self, is_told: bool) {
        self.is_told = is_told;
    }

    /// A copy with the same state, for a request that is only tried.
    #[must_use]
    pub(crate) fn fork(&self) -> Self {
        let all = self.all.iter().map(|middleware| middleware.fork()).collect();
        Self::of(Arc::clone(&self.settings), all)
    }

    fn of(settings: Arc<MiddlewareSettings>, all: Vec<Box<dyn Middleware>>) -> Self {
        Self { settings, all, is_told: true, ledger: Ledger::default() }
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
            steps: MiddlewareSteps::default(),
            passed: Passed { settings: settings.clone(), depth: 0 },
            edits: None,
            trouble: None,
            answer: None,
        };
        let mut effects = Effects::default();
        let now = clock.nanos();
        let mut account = self.is_told.then(|| self.ledger.begin(Phase::Request, now));
        for kind in settings.running() {
            if !self.all[kind as usize].handles_requests() {
                if let Some(account) = &mut account {
                    account.skip(kind, ON_RESPONSE.into());
                }
                outcome.passed.depth += 1;
                continue;
            }
            let result = self.all[kind as usize].on_request_with(&settings, request, now, &mut effects);
            let (summary, answer) = match result {
                OnRequest::Pass(summary) => (summary, None),
                OnRequest::Answer(reply, summary) => (summary, Some(*reply)),
            };
            let mut changes = Changes::NONE;
            if answer.is_none() && outcome.edits.is_none() && !effects.edits.is_empty() {
                let edits = &*outcome.edits.insert(Arc::new(std::mem::take(&mut effects.edits)));
                changes = Changes::Listed(changes::of_request(&Request { edits: Some(edits), ..*request }));
            }
            if let Some(account) = &mut account {
                if let Some(reply) = &answer {
                    changes = Changes::Listed(changes::between(&[], reply.fields.lines()));
                }
                account.step(
                    kind,
                    clock.nanos(),
                    answer.as_ref().map(|reply| reply.status),
                    summary,
                    changes,
                );
            }
            if answer.is_some() {
                outcome.answer = answer;
                break;
            }
            outcome.passed.depth += 1;
        }
        outcome.steps = account.map(Account::close).unwrap_or_default();
        outcome.trouble = (!effects.trouble.is_empty()).then(|| Arc::new(effects.trouble));
        outcome
    }

    /// All running middleware, for the answer to a request that did not pass the stack.
    #[must_use]
    pub(crate) fn all_passed(&self) -> Passed {
        Passed { settings: self.settings.clone(), depth: usize::MAX }
    }

    /// Passes the response through the middleware that the request has passed, innermost first. `request`:
    /// `None` if there is no complete head. Returns the steps and the end of the last one.
    pub(crate) fn on_response(
        &mut self,
        passed: &Passed,
        request: Option<&Request<'_>>,
        reply: &mut Reply,
        clock: &dyn Clock,
    ) -> (MiddlewareSteps, u64) {
        let settings = &*passed.settings;
        let not_reached = settings.running().count().saturating_sub(passed.depth);
        let kinds = settings.running().rev().skip(not_reached);
        // What the rules for fields do depends on what the steps change.
        if !self.is_told && reply.received.is_none() {
            for kind in kinds {
                self.all[kind as usize].on_response(settings, request, reply, clock);
            }
            return (MiddlewareSteps::default(), 0);
        }
        let mut account = self.ledger.begin(Phase::Response, clock.nanos());
        for kind in kinds {
            let status = reply.status;
            let sent = reply.received.is_some().then(|| reply.sent_fields());
            reply.fields.mark();
            let summary = self.all[kind as usize].on_response(settings, request, reply, clock);
            let now = clock.nanos();
            let changes = match &sent {
                None => changes::since_mark(&reply.fields),
                Some(before) => {
                    Changes::Listed(changes::between(before.lines(), reply.sent_fields().lines()))
                }
            };
            if let (Changes::Listed(listed), Some(received)) = (&changes, &mut reply.received)
                && kind != MiddlewareKind::Fields
            {
                listed.iter().for_each(|change| received.edits.forget(&change.name));
            }
            account.step(kind, now, (reply.status != status).then_some(reply.status), summary, changes);
        }
        let end = account.end();
        (account.close(), end)
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
