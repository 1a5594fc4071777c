//! Why connections end.

use super::{Guard, Severity};

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The client closed, between messages.
    Client,
    /// The client closed in mid-message.
    ClientEarly,
    /// The client reset the connection.
    Reset,
    /// The server closed after a response: the request asked for it, or was HTTP/1.0.
    ServerDone,
    /// The server closed after refusing a request.
    ServerRefused,
    /// A timer ran out.
    Timeout(Guard),
    /// A file ended or failed while it was sent.
    FileBroke,
    /// The server stopped.
    Shutdown,
    /// The socket failed.
    Failed,
}

/// A row of the table of reasons.
#[derive(Clone, Copy)]
struct Facts {
    key: &'static str,
    words: &'static str,
    short_words: &'static str,
    severity: Severity,
}

impl CloseReason {
    /// All reasons that there are, each timer apart.
    pub const ALL: &[Self] = &[
        Self::Client,
        Self::ClientEarly,
        Self::Reset,
        Self::ServerDone,
        Self::ServerRefused,
        Self::Timeout(Guard::HeadTimeout),
        Self::Timeout(Guard::BodyTimeout),
        Self::Timeout(Guard::IdleTimeout),
        Self::Timeout(Guard::WriteTimeout),
        Self::FileBroke,
        Self::Shutdown,
        Self::Failed,
    ];

    /// The stable name of the reason, in files and in JSON: `client_early`. A timer's is that of its guard.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.facts().key
    }

    /// The reason of this key. `None`: there is none.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.key() == key)
    }

    /// How the connection ended, in a few words that go on after "Connection".
    #[must_use]
    pub const fn words(self) -> &'static str {
        self.facts().words
    }

    /// How the connection ended, for where there is little room.
    #[must_use]
    pub const fn short_words(self) -> &'static str {
        self.facts().short_words
    }

    /// How much it matters.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.facts().severity
    }

    const fn facts(self) -> Facts {
        match self {
            Self::Client => Facts {
                key: "client",
                words: "closed by client",
                short_words: "closed by client",
                severity: Severity::Info,
            },
            Self::ClientEarly => Facts {
                key: "client_early",
                words: "closed by client in mid-message",
                short_words: "client left in mid-message",
                severity: Severity::Warning,
            },
            Self::Reset => Facts {
                key: "reset",
                words: "reset by client",
                short_words: "reset by client",
                severity: Severity::Warning,
            },
            Self::ServerDone => Facts {
                key: "server_done",
                words: "closed by server",
                short_words: "closed by server",
                severity: Severity::Info,
            },
            Self::ServerRefused => Facts {
                key: "server_refused",
                words: "closed by server, refused",
                short_words: "refused and closed",
                severity: Severity::Error,
            },
            Self::Timeout(guard) => timeout(guard),
            Self::FileBroke => Facts {
                key: "file_broke",
                words: "closed by server, file failed",
                short_words: "file broke off",
                severity: Severity::Error,
            },
            Self::Shutdown => Facts {
                key: "shutdown",
                words: "closed, server stopped",
                short_words: "server stopped",
                severity: Severity::Info,
            },
            Self::Failed => Facts {
                key: "failed",
                words: "ended: the socket failed",
                short_words: "socket failed",
                severity: Severity::Error,
            },
        }
    }
}

/// The row of a timer. A client that leaves a connection idle does nothing wrong.
const fn timeout(guard: Guard) -> Facts {
    let facts = guard.facts();
    let severity = match guard {
        Guard::IdleTimeout => Severity::Info,
        _ => Severity::Error,
    };
    Facts { key: facts.key, words: facts.closed, short_words: facts.closed_short, severity }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_reason_has_a_key_of_its_own_and_words() {
        let keys: HashSet<_> = CloseReason::ALL.iter().map(|reason| reason.key()).collect();
        assert_eq!(keys.len(), CloseReason::ALL.len());
        for reason in CloseReason::ALL {
            assert_eq!(CloseReason::from_key(reason.key()), Some(*reason));
            assert!(!reason.words().is_empty() && reason.short_words().len() <= reason.words().len());
        }
        assert_eq!(CloseReason::from_key("nobody"), None);
    }
}
