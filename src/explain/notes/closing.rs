//! How connections end, in words.

use crate::trace::{CloseReason, Guard, Severity};

/// Why a connection ended, in a few words.
#[must_use]
pub const fn close_reason(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Client => "closed by client",
        CloseReason::ClientEarly => "closed by client in mid-message",
        CloseReason::Reset => "reset by client",
        CloseReason::ServerDone => "closed by server",
        CloseReason::ServerRefused => "closed by server, refused",
        CloseReason::Timeout(guard) => guard.facts().closed,
        CloseReason::FileBroke => "closed by server, file failed",
        CloseReason::Shutdown => "closed, server stopped",
        CloseReason::Failed => "ended: the socket failed",
    }
}

/// How much it matters that a connection ended so.
#[must_use]
pub const fn close_severity(reason: CloseReason) -> Severity {
    match reason {
        CloseReason::Client
        | CloseReason::ServerDone
        | CloseReason::Shutdown
        | CloseReason::Timeout(Guard::IdleTimeout) => Severity::Info,
        CloseReason::ClientEarly | CloseReason::Reset => Severity::Warning,
        CloseReason::ServerRefused
        | CloseReason::Timeout(_)
        | CloseReason::FileBroke
        | CloseReason::Failed => Severity::Error,
    }
}
