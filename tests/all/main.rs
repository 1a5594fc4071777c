//! Everything that needs no window, room by room.
//!
//! One program, so that the library is linked once. `cargo test --test all server::` runs one room; the
//! name of a test runs that one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod architecture;
mod behaviours;
mod capture;
#[cfg(unix)]
mod cli;
mod corpus;
mod export;
mod gateway;
mod only;
mod oracle;
mod pcap;
mod protocols;
mod security;
mod server;
mod service;
mod session;
mod strict;
mod vectors;
mod websocket;
