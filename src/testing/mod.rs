//! Tools shared by tests, benches, examples and fuzz targets. The program itself does not use them.
//!
//! Everything here panics where a test should fail, and needs no crate that the program does not need.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::must_use_candidate, reason = "for tests")]

use std::time::Duration;

use crate::http::{Leniencies, Limits};

pub mod attempts;
mod bell;
mod client;
pub mod deadline;
#[cfg(feature = "window")]
mod desktop;
pub mod display;
pub mod drive;
pub mod full_store;
#[cfg(test)]
mod in_every_view;
pub mod invariants;
#[cfg(target_os = "linux")]
pub mod memory;
#[cfg(test)]
mod middleware;
pub mod packets;
pub mod process;
mod random;
mod samples;
mod scratch;
pub mod script;
mod site;
pub mod traffic;

pub use bell::Bell;
pub use client::{Arrival, Client, Response};
#[cfg(feature = "window")]
pub use desktop::{Asked, FakeDesktop};
pub use random::{Lcg, noise};
pub use scratch::ScratchFolder;
pub use site::Site;

/// The limits of a server with default guards.
pub const LIMITS: Limits = Limits {
    target_bytes: 8192,
    head_bytes: 65536,
    body_bytes: 10_000_000,
    leniencies: Leniencies::BROWSERS,
};
/// Nothing in a test takes this long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(20);
