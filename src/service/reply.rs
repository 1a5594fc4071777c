//! What a handler gives back: a status, fields and a body that may be larger than memory.

use std::{fs::File, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::http::{Rule, Status, encode::Fields};

use super::Validators;

/// A response before it is framed. Content-Length, Transfer-Encoding, Date and Connection are the
/// connection's business and are added when it is written.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: Status,
    /// The fields.
    pub fields: Fields,
    /// The body. For HEAD: the body that GET would have had; it is not sent.
    pub body: Body,
    /// Wait this long before the first byte.
    pub delay: Duration,
    /// Write slowly. `None`: as fast as the client reads.
    pub pace: Option<Pace>,
    /// The rule by which the request is refused. `None`: it is not.
    pub rule: Option<Rule>,
    /// The validators of what is served, for the ETag middleware. `None`: it has none.
    pub validators: Option<Validators>,
}

/// Where the body's bytes come from.
#[derive(Debug)]
pub enum Body {
    /// There is none, and no Content-Length speaks of one (204, 304).
    None,
    /// All of it, in memory.
    Bytes(Bytes),
    /// A part of a file, or all of it, read while it is sent.
    File(FileBody),
    /// Pieces made one by one over time.
    Timed(TimedBody),
}

/// A range of an open file.
#[derive(Debug)]
pub struct FileBody {
    /// The file, opened through the folder.
    pub file: Arc<File>,
    /// Offset of the first byte to send.
    pub start: u64,
    /// How many bytes to send. `start + len` was within the file when it was opened.
    pub len: u64,
}

/// A body that comes in pieces over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedBody {
    /// The pieces still to send, the next one last.
    pub pieces: Vec<Bytes>,
    /// Time from one piece to the next.
    pub every: Duration,
}

/// Slow motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes in one write.
    pub bytes: usize,
    /// Time from one write to the next.
    pub every: Duration,
}

impl Reply {
    /// A reply without fields.
    #[must_use]
    pub const fn new(status: Status, body: Body) -> Self {
        Self {
            status,
            fields: Fields::new(),
            body,
            delay: Duration::ZERO,
            pace: None,
            rule: None,
            validators: None,
        }
    }

    /// Plain text.
    #[must_use]
    pub fn text(status: Status, text: impl Into<Bytes>) -> Self {
        let mut reply = Self::new(status, Body::Bytes(text.into()));
        reply.fields.append("Content-Type", "text/plain; charset=utf-8");
        reply
    }

    /// A refusal: what was wrong, in a sentence, and the RFC section.
    #[must_use]
    pub fn refusal(rule: Rule) -> Self {
        let status = rule.status();
        let mut reply = Self::text(status, format!("{status}\n\n{}\n{}\n", rule.sentence(), rule.section()));
        reply.rule = Some(rule);
        reply
    }
}

impl Body {
    /// Length in bytes, if it is known before the body is made.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File(file) => Some(file.len),
            Self::Timed(_) => None,
        }
    }

    /// Whether it is known to be empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}
