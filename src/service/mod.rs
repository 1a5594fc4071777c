//! What a request gets: middleware down, route, handler or folder, middleware back up.
//!
//! In reading order: [`Service`] runs the whole way; `router` says which handler a path leads to,
//! `handlers` are the built-in routes, `folder` serves files, `middleware` is the onion around all
//! of it. Nothing here has a socket or a clock.

mod body;
mod clock;
mod coding;
mod conditional;
mod folder;
pub(crate) mod fuzzing;
mod handlers;
mod middleware;
mod reply;
mod request;
mod router;
#[allow(clippy::module_inception, reason = "the noun of this folder is the service")]
mod service;
mod settings;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
mod validators;

pub use body::{Body, FileBody, Piece, Pieces, Progress, Source, TimedBody};
pub use clock::Clock;
pub use coding::Coding;
pub use folder::{Folder, Site};
pub use reply::{Pace, Reply, Sibling};
pub use request::Request;
pub use service::{Answered, Opened, Service};
pub use settings::{
    BasicAuthSettings, CorsSettings, FolderSettings, Layer, MiddlewareKind, MiddlewareSettings,
    RateLimitSettings, SlowMotionSettings,
};
pub use validators::Validators;
