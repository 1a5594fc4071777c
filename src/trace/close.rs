//! The reasons why connections end.

use std::{borrow::Cow, net::SocketAddr};

use crate::base::{closed_list::keyed, stream::Role};

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
    /// A backend failed in the middle of its response.
    BackendFailed,
    /// A rule of Trouble ended the connection.
    OnPurpose,
    /// The server needed the place for a client with fewer connections.
    MadeRoom,
    /// The server stopped.
    Shutdown,
    /// A connection to a backend was refused.
    Refused,
    /// A connection to a backend could not be made for another reason.
    Unreachable,
    /// The TLS handshake with a backend failed.
    Insecure,
    /// A backend sent what is no valid response, or what was not asked for.
    Malformed,
    /// The socket failed.
    Failed,
}

keyed!(CloseReason);

/// A row of the table of reasons. A timer has the key of its guard.
#[derive(Clone, Copy)]
struct Facts {
    key: &'static str,
    words: &'static str,
    short_words: &'static str,
    severity: Severity,
}

impl CloseReason {
    /// All reasons, with one entry for each timer.
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
        Self::Timeout(Guard::DiskTimeout),
        Self::Timeout(Guard::UpgradeTimeout),
        Self::Timeout(Guard::FrameTimeout),
        Self::Timeout(Guard::ConnectTimeout),
        Self::Timeout(Guard::FirstByteTimeout),
        Self::Timeout(Guard::SilenceTimeout),
        Self::Timeout(Guard::ExchangeTimeout),
        Self::FileBroke,
        Self::BackendFailed,
        Self::OnPurpose,
        Self::MadeRoom,
        Self::Shutdown,
        Self::Refused,
        Self::Unreachable,
        Self::Insecure,
        Self::Malformed,
        Self::Failed,
    ];

    /// The end of the connection in a few words that follow "Connection".
    #[must_use]
    pub const fn words(self) -> &'static str {
        self.facts().words
    }

    /// A short form of [`Self::words`].
    #[must_use]
    pub const fn short_words(self) -> &'static str {
        self.facts().short_words
    }

    /// [`Self::words`] for a connection that was opened by `role`: at the other end of a dialed one is a backend.
    #[must_use]
    pub const fn words_for(self, role: Role) -> &'static str {
        match (role, self) {
            (Role::Dialed, Self::Client) => "closed by the backend",
            (Role::Dialed, Self::ClientEarly) => "closed by the backend in mid-message",
            (Role::Dialed, Self::Reset) => "reset by the backend",
            (Role::Dialed, Self::ServerDone) => "closed by byteglass",
            _ => self.words(),
        }
    }

    /// A short form of [`Self::words_for`].
    #[must_use]
    pub const fn short_words_for(self, role: Role) -> &'static str {
        match (role, self) {
            (Role::Dialed, Self::Client) => "closed by backend",
            (Role::Dialed, Self::ClientEarly) => "backend left in mid-message",
            (Role::Dialed, Self::Reset) => "reset by backend",
            (Role::Dialed, Self::ServerDone) => "closed by byteglass",
            _ => self.short_words(),
        }
    }

    /// [`Self::words_for`] a connection, with the address of a backend that it was not made to. `dialed`: the address
    /// that this program dialed. `None`: the connection was accepted.
    #[must_use]
    pub fn told(self, dialed: Option<SocketAddr>) -> Cow<'static, str> {
        match (self, dialed) {
            (_, None) => self.words().into(),
            (Self::Refused | Self::Unreachable | Self::Timeout(Guard::ConnectTimeout), Some(peer)) => {
                format!("{} ({peer})", self.words_for(Role::Dialed)).into()
            }
            (_, Some(_)) => self.words_for(Role::Dialed).into(),
        }
    }

    /// Severity of the reason.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.facts().severity
    }

    const fn facts(self) -> Facts {
        match self {
            Self::Client => row("client", "closed by client", "closed by client", Severity::Info),
            Self::ClientEarly => row(
                "client_early",
                "closed by client in mid-message",
                "client left in mid-message",
                Severity::Warning,
            ),
            Self::Reset => row("reset", "reset by client", "reset by client", Severity::Warning),
            Self::ServerDone => row("server_done", "closed by server", "closed by server", Severity::Info),
            Self::ServerRefused => {
                row("server_refused", "closed by server, refused", "refused and closed", Severity::Error)
            }
            Self::Timeout(guard) => {
                let facts = guard.facts();
                row(facts.key, facts.closed, facts.closed_short, facts.severity)
            }
            Self::FileBroke => {
                row("file_broke", "closed by server, file failed", "file broke off", Severity::Error)
            }
            Self::BackendFailed => row(
                "backend_failed",
                "closed by server, backend failed",
                "backend broke off",
                Severity::Error,
            ),
            Self::OnPurpose => row(
                "on_purpose",
                "ended by byteglass on purpose (Trouble)",
                "ended on purpose",
                Severity::Warning,
            ),
            Self::MadeRoom => {
                row("made_room", "closed by server, idle, to make room", "made room", Severity::Info)
            }
            Self::Shutdown => row("shutdown", "closed, server stopped", "server stopped", Severity::Info),
            Self::Refused => row("refused", "refused by the backend", "refused", Severity::Error),
            Self::Unreachable => row(
                "unreachable",
                "not made, the backend could not be reached",
                "backend not reached",
                Severity::Error,
            ),
            Self::Insecure => {
                row("insecure", "closed, the TLS handshake failed", "TLS handshake failed", Severity::Error)
            }
            Self::Malformed => row(
                "malformed",
                "closed, the backend sent no valid response",
                "no valid response",
                Severity::Error,
            ),
            Self::Failed => row("failed", "ended: the socket failed", "socket failed", Severity::Error),
        }
    }
}

const fn row(key: &'static str, words: &'static str, short_words: &'static str, severity: Severity) -> Facts {
    Facts { key, words, short_words, severity }
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
            for role in [Role::Accepted, Role::Dialed] {
                let (words, short) = (reason.words_for(role), reason.short_words_for(role));
                assert!(!words.is_empty() && short.len() <= words.len());
                let client = words.contains("client") || short.contains("client");
                assert!(role == Role::Accepted || !client, "no client is at the end of a dialed connection");
            }
        }
        assert_eq!(CloseReason::from_key("nobody"), None);
    }
}
