//! Answers requests: with a built-in route or the folder, and the middleware around them.
//!
//! In reading order: [`Service`] answers a request; `router` finds its handler, `handlers` are the built-in
//! routes, `folder` serves files, `middleware` sees each request before and each reply after them. Nothing
//! here has a socket or a clock.

mod body;
mod clock;
pub(crate) mod coding;
pub(crate) mod conditional;
mod decode;
pub(crate) mod folder;
mod handlers;
mod middleware;
mod open_file;
mod pace;
mod reply;
mod request;
mod route;
mod router;
#[allow(clippy::module_inception, reason = "the noun of this folder is the service")]
mod service;
mod site_route;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod validators;

pub use body::{Body, FileBody, Piece, Pieces, Progress, Source, TimedBody, TimedText};
pub use clock::Clock;
pub use coding::Coding;
pub use folder::{Folder, FolderSettings, Naming, Search, Searched, Site, Watch};
pub use middleware::{
    BasicAuthSettings, Condition, CorsSettings, Disturbance, Ending, FieldRule, FieldsSettings, Layer, Line,
    MiddlewareKind, MiddlewareSettings, PlannedEnd, RULES_MAX, RateLimitSettings, Readings, RuleError,
    SlowMotionSettings, Switched, TroubleRule, TroubleSettings,
};
pub use open_file::{Medium, OpenFile, Reach};
pub use pace::Pace;
pub use reply::{Asked, ReceivedFields, Reply, Sibling};
pub use request::Request;
pub use router::RouteInfo;
pub use service::{Answered, FolderTrial, Opened, Service, Trying};
pub use validators::Validators;
