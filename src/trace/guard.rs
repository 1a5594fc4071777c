//! The guards: limits and timers that protect the server.

use super::Severity;
use crate::base::closed_list::{closed_list, keyed};

/// The unit of a guard's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardUnit {
    /// Time in milliseconds.
    Millis,
    /// A number of bytes.
    Bytes,
    /// A number of connections.
    Connections,
}

impl GuardUnit {
    /// The unit after a number other than one.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Millis => "milliseconds",
            Self::Bytes => "bytes",
            Self::Connections => "connections",
        }
    }
}

/// A row of the table of guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardFacts {
    /// The stable name in JSON, session files and the settings file. On the command line its words are joined
    /// by hyphens.
    pub key: &'static str,
    /// The name on the Server page.
    pub title: &'static str,
    /// The unit of the value.
    pub unit: GuardUnit,
    /// The smallest value. 0 only if that does not refuse every request or end every connection.
    pub min: u64,
    /// The largest value.
    pub max: u64,
    /// The default value.
    pub default: u64,
    /// The subject of the limit, in a sentence.
    pub about: &'static str,
    /// Text of the Server page while no connection is near the limit.
    pub at_rest: &'static str,
    /// The severity of the action of the guard.
    pub severity: Severity,
    /// Text for the action of the guard, before the limit.
    pub acted: &'static str,
    /// Text for the end of a connection that the guard closed.
    pub closed: &'static str,
    /// A short form of [`Self::closed`].
    pub closed_short: &'static str,
}

/// Defaults for the rows of timers.
const TIMER: GuardFacts = GuardFacts {
    key: "",
    title: "",
    unit: GuardUnit::Millis,
    min: 1,
    max: u32::MAX as u64,
    default: 0,
    about: "",
    at_rest: "",
    severity: Severity::Error,
    acted: "",
    closed: "",
    closed_short: "",
};

/// Defaults for the rows of limits in bytes.
const BYTES: GuardFacts = GuardFacts { unit: GuardUnit::Bytes, at_rest: "none accepted yet", ..TIMER };

closed_list! {
    /// The limits and timers, in the order of the Server page.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Guard: pub GuardFacts {
        /// Time for a whole head to arrive, from its first byte.
        HeadTimeout {
            key: "head_timeout",
            title: "Header timeout",
            default: 10_000,
            about: "Time for a whole head to arrive, from its first byte.",
            at_rest: "no head pending",
            acted: "Header timeout: the head did not arrive within",
            closed: "closed by header timeout",
            closed_short: "header timeout",
            ..TIMER
        },
        /// Time for the next part of a body to arrive.
        BodyTimeout {
            key: "body_timeout",
            title: "Body timeout",
            default: 30_000,
            about: "Time for the next part of a body to arrive.",
            at_rest: "no body pending",
            acted: "Body timeout: nothing arrived for",
            closed: "closed by body timeout",
            closed_short: "body timeout",
            ..TIMER
        },
        /// Time between messages on a persistent connection.
        IdleTimeout {
            key: "idle_timeout",
            title: "Idle timeout",
            default: 60_000,
            about: "Time between messages on a kept connection.",
            at_rest: "no idle connection",
            // An idle connection is not the client's fault.
            severity: Severity::Info,
            acted: "Idle timeout: no request for",
            closed: "closed by idle timeout",
            closed_short: "idle timeout",
            ..TIMER
        },
        /// Time for a client to take the next part of a response.
        WriteTimeout {
            key: "write_timeout",
            title: "Write timeout",
            default: 30_000,
            about: "Time for a client to take the next part of a response.",
            at_rest: "no client is behind",
            acted: "Write timeout: the client took nothing for",
            closed: "closed by write timeout",
            closed_short: "write timeout",
            ..TIMER
        },
        /// Time for a disk to answer.
        DiskTimeout {
            key: "disk_timeout",
            title: "Disk timeout",
            default: 30_000,
            about: "Time for a disk or a network drive to answer, for each look and each read.",
            at_rest: "no disk is waited for",
            acted: "Disk timeout: the disk did not answer within",
            closed: "closed by disk timeout",
            closed_short: "disk timeout",
            ..TIMER
        },
        /// Largest header block.
        HeadBytes {
            key: "head_bytes",
            title: "Largest header block",
            default: 64 * 1024,
            about: "Largest header block of a request.",
            acted: "Header block over the limit of",
            closed: "closed: header block too large",
            closed_short: "header block too large",
            ..BYTES
        },
        /// Longest target.
        TargetBytes {
            key: "target_bytes",
            title: "Longest target",
            default: 8 * 1024,
            about: "Longest target of a request.",
            acted: "Target over the limit of",
            closed: "closed: target too long",
            closed_short: "target too long",
            ..BYTES
        },
        /// Largest body.
        BodyBytes {
            key: "body_bytes",
            title: "Largest body",
            min: 0,
            max: u64::MAX,
            default: 10_000_000,
            about: "Largest body of a request.",
            acted: "Body over the limit of",
            closed: "closed: body too large",
            closed_short: "body too large",
            ..BYTES
        },
        /// Longest message of lines.
        MessageBytes {
            key: "message_bytes",
            title: "Longest message",
            max: 16 * 1024 * 1024,
            default: 8 * 1024,
            about: "Longest message of the protocol of lines, without its line feed.",
            acted: "Message over the limit of",
            closed: "closed: message too long",
            closed_short: "message too long",
            ..BYTES
        },
        /// Time without a byte on a connection that has changed its protocol.
        UpgradeTimeout {
            key: "upgrade_timeout",
            title: "WebSocket timeout",
            default: 300_000,
            about: "Time without a byte on a WebSocket connection, or on another one that was upgraded.",
            at_rest: "no WebSocket open",
            severity: Severity::Info,
            acted: "WebSocket timeout: nothing arrived for",
            closed: "closed by WebSocket timeout",
            closed_short: "WebSocket timeout",
            ..TIMER
        },
        /// Time for the next part of a frame, or of a message in several frames, to arrive.
        FrameTimeout {
            key: "frame_timeout",
            title: "Frame timeout",
            default: 30_000,
            about: "Time for the next part of a WebSocket frame, or of a message in several frames, to arrive.",
            at_rest: "no frame pending",
            acted: "Frame timeout: nothing arrived for",
            closed: "closed by frame timeout",
            closed_short: "frame timeout",
            ..TIMER
        },
        /// Largest message of WebSocket.
        WebSocketBytes {
            key: "websocket_bytes",
            title: "Largest WebSocket message",
            max: 256 * 1024 * 1024,
            default: 16 * 1024 * 1024,
            about: "Largest message that a client may send on a WebSocket connection.",
            acted: "WebSocket message over the limit of",
            closed: "closed: WebSocket message too large",
            closed_short: "WebSocket message too large",
            ..BYTES
        },
        /// Time for a backend to accept a connection.
        ConnectTimeout {
            key: "connect_timeout",
            title: "Connect timeout",
            default: 5_000,
            about: "Time for a backend to accept a connection, and before that for its name to be found.",
            at_rest: "no connection is being made",
            acted: "Connect timeout: the backend did not accept within",
            closed: "closed by connect timeout",
            closed_short: "connect timeout",
            ..TIMER
        },
        /// Time for a backend to begin its response.
        FirstByteTimeout {
            key: "first_byte_timeout",
            title: "First byte timeout",
            default: 60_000,
            about: "Time for a backend to begin its response, from the end of the request.",
            at_rest: "no response pending",
            acted: "First byte timeout: the backend did not answer within",
            closed: "closed by first byte timeout",
            closed_short: "first byte timeout",
            ..TIMER
        },
        /// Time for the next part of a backend's response.
        SilenceTimeout {
            key: "silence_timeout",
            title: "Silence timeout",
            default: 60_000,
            about: "Time for the next part of a backend's response to arrive.",
            at_rest: "no response under way",
            acted: "Silence timeout: the backend sent nothing for",
            closed: "closed by silence timeout",
            closed_short: "silence timeout",
            ..TIMER
        },
        /// Time for all of a forwarded exchange.
        ExchangeTimeout {
            key: "exchange_timeout",
            title: "Exchange timeout",
            // Downloads and streams of events are not to be cut off: this only ends what nothing else ends.
            default: 24 * 60 * 60 * 1000,
            about: "Time for all of a forwarded exchange, from the first byte of its request to the last of its response. A tunnel has no such limit.",
            at_rest: "nothing is being forwarded",
            acted: "Exchange timeout: the exchange was not over within",
            closed: "closed by exchange timeout",
            closed_short: "exchange timeout",
            ..TIMER
        },
        /// Most open connections.
        Connections {
            key: "connections",
            title: "Connections",
            unit: GuardUnit::Connections,
            default: 1024,
            about: "Most open connections.",
            at_rest: "none open",
            acted: "Over the limit of",
            closed: "closed: too many connections",
            closed_short: "too many connections",
            ..TIMER
        },
    }
}

keyed!(Guard);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_guard_has_a_key_of_its_own_and_a_default_within_its_bounds() {
        for (place, guard) in Guard::ALL.into_iter().enumerate() {
            let facts = guard.facts();
            assert_eq!(guard as usize, place, "ALL is in the order of the enum");
            assert_eq!(Guard::from_key(facts.key), Some(guard));
            assert!(facts.key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", facts.key);
            assert!((facts.min..=facts.max).contains(&facts.default), "{}", facts.key);
            assert!(facts.about.ends_with('.') && !facts.acted.ends_with('.'), "{}", facts.key);
            for words in [facts.title, facts.at_rest, facts.acted, facts.closed, facts.closed_short] {
                assert!(!words.is_empty(), "{}", facts.key);
            }
        }
    }

    #[test]
    fn json_has_the_key() {
        for guard in Guard::ALL {
            let json = serde_json::to_string(&guard).expect("a string");
            assert_eq!(json, format!("{:?}", guard.key()));
        }
    }
}
