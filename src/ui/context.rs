//! What a page may know of the program around it, while it paints.

use std::{net::SocketAddr, path::Path};

use crate::{
    base::stream::Nanos,
    server::{Live, Settings},
};

use crate::config::Panes;

/// A page's surroundings. Everything here was read before painting began.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where the server can be reached: `http://127.0.0.1:8080`. `None`: it is stopped.
    pub url: Option<&'a str>,
    /// The server's settings in force.
    pub settings: &'a Settings,
    /// The server's latest reading.
    pub live: &'a Live,
    /// The time now, on the clock of the trace.
    pub now: Nanos,
    /// Whether the view is paused: it then stays as it was, while capture goes on.
    pub paused: bool,
    /// Where the server listens. `None`: it is stopped.
    pub address: Option<SocketAddr>,
    /// Where the server is about to listen. `None`: it stays where it is.
    pub listening_soon: Option<SocketAddr>,
    /// The user's home folder, shown as `~`. `None`: there is none.
    pub home: Option<&'a Path>,
    /// Why the server could not listen where it was asked to. `None`: nothing went wrong.
    pub address_problem: Option<&'a str>,
    /// Remembered widths of panes.
    pub panes: &'a Panes,
}
