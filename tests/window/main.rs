//! The window on a real server, by the names that people and screen readers see.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod again;
mod answers;
mod captures;
mod commands;
mod events;
mod export;
mod filter;
mod folder;
mod frame;
mod gateway;
mod harness;
mod keys;
mod legs;
mod marks;
mod middleware;
mod replay;
mod route;
mod secure;
mod server;
mod shield;
mod sizes;
mod stats;
mod upstreams;
mod websocket;
