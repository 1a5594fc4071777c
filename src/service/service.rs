//! The way of a request: middleware down, route, handler, middleware back up.

use std::{net::IpAddr, sync::Arc};

use crate::http::Rule;

use super::{Clock, MiddlewareSettings, MiddlewareStep, Reply, Request, RouteAttempt, Site};

/// Everything that a request can meet.
#[derive(Debug)]
pub struct Service {}

/// A request after the way down: it is known who answers it.
#[derive(Debug)]
pub struct Opened {
    /// What the middleware did on the way down, in order.
    pub down: Vec<MiddlewareStep>,
    /// Every route that was tried, in order. Empty if a middleware answered first.
    pub attempts: Vec<RouteAttempt>,
    /// The handler reads the body. If not, the body is still to be read off the connection, but
    /// nobody needs its bytes.
    pub wants_body: bool,
}

/// A request with its answer.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub reply: Reply,
    /// What the middleware did on the way up, in order.
    pub up: Vec<MiddlewareStep>,
}

impl Service {
    /// A service with full token buckets and no hits.
    #[must_use]
    pub fn new(_site: Site, _middleware: &MiddlewareSettings) -> Self {
        unimplemented!()
    }
    /// Serves another site from the next request on.
    pub fn set_site(&mut self, _site: Site) {
        unimplemented!()
    }
    /// Other middleware from the next request on. Token buckets and the log are kept.
    pub fn set_middleware(&mut self, _middleware: &MiddlewareSettings) {
        unimplemented!()
    }
    /// The way down, then routing. To be called when the head is complete.
    pub fn open(&mut self, _request: &Request<'_>, _clock: &dyn Clock) -> Opened {
        unimplemented!()
    }
    /// Runs the handler with the whole body, unless something answered already, then the way up.
    /// `body`: empty if [`Opened::wants_body`] is false.
    pub fn answer(
        &mut self,
        _opened: Opened,
        _request: &Request<'_>,
        _body: &[u8],
        _clock: &dyn Clock,
    ) -> Answered {
        unimplemented!()
    }
    /// The answer to a request that the server refuses itself. All middleware that is on sees it on
    /// the way up. `detail`: a sentence about what was found. `request`: `None` where there is no
    /// complete head.
    pub fn refuse(
        &mut self,
        _rule: Rule,
        _detail: Option<&str>,
        _request: Option<&Request<'_>>,
        _clock: &dyn Clock,
    ) -> Answered {
        unimplemented!()
    }
    /// Method, pattern and hits of each route in the order in which they are tried. The folder is
    /// last, with the method `ANY` and its path for a pattern.
    #[must_use]
    pub fn routes(&self) -> Vec<(&'static str, Arc<str>, u64)> {
        unimplemented!()
    }
    /// The routes that a request for `path` (percent-encoded, as in a request line; a query is left
    /// aside) would try. Counts nothing.
    #[must_use]
    pub fn attempts(&self, _method: &str, _path: &str) -> Vec<RouteAttempt> {
        unimplemented!()
    }
    /// Address, whole tokens left and capacity of the emptiest token buckets, emptiest first, at
    /// most 8. `now`: a reading of [`Clock::nanos`].
    #[must_use]
    pub fn buckets(&self, _now: u64) -> Vec<(IpAddr, u32, u32)> {
        unimplemented!()
    }
    /// The last lines of the request logger, newest last; at most 200.
    #[must_use]
    pub fn log(&self) -> Vec<Arc<str>> {
        unimplemented!()
    }
}
