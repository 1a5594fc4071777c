//! Everything a person can ask the window for: pages return these, one place carries them out.

use std::{error::Error, fmt, net::IpAddr, path::PathBuf};

use crate::{
    base::{closed_list::closed_list, stream::ExchangeId},
    capture::save::FileFormat,
    config::ThemeChoice,
    export::NotExpressible,
    server::{Guards, LinesSettings},
    service::{FolderSettings, MiddlewareSettings},
    words,
};

use super::icons;

/// How a page is found in the rail.
#[derive(Clone, Copy, Debug)]
pub struct PageFacts {
    /// The name.
    pub title: &'static str,
    /// The icon above the name.
    pub icon: &'static str,
}

closed_list! {
    /// A page of the window, in the order of the rail. Ctrl and a page's place in it show the page.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum PageId: pub PageFacts {
        /// Exchanges and their bytes.
        #[default]
        Traffic { title: "Traffic", icon: icons::WAVES },
        /// Middleware, routes, guards and the address.
        Server { title: "Server", icon: icons::HARD_DRIVES },
    }
}

/// What a notice is about, and so where it stands. One notice each.
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
    /// Something that the server announced.
    Server,
    /// A file of captured exchanges.
    Capture,
}

/// What of the capture is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveScope {
    /// All of it.
    All,
    /// The exchanges that pass the filter.
    Passing,
    /// This exchange.
    One(ExchangeId),
}

/// An intent about captures in files.
#[derive(Clone, Debug, PartialEq)]
pub enum CaptureCommand {
    /// Ask for a capture to open with the system's own dialog.
    ChooseFile,
    /// Show this file of captured exchanges instead of the live capture.
    Open(PathBuf),
    /// Show the latest session that was cut off.
    OpenUnfinished,
    /// Remove the latest session that was cut off.
    DiscardUnfinished,
    /// Read no more of the file that is being opened; what is read stays.
    CancelOpening,
    /// Show the live capture again.
    Close,
    /// Ask where to save this in this form with the system's own dialog, and save it there.
    Save(SaveScope, FileFormat),
    /// Do not finish the file that is being saved.
    CancelSaving,
}

/// Why an exchange is not put on the clipboard in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyError {
    /// Its messages are too long.
    Long {
        /// The title of the format.
        format: &'static str,
        /// The bytes of its messages.
        bytes: u64,
    },
    /// The format cannot express it.
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

/// An intent. Nothing happens until the window carries it out, after painting.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Put this text on the clipboard.
    CopyText(String),
    /// Say why there is nothing to put on the clipboard.
    CannotCopy(CopyError),
    /// Open this address in the browser.
    OpenUrl(String),
    /// Ask for a folder with the system's own dialog.
    ChooseFolder,
    /// Serve this folder from the next request on.
    ServeFolder(PathBuf),
    /// Serve the built-in welcome site from the next request on.
    ServeWelcome,
    /// See which of the recent folders are still there.
    LookForRecent,
    /// Drop a folder from the list of recent ones.
    ForgetRecent(PathBuf),
    /// Replace the middleware, from the next request on.
    SetMiddleware(MiddlewareSettings),
    /// Replace the limits and timers, from the next request on.
    SetGuards(Guards),
    /// Change what the folder does where a path leads to no file, from the next request on.
    SetFolder(FolderSettings),
    /// Speak the protocol of lines, or not, and with which buffer.
    SetLines(LinesSettings),
    /// Listen at another address.
    Listen {
        /// The address of this machine to listen at.
        bind: IpAddr,
        /// The port; 0 takes any free one.
        port: u16,
    },
    /// Listen again, where the server listened last.
    StartServer,
    /// Stop listening and close every connection.
    StopServer,
    /// Forget every captured exchange.
    Clear,
    /// Something about captures in files.
    Capture(CaptureCommand),
    /// Stop bringing the view up to date, or go on. Capture goes on either way.
    SetPaused(bool),
    /// Look for this in the Server page's "Try a target".
    TryTarget {
        /// The method token.
        method: String,
        /// The request target.
        target: String,
    },
    /// Go to a page.
    ShowPage(PageId),
    /// Change the theme.
    SetTheme(ThemeChoice),
    /// Remember the width of a pane, in points.
    SetPane {
        /// The pane: `traffic-list`, `traffic-detail`.
        name: &'static str,
        /// Its width.
        width: f32,
    },
    /// Take away the notice about this.
    Dismiss(Topic),
    /// Show the sheet of shortcuts, or hide it.
    ShowShortcuts(bool),
}
