//! The only sockets and the only clock: event loop, connections, timers, start and stop.

mod handle;
mod live;
mod settings;

pub use crate::service::{
    CorsSettings, Layer, MiddlewareKind, MiddlewareSettings, RateLimitSettings, SlowMotionSettings,
};
pub use handle::{Handle, StartError};
pub use live::{Bucket, Live, RouteInfo, TimerInfo};
pub use settings::{Guards, Settings, SiteChoice};
