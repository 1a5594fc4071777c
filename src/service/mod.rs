//! What a request gets: middleware down, route, handler or folder, middleware back up.

mod records;
mod reply;
mod request;
mod settings;

pub use records::{Direction, FieldChange, MiddlewareStep, Mismatch, RouteAttempt};
pub use reply::{Body, FileBody, Pace, Reply, TimedBody};
pub use request::Request;
pub use settings::{
    CorsSettings, Layer, MiddlewareKind, MiddlewareSettings, RateLimitSettings, SlowMotionSettings,
};
