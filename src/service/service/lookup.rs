//! How the service has the folder searched where a disk may have to be waited for.

use std::{sync::Arc, time::SystemTime};

use crate::{
    http::Method,
    trace::{Refusal, RouteAttempt},
};

use super::{
    super::{
        Clock, Reply, Request, Site,
        folder::{Fallbacks, Found, Look, LookupOptions, Resolution, Search, Searched, Watch},
        router::Outcome,
        site_route::folder_attempt,
    },
    Opened, Plan, Service, is_implemented,
};

/// Who would answer a request that is tried.
#[derive(Debug)]
pub enum Trying {
    /// This server itself: all attempts are there.
    Own,
    /// A group of backends, by its place among the mounts.
    Group(usize),
    /// The folder: the last attempt is there once it is searched.
    Folder(FolderTrial),
}

/// A search for what the folder would make of a request that is tried.
#[derive(Debug)]
pub struct FolderTrial {
    search: Search,
    method: Method,
    token: String,
    name: Arc<str>,
}

impl FolderTrial {
    /// The attempt of the folder. Waits for the disk as long as it takes.
    #[must_use]
    pub fn run(self) -> RouteAttempt {
        folder_attempt(&self.search.run().found, self.method, &self.token, &self.name)
    }

    /// A number that is the same for searches of the same path.
    #[must_use]
    pub fn key(&self) -> u64 {
        self.search.key()
    }
}

impl Opened {
    /// Takes the search that the answer needs, which may wait for a disk. `None`: it needs none. What is found goes to
    /// [`Service::searched`] before the request is answered.
    #[must_use]
    pub fn take_search(&mut self) -> Option<Box<Search>> {
        match &mut self.plan {
            Plan::Search(search) => search.take(),
            _ => None,
        }
    }
}

impl Service {
    /// Begins a look at the folder, for the requests that are there at the beginning of a turn. `is_told`: whether the
    /// watch has something to tell. `is_all`: whether anything may have changed, mounts included. `None`: whether the
    /// watch has something to tell is not known, so that the system is asked about everything in this look. `now`: the
    /// wall clock.
    pub fn begin_look(&mut self, told: Option<(bool, bool)>, now: SystemTime) {
        self.look += 1;
        self.is_watched = told.is_some();
        let (is_told, is_all) = told.unwrap_or((true, false));
        if let Some(watch) = &mut self.watch
            && (is_told || is_all)
        {
            self.site.follow(watch, is_all, now);
        }
    }

    /// Begins another look at the folder within a turn, for requests that may have arrived after the last one.
    pub const fn look_again(&mut self) {
        self.look += 1;
        self.is_watched = false;
    }

    /// Watches the folder from now on.
    pub fn set_watch(&mut self, watch: Watch) {
        self.watch = Some(watch);
    }

    /// Ends the watch on the site that is served.
    pub(super) fn end_watch(&mut self) {
        if let Some(watch) = &mut self.watch {
            self.site.end_watch(watch, SystemTime::UNIX_EPOCH);
        }
    }

    /// Takes in what the search for a request found. Returns every route that was tried.
    pub fn searched(
        &mut self,
        opened: &mut Opened,
        request: &Request<'_>,
        searched: Searched,
    ) -> Arc<[RouteAttempt]> {
        let found = self.site.take_in(request.path(), searched);
        let attempts = self.folder_attempts(request, &found);
        opened.plan = Plan::Folder(found);
        attempts
    }

    /// Answers a request whose search took too long, or could not be made. `detail`: a sentence about it.
    pub fn not_searched(opened: &mut Opened, detail: &str) {
        let mut reply = Reply::refusal_with(Refusal::DiskTimeout, Some(detail));
        reply.fields.append("Retry-After", "10");
        opened.plan = Plan::Ready(Box::new(reply));
    }

    /// What is to be said if the folder has a file at a path that a built-in route answers. `None`: it has none, or a
    /// disk would have to be waited for to tell.
    pub(super) fn hidden_file(&mut self, request: &Request<'_>, clock: &dyn Clock) -> Option<String> {
        if !matches!(request.method(), Method::Get | Method::Head) || !matches!(self.site, Site::Folder(_)) {
            return None;
        }
        let options = LookupOptions { listing: false, ..self.folder.lookup(false) };
        let watch = self.watch.as_mut().filter(|_| self.is_watched);
        let at = &mut Look { number: self.look, now: clock.wall(), watch };
        let found = self.site.find_at_once(request.path(), options, Fallbacks::default(), at);
        matches!(found.what, Resolution::Serve(_)).then(|| {
            format!(
                "A built-in route answered, and hides the file {}. --no-builtin serves the file.",
                found.name
            )
        })
    }

    /// The routes that a request for `path` (percent-encoded, as in a request line; a query is ignored) would
    /// try, and who would answer. Does not count as a hit. `now`: the wall clock.
    #[must_use]
    pub fn attempts(&self, method: &str, path: &str, now: SystemTime) -> (Vec<RouteAttempt>, Trying) {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let known = Method::from_token(method.as_bytes());
        let routed = self.router.route(known, method, path);
        if let Outcome::Below(group) = routed.outcome {
            return (routed.attempts.to_vec(), Trying::Group(group));
        }
        if !is_implemented(known) || path == "*" {
            return (Vec::new(), Trying::Own);
        }
        let mut attempts = routed.attempts.to_vec();
        if routed.outcome == Outcome::Unknown {
            let options = self.folder.lookup(false);
            if let Some(search) = self.site.search(path, options, Fallbacks::default(), now) {
                let (token, name) = (method.to_owned(), self.site_name.clone());
                return (attempts, Trying::Folder(FolderTrial { search, method: known, token, name }));
            }
            let found = self.site.find(path, options);
            attempts.push(folder_attempt(&found, known, method, &self.site_name));
        }
        (attempts, Trying::Own)
    }

    /// Every route that was tried before the folder, and the folder.
    fn folder_attempts(&mut self, request: &Request<'_>, found: &Found) -> Arc<[RouteAttempt]> {
        let (method, token) = (request.method(), request.method_token());
        let last = folder_attempt(found, method, token, &self.site_name);
        self.route_cache.route(&self.router, method, token, request.path()).and(last)
    }
}
