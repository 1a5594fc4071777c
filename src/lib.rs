//! byteglass serves a folder over HTTP/1.1 from the TCP socket up and shows every byte of it.
//!
//! In reading order: [`http`] is the protocol, pure; [`service`] is what a request gets;
//! [`trace`] is the list of what can happen; [`server`] has the sockets and the clock; [`capture`]
//! keeps what happened and says what it means; [`terminal`] and [`ui`] show it. Beside them, `faults`
//! lets the calls to the operating system fail in tests.

pub mod capture;
mod faults;
#[doc(hidden)]
pub mod fuzzing;
pub mod http;
pub mod server;
pub mod service;
pub mod terminal;
pub mod trace;
#[cfg(feature = "window")]
pub mod ui;

/// Without a window: what is remembered from one start to the next is all that is left of it.
#[cfg(not(feature = "window"))]
pub mod ui {
    pub mod settings;
}
