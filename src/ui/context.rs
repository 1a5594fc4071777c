//! The information about the program that a page may use while it paints.

use std::{net::SocketAddr, path::Path};

use crate::{
    base::stream::Nanos,
    server::{Live, Settings},
};

use crate::config::{ListSettings, Panes};

/// How far a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The file is being read.
    Reading,
    /// The file was read, as far as that was possible.
    Read,
}

/// The information available to a page. Everything was read before painting began.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The URL of the server: `http://127.0.0.1:8080`. `None`: stopped.
    pub url: Option<&'a str>,
    /// The server's settings in force.
    pub settings: &'a Settings,
    /// The server's latest reading.
    pub live: &'a Live,
    /// The time now, on the clock of the trace.
    pub now: Nanos,
    /// Whether the view is paused: it is no longer updated, while capture continues.
    pub paused: bool,
    /// The address at which the server listens. `None`: stopped.
    pub address: Option<SocketAddr>,
    /// The address at which the server is about to listen. `None`: no change.
    pub listening_soon: Option<SocketAddr>,
    /// The user's home folder, shown as `~`. `None`: unknown.
    pub home: Option<&'a Path>,
    /// Why the server could not listen at the requested address. `None`: no problem.
    pub address_problem: Option<&'a str>,
    /// Whether the capture that is shown comes from a file, and how far it was read. `None`: it is the live one.
    pub opened: Option<Opening>,
    /// Remembered widths of panes.
    pub panes: &'a Panes,
    /// What is remembered of the list of exchanges.
    pub list: &'a ListSettings,
}
