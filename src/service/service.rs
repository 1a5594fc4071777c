//! Serves a request: passes it through the middleware to a route or the folder, and the reply back.

mod lookup;

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    base::shared_text::SharedText,
    gateway::Mount,
    http::{Method, ResponseHead, Status, encode::Fields, forward::FieldEdits, head::slice},
    trace::{Cause, Refusal},
};

use super::{
    Asked, Body, Clock, Disturbance, FolderSettings, MiddlewareKind, MiddlewareSettings, Naming,
    ReceivedFields, Reply, Request, Site,
    folder::{Fallbacks, Found, Look, Resolution, Search, Watch, respond},
    handlers::{ROUTES, websocket},
    middleware::{MiddlewareStack, Passed, Readings, RequestOutcome},
    route::{Call, Param},
    router::{Outcome, RouteCache, RouteInfo, Router},
    site_route::folder_attempt,
};
use crate::trace::{ANY_METHOD, MiddlewareSteps, RouteAttempt};
use crate::words::excerpt;

pub use lookup::{FolderTrial, Trying};

/// Middleware, routes and site.
#[derive(Debug)]
pub struct Service {
    middleware: MiddlewareStack,
    router: Router,
    route_cache: RouteCache,
    site: Site,
    site_name: Arc<str>,
    site_hits: u64,
    folder: FolderSettings,
    naming: Arc<Naming>,
    /// The number of the look at the folder: the requests of a look see it as it was at one time.
    look: u64,
    /// The watch on the folder. `None`: it is not watched.
    watch: Option<Watch>,
    /// Whether the watch was taken in for this look.
    is_watched: bool,
}

/// A request that has passed the middleware and was routed.
#[derive(Debug)]
pub struct Opened {
    /// The steps of the middleware on the request.
    pub steps: MiddlewareSteps,
    /// Every route that was tried, in order. Empty if a middleware answered first, or if the server does not
    /// implement the method.
    pub attempts: Arc<[RouteAttempt]>,
    /// Whether the handler reads the body. If not, the body must still be read off the connection, but its
    /// bytes are not needed.
    pub wants_body: bool,
    /// The changes of fields for those that answer the request. `None`: none.
    edits: Option<Arc<FieldEdits>>,
    /// What rules of Trouble do to the request. `None`: nothing.
    trouble: Option<Arc<Disturbance>>,
    passed: Passed,
    plan: Plan,
}

/// A reply, and the steps that led to it.
#[derive(Debug)]
pub struct Answered {
    /// The reply.
    pub reply: Reply,
    /// The steps of the middleware on the response.
    pub steps: MiddlewareSteps,
    /// The end of the last step, a reading of [`Clock::nanos`]; 0 if there is no step.
    pub steps_end: u64,
}

/// The way in which a request will be answered.
#[derive(Debug)]
enum Plan {
    /// The reply already exists.
    Ready(Box<Reply>),
    /// A built-in route answers.
    Route { index: usize, params: Vec<Param> },
    /// The folder answers.
    Folder(Found),
    /// The folder answers once it is searched. `None`: the search is under way.
    Search(Option<Box<Search>>),
    /// A group of backends, by its place among the mounts.
    Forward(usize),
}

impl Opened {
    /// The group of backends that answers. `None`: this server answers itself.
    #[must_use]
    pub const fn group(&self) -> Option<usize> {
        match self.plan {
            Plan::Forward(group) => Some(group),
            _ => None,
        }
    }

    /// The changes of fields for those that answer the request. `None`: none.
    #[must_use]
    pub const fn edits(&self) -> Option<&Arc<FieldEdits>> {
        self.edits.as_ref()
    }

    /// What rules of Trouble do to the request on its way to a backend. `None`: nothing.
    #[must_use]
    pub const fn trouble(&self) -> Option<&Arc<Disturbance>> {
        self.trouble.as_ref()
    }
}

impl Service {
    /// A service with full token buckets and no hits.
    #[must_use]
    pub fn new(site: Site, middleware: &MiddlewareSettings) -> Self {
        Self {
            middleware: MiddlewareStack::new(middleware),
            router: Router::new(&ROUTES),
            route_cache: RouteCache::default(),
            site_name: site.name(),
            site,
            site_hits: 0,
            folder: FolderSettings::default(),
            naming: Arc::default(),
            look: 1,
            watch: None,
            is_watched: false,
        }
    }

    /// Sets how the folder handles paths that match no file, from the next request on.
    pub fn set_folder(&mut self, folder: FolderSettings) {
        self.folder = folder;
        self.router.set_builtin(!folder.no_builtin);
        self.route_cache.clear();
    }

    /// Serves another site from the next request on. Its hits start at 0.
    pub fn set_site(&mut self, site: Site) {
        self.end_watch();
        self.site_name = site.name();
        self.site = site;
        self.site.set_naming(self.naming.clone());
        self.site_hits = 0;
    }

    /// Sets the names of pages and the types of endings, from the next request on.
    pub fn set_naming(&mut self, naming: Naming) {
        self.naming = Arc::new(naming);
        self.site.set_naming(self.naming.clone());
    }

    /// Mounts groups of backends, given with their names, from the next request on.
    pub fn set_mounts(&mut self, groups: Vec<(Mount, Arc<str>)>) {
        self.router.mount(groups);
        self.route_cache.clear();
    }

    /// Whether this server asks for credentials itself, so that they are none of a backend's business.
    #[must_use]
    pub fn asks_for_credentials(&self) -> bool {
        self.middleware.runs(MiddlewareKind::BasicAuth)
    }

    /// The middleware's part on a backend's response: the fields that it sets, and its pace.
    pub fn answer_forwarded(
        &mut self,
        opened: &Opened,
        request: &Request<'_>,
        (head, bytes): (&ResponseHead, &[u8]),
        clock: &dyn Clock,
    ) -> Answered {
        let request = &Request { edits: opened.edits(), ..*request };
        let mut reply = Reply::new(head.status, Body::None);
        if opened.passed.edits_responses() {
            let text = |range| String::from_utf8_lossy(slice(bytes, range)).into_owned();
            let mut fields = Fields::new();
            head.fields.iter().for_each(|field| fields.append(text(&field.name), text(&field.value)));
            reply.received = Some(Box::new(ReceivedFields { fields, edits: FieldEdits::default() }));
        }
        let (steps, steps_end) =
            self.middleware.on_response(&opened.passed, Some(request), &mut reply, clock);
        Answered { reply, steps, steps_end }
    }

    /// Sets whether anyone wants to know of the steps of the middleware.
    pub const fn tell_steps(&mut self, is_told: bool) {
        self.middleware.tell(is_told);
    }

    /// Replaces the settings of the middleware from the next request on. Token buckets and the log are kept.
    pub fn set_middleware(&mut self, middleware: &MiddlewareSettings) {
        self.middleware.set(middleware);
    }

    /// Passes a request through the middleware and routes it. Call this when the head is complete.
    pub fn open(&mut self, request: &Request<'_>, clock: &dyn Clock) -> Opened {
        let outcome = self.middleware.on_request(request, clock);
        let (attempts, plan) = match outcome.answer {
            Some(reply) => (Arc::default(), Plan::Ready(Box::new(reply))),
            None => self.route(request, clock),
        };
        let plan = match plan {
            // Whoever may open a connection may act through it, whether a backend answers or we do.
            Plan::Forward(_)
                if websocket::is_asked_for(request) && !self.middleware.allows_origin(request) =>
            {
                Plan::Ready(Box::new(Reply::refusal(Refusal::OriginForeign)))
            }
            plan => plan,
        };
        let wants_body = match &plan {
            Plan::Route { index, .. } => ROUTES[*index].reads_body,
            Plan::Ready(_) | Plan::Folder(_) | Plan::Search(_) | Plan::Forward(_) => false,
        };
        let RequestOutcome { steps, passed, edits, trouble, .. } = outcome;
        Opened { steps, attempts, wants_body, edits, trouble, passed, plan }
    }

    /// Runs the handler with the whole body, unless the request is already answered, then passes the reply
    /// through the middleware. `body`: empty if [`Opened::wants_body`] is false.
    pub fn answer(
        &mut self,
        opened: Opened,
        request: &Request<'_>,
        body: &Bytes,
        clock: &dyn Clock,
    ) -> Answered {
        let request = &Request { edits: opened.edits.as_ref(), ..*request };
        let mut reply = match opened.plan {
            Plan::Ready(reply) => *reply,
            Plan::Route { index, params } => {
                let hidden = self.hidden_file(request, clock);
                let reply = ROUTES[index].answer(&Call { request, params: &params, body });
                // Whoever may open a connection may act through it.
                let may_open = reply.status != Status(101) || self.middleware.allows_origin(request);
                let mut reply = if may_open { reply } else { Reply::refusal(Refusal::OriginForeign) };
                reply.problem = reply.problem.take().or(hidden);
                reply
            }
            Plan::Folder(found) => respond(found, request, clock.wall()),
            Plan::Search(_) => Reply::refusal(Refusal::DiskTimeout),
            Plan::Forward(_) => Reply::refusal(Refusal::BackendFailed),
        };
        if let Some(trouble) = &opened.trouble {
            reply.trouble.get_or_insert_default().extend(trouble.before_answer());
        }
        let (steps, steps_end) =
            self.middleware.on_response(&opened.passed, Some(request), &mut reply, clock);
        Answered { reply, steps, steps_end }
    }

    /// The answer to a request that the server itself refuses. All running middleware sees the response.
    /// `detail`: a sentence about the details. `request`: what is known of it, if there is no complete head.
    pub fn refuse(
        &mut self,
        cause: impl Into<Cause>,
        detail: Option<&str>,
        request: Result<&Request<'_>, Asked>,
        clock: &dyn Clock,
    ) -> Answered {
        let mut reply = Reply::refusal_with(cause, detail);
        let request = request.map_err(|asked| reply.asked = Some(Box::new(asked))).ok();
        let passed = self.middleware.all_passed();
        let (steps, steps_end) = self.middleware.on_response(&passed, request, &mut reply, clock);
        Answered { reply, steps, steps_end }
    }

    /// The routes in the order in which they are tried: the mounts of groups, the built-in routes, and the folder.
    #[must_use]
    pub fn routes(&self) -> Vec<RouteInfo> {
        let folder = RouteInfo {
            method: ANY_METHOD,
            pattern: self.site_name.clone(),
            group: None,
            hits: self.site_hits,
        };
        self.router.infos().chain([folder]).collect()
    }

    /// What the middleware would make of a request, and the changes of fields for those that answer it (`None`: none).
    /// Nothing changes by it.
    #[must_use]
    pub fn try_middleware(
        &self,
        request: &Request<'_>,
        clock: &dyn Clock,
    ) -> (MiddlewareSteps, Option<Arc<FieldEdits>>) {
        let outcome = self.middleware.fork().on_request(request, clock);
        (outcome.steps, outcome.edits)
    }

    /// The state of the middleware that is shown to the user, at `now`, a reading of [`Clock::nanos`].
    #[must_use]
    pub fn readings(&self, now: u64) -> Readings {
        self.middleware.readings(now)
    }

    /// Resources held by responses in progress: places for compression, and bytes of listings.
    #[cfg(test)]
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.middleware.readings(0).compressing, self.site.listed_bytes())
    }

    fn route(&mut self, request: &Request<'_>, clock: &dyn Clock) -> (Arc<[RouteAttempt]>, Plan) {
        let (method, token, path) = (request.method(), request.method_token(), request.path());
        let ready = |reply| Plan::Ready(Box::new(reply));
        let known = self.route_cache.route(&self.router, method, token, path);
        if let Outcome::Below(group) = known.outcome {
            self.router.hit(&known.outcome);
            let plan = match method {
                Method::Trace if is_last_hop(request) => ready(Reply::refusal(Refusal::MethodNotImplemented)),
                Method::Options if is_last_hop(request) => ready(Reply::new(Status(204), Body::None)),
                _ => Plan::Forward(group),
            };
            return (known.attempts.clone(), plan);
        }
        // RFC 9110 §9.1: "An origin server that receives a request method that is unrecognized or
        // not implemented SHOULD respond with the 501 (Not Implemented) status code."
        if !is_implemented(method) {
            let detail = format!("The method is {}.", excerpt(token, 40));
            return (
                Arc::default(),
                ready(Reply::refusal_with(Refusal::MethodNotImplemented, Some(&detail))),
            );
        }
        // §9.3.7: "An OPTIONS request with an asterisk ("*") as the request target [...] applies to
        // the server in general rather than to a specific resource."
        if path == "*" {
            return (Arc::default(), ready(options("GET, HEAD, POST, OPTIONS")));
        }
        self.router.hit(&known.outcome);
        let plan = match &known.outcome {
            Outcome::Below(group) => Plan::Forward(*group),
            Outcome::Matched { index, params } => Plan::Route { index: *index, params: params.clone() },
            Outcome::OtherMethods(allow) if method == Method::Options => ready(options(allow.clone())),
            Outcome::OtherMethods(allow) => {
                let mut reply = Reply::refusal(Refusal::MethodNotAllowed);
                reply.fields.append("Allow", allow.clone());
                ready(reply)
            }
            Outcome::Unknown => {
                let siblings = self.middleware.runs(MiddlewareKind::Compression);
                let options = self.folder.lookup(siblings);
                let (fallbacks, now) = (Fallbacks::of(request, self.folder), clock.wall());
                let watch = self.watch.as_mut().filter(|_| self.is_watched);
                let at = &mut Look { number: self.look, now, watch };
                let found = self.site.find_at_once(path, options, fallbacks, at);
                self.site_hits += 1;
                if let Resolution::Wait = found.what {
                    let search = self.site.search(path, options, fallbacks, now);
                    return (Arc::default(), Plan::Search(search.map(Box::new)));
                }
                let attempts = known.and(folder_attempt(&found, method, token, &self.site_name));
                return (attempts, Plan::Folder(found));
            }
        };
        (known.attempts.clone(), plan)
    }
}

/// Whether any resource here can support this method.
///
/// TRACE and CONNECT are not implemented: RFC 9110 §9.3.8 would have the server repeat fields that may hold
/// secrets, and §9.3.6 is for proxies.
fn is_implemented(method: Method) -> bool {
    !matches!(method, Method::Other | Method::Trace | Method::Connect)
}

/// RFC 9110 §7.6.2: "If the received value is zero (0), the intermediary MUST NOT forward the request; instead, the
/// intermediary MUST respond as the final recipient."
fn is_last_hop(request: &Request<'_>) -> bool {
    let is_zero = |value: &[u8]| !value.is_empty() && value.iter().all(|digit| *digit == b'0');
    request.value("Max-Forwards").is_some_and(is_zero)
}

fn options(allow: impl Into<SharedText>) -> Reply {
    let mut reply = Reply::new(Status(204), Body::None);
    reply.fields.append("Allow", allow);
    reply
}
