//! All commands of the window: pages return them, and one place carries them out.

use std::{error::Error, fmt, path::PathBuf};

use crate::{
    base::{
        closed_list::closed_list,
        stream::{ConnId, ExchangeId},
    },
    capture::{marks::MarkChange, save::FileFormat},
    config::{ListSettings, ThemeChoice},
    export::NotExpressible,
    gateway::GatewaySettings,
    server::{BindAddresses, Guards, LinesSettings, Trial},
    service::{FolderSettings, MiddlewareSettings},
    words,
};

use super::icons;

/// A row of the table of pages.
#[derive(Clone, Copy, Debug)]
pub struct PageFacts {
    /// The name.
    pub title: &'static str,
    /// The icon above the name.
    pub icon: &'static str,
}

closed_list! {
    /// A page of the window, in the order of the rail. Ctrl and the position of a page show the page.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum PageId: pub PageFacts {
        /// Exchanges and their bytes.
        #[default]
        Traffic { title: "Traffic", icon: icons::WAVES },
        /// Middleware, routes, guards and the address.
        Server { title: "Server", icon: icons::HARD_DRIVES },
        /// How long exchanges took, and what waited for what.
        Stats { title: "Stats", icon: icons::CHART_BAR },
    }
}

/// The subject of a notice, which determines its place. Each topic has at most one notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The settings file.
    Settings,
    /// The folder that is served.
    Folder,
    /// Where the server listens.
    Address,
    /// The browser.
    Browser,
    /// A message of the server.
    Server,
    /// A file of captured exchanges.
    Capture,
    /// A request that is sent again.
    Again,
    /// The port that was taken at the start.
    Port,
    /// The capture that was cleared.
    Cleared,
    /// The exchanges that were deleted.
    Deleted,
    /// What was copied to the clipboard.
    Copied,
}

/// The part of the capture to save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveScope {
    /// The whole capture.
    All,
    /// The exchanges that match the filter.
    Passing,
    /// The exchanges that are selected.
    Chosen,
    /// This exchange.
    One(ExchangeId),
}

/// A command about some exchanges of the capture that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangesCommand {
    /// Change their marks.
    Mark(MarkChange),
    /// Delete them. That can be taken back for a while.
    Delete,
    /// Bring back what was deleted last, whichever exchanges are named.
    Restore,
}

/// A command about captures in files.
#[derive(Clone, Debug, PartialEq)]
pub enum CaptureCommand {
    /// Ask for a capture to open, with the system's file dialog.
    ChooseFile,
    /// Show this file of captured exchanges instead of the live capture.
    Open(PathBuf),
    /// Show the latest session that was not shut down cleanly.
    OpenUnfinished,
    /// Delete the latest session that was not shut down cleanly.
    DiscardUnfinished,
    /// Show the earlier session with this number, in the order of the list.
    OpenEarlier(usize),
    /// Delete every earlier session that ended in order.
    DiscardEarlier,
    /// Stop reading the file that is being opened; the part read so far stays.
    CancelOpening,
    /// Show the live capture again.
    Close,
    /// Ask where to save this in this format, with the system's file dialog, and save it there.
    Save(SaveScope, FileFormat),
    /// Cancel saving.
    CancelSaving,
}

/// A command about a request that is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgainCommand {
    /// Send the request of an exchange again, to this server. Asks first where that may do harm.
    Send {
        /// The exchange.
        id: ExchangeId,
        /// The number of copies.
        times: u32,
    },
    /// Send what was asked about.
    Confirm {
        /// Whether to send its fields with credentials, too.
        with_credentials: bool,
    },
    /// Send nothing more.
    Stop,
}

/// Why an exchange cannot be copied in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyError {
    /// The messages are too long.
    Long {
        /// The title of the format.
        format: &'static str,
        /// Length of the messages in bytes.
        bytes: u64,
    },
    /// The exchange cannot be expressed in the format.
    NotExpressible {
        /// The title of the format.
        format: &'static str,
        /// Why the format cannot express it.
        source: NotExpressible,
    },
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Long { format, bytes } => {
                let size = words::size(*bytes);
                write!(f, "{size} is too large for the clipboard as {format}; export to a file instead")
            }
            Self::NotExpressible { format, source } => {
                write!(f, "this exchange cannot be written as a {format}: {source}")
            }
        }
    }
}

impl Error for CopyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Long { .. } => None,
            Self::NotExpressible { source, .. } => Some(source),
        }
    }
}

/// A command. The window carries it out after painting.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Copy this text to the clipboard.
    CopyText(String),
    /// Show why an exchange cannot be copied.
    CannotCopy(CopyError),
    /// Open this address in the browser.
    OpenUrl(String),
    /// Ask for a folder with the system's file dialog.
    ChooseFolder,
    /// Serve this folder from the next request on.
    ServeFolder(PathBuf),
    /// Serve the built-in welcome site from the next request on.
    ServeWelcome,
    /// Check which of the recent folders still exist.
    LookForRecent,
    /// Drop a folder from the list of recent ones.
    ForgetRecent(PathBuf),
    /// Replace the middleware, from the next request on.
    SetMiddleware(MiddlewareSettings),
    /// Replace the limits and timers, from the next request on.
    SetGuards(Guards),
    /// Change how the folder handles paths that match no file, from the next request on.
    SetFolder(FolderSettings),
    /// Refuse what browsers send though HTTP forbids it, or take it.
    SetStrict(bool),
    /// Turn the protocol of lines on or off, and set its buffer.
    SetLines(LinesSettings),
    /// Replace the groups of backends, from the next request on.
    SetGateway(GatewaySettings),
    /// Show the groups of backends on the Server page.
    ShowUpstreams,
    /// Listen at other addresses.
    Listen {
        /// The addresses of this machine to listen at.
        bind: BindAddresses,
        /// The port; 0 takes any free one.
        port: u16,
    },
    /// Listen at the last address again.
    StartServer,
    /// Stop listening and close every connection.
    StopServer,
    /// Forget every captured exchange. It can be taken back for a while.
    Clear,
    /// Bring back what was cleared last.
    UndoClear,
    /// Replace the host names that are answered to besides those of this machine.
    SetHosts(Vec<String>),
    /// A command about these exchanges.
    Exchanges(Vec<ExchangeId>, ExchangesCommand),
    /// Mark by the rules what is captured already.
    ApplyRules,
    /// A command about captures in files.
    Capture(CaptureCommand),
    /// Pause or resume updates of the view. Capture continues.
    SetPaused(bool),
    /// Fill in "Try a target" on the Server page, and show it.
    TryTarget {
        /// The method token.
        method: String,
        /// The request target.
        target: String,
    },
    /// Ask what the server would make of a request.
    Preview(Trial),
    /// Send a WebSocket frame into a live connection.
    SendFrame {
        /// The connection that takes it: the client's, or one to a backend.
        conn: ConnId,
        /// The exchange that began with the handshake.
        exchange: ExchangeId,
        /// The bytes of the frame.
        bytes: Vec<u8>,
    },
    /// A command about a request that is sent again.
    Again(AgainCommand),
    /// Show a page.
    ShowPage(PageId),
    /// Show the exchanges that pass this filter, on the Traffic page.
    ShowFiltered(String),
    /// Show an exchange on the Traffic page.
    ShowExchange(ExchangeId),
    /// Change the theme.
    SetTheme(ThemeChoice),
    /// Remember the width of a pane, in points.
    SetPane {
        /// The pane: `traffic-list`, `traffic-detail`.
        name: &'static str,
        /// Width of the pane.
        width: f32,
    },
    /// Remember this of the list of exchanges.
    SetList(ListSettings),
    /// Dismiss the notice about this topic.
    Dismiss(Topic),
    /// Show or hide the sheet of shortcuts.
    ShowShortcuts(bool),
}
