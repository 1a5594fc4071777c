//! What tests, benches, examples and fuzz targets share. The program itself does not use it.
//!
//! Everything here panics where a test should fail, and needs no crate that the program does not need.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::must_use_candidate, reason = "for tests")]

use std::time::Duration;

mod bell;
mod client;
pub mod deadline;
#[cfg(feature = "window")]
mod desktop;
pub mod display;
pub mod drive;
pub mod full_store;
pub mod invariants;
#[cfg(test)]
mod middleware;
mod noise;
pub mod packets;
pub mod process;
mod scratch;
pub mod script;
mod site;
pub mod traffic;

pub use bell::Bell;
pub use client::{Arrival, Client, Response};
#[cfg(feature = "window")]
pub use desktop::{Asked, FakeDesktop};
pub use noise::noise;
pub use scratch::ScratchFolder;
pub use site::Site;

/// Nothing in a test takes this long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(20);
