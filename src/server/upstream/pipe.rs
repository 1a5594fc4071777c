//! The parts of messages on their way from one leg of a forwarded exchange to the other.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{
    gateway::Failure,
    http::{ResponseHead, forward::Trailers},
};

/// Bytes that are held of the bodies of an exchange at most. In each direction they wait in two places, a pipe and an
/// output, and a place that is not full takes one read more.
const EXCHANGE_BYTES: usize = 128 * 1024;
/// Bytes that one read of a leg takes at most while the exchange is forwarded. Long reads cost fewer calls to the system.
pub(in crate::server) const READ_BYTES: usize = 24 * 1024;
/// Bytes at which a pipe is full, so that the leg that fills it stops reading; and an output, so that the message waits
/// in its pipe.
pub(in crate::server) const FULL_BYTES: usize = EXCHANGE_BYTES / 4 - READ_BYTES - PART_BYTES;
/// Bytes that a part counts for besides its own, so that many small parts fill a pipe as well.
const PART_BYTES: usize = 64;
/// Largest size, in bytes, of a request that is remembered until its response begins, so that it can be sent
/// again.
const REPLAY_BYTES: usize = 32 * 1024;

/// A part of a request on its way to the backend. The head is written by the leg that sends it.
#[derive(Clone, Debug)]
pub(in crate::server) enum RequestPart {
    /// Content, and the stream offset at which it arrived.
    Content(Bytes, u64),
    /// The message is complete.
    End(Trailers),
}

/// A part of a response on its way to the client.
#[derive(Debug)]
pub(in crate::server) enum ResponsePart {
    /// A head and its bytes, of an interim response or of the final one.
    Head(Box<ResponseHead>, Bytes),
    /// Content, and the stream offset at which it arrived.
    Content(Bytes, u64),
    /// The message is complete.
    End(Trailers),
    /// There is no response, or no more of it.
    Failed(NoResponse),
}

/// The reason why there is no response, or no more of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::server) enum NoResponse {
    /// A backend failed.
    Failed(Failure, String),
    /// No backend can take the request.
    NoBackend {
        /// The seconds after which one may.
        secs: u64,
        /// The reason why each does not.
        told: String,
    },
    /// Every backend has as many open requests as it may have, and as many others wait as may wait.
    QueueFull {
        /// Requests that each backend has open at most.
        open_max: u32,
        /// Requests that wait at most.
        waiting_max: u32,
        /// The reason why each does not take the request.
        told: String,
    },
    /// Every backend was busy for as long as a request may wait.
    Waited {
        /// The milliseconds for which a request may wait.
        ms: u64,
        /// The reason why each does not take the request.
        told: String,
    },
}

/// The request on its way. Parts are remembered after they were taken, while the request can still be sent again.
#[derive(Debug)]
pub(in crate::server) struct RequestPipe {
    parts: VecDeque<RequestPart>,
    /// The number of `parts` that were taken.
    taken: usize,
    waiting_bytes: usize,
    remembered_bytes: usize,
    remembers: bool,
}

impl RequestPipe {
    const fn new(parts: VecDeque<RequestPart>) -> Self {
        Self { parts, taken: 0, waiting_bytes: 0, remembered_bytes: 0, remembers: true }
    }

    /// The parts for which there is room.
    pub(super) fn room(&self) -> usize {
        self.parts.capacity()
    }

    /// A new pipe in the memory of this one.
    pub(super) fn emptied(mut self) -> Self {
        self.parts.clear();
        Self::new(self.parts)
    }

    pub(in crate::server) const fn is_full(&self) -> bool {
        self.waiting_bytes >= FULL_BYTES
    }

    /// Whether all of the request so far is remembered.
    pub(in crate::server) const fn can_repeat(&self) -> bool {
        self.remembers
    }

    /// The bytes of parts that wait, and those of parts that are remembered.
    pub(in crate::server) const fn held_bytes(&self) -> (usize, usize) {
        (self.waiting_bytes, self.remembered_bytes)
    }

    pub(in crate::server) fn put(&mut self, part: RequestPart) {
        if let RequestPart::Content(content, _) = &part {
            self.waiting_bytes += content.len() + PART_BYTES;
        }
        self.parts.push_back(part);
    }

    pub(in crate::server) fn take(&mut self) -> Option<RequestPart> {
        let part = self.parts.get(self.taken)?.clone();
        self.taken += 1;
        if let RequestPart::Content(content, _) = &part {
            self.waiting_bytes -= content.len() + PART_BYTES;
            self.remembered_bytes += content.len() + PART_BYTES;
        }
        if self.remembered_bytes > REPLAY_BYTES || !self.remembers {
            self.forget();
        }
        Some(part)
    }

    /// Forgets the remembered parts: a response has begun, so the request is not sent again.
    pub(in crate::server) fn forget(&mut self) {
        self.parts.drain(..self.taken);
        (self.taken, self.remembered_bytes, self.remembers) = (0, 0, false);
    }

    /// Begins again with the first part.
    pub(in crate::server) fn rewind(&mut self) {
        self.waiting_bytes += self.remembered_bytes;
        (self.taken, self.remembered_bytes) = (0, 0);
    }
}

impl Default for RequestPipe {
    fn default() -> Self {
        Self::new(VecDeque::new())
    }
}

/// The response on its way.
#[derive(Debug, Default)]
pub(in crate::server) struct ResponsePipe {
    parts: VecDeque<ResponsePart>,
    bytes: usize,
}

impl ResponsePipe {
    /// The parts for which there is room.
    pub(super) fn room(&self) -> usize {
        self.parts.capacity()
    }

    /// A new pipe in the memory of this one.
    pub(super) fn emptied(mut self) -> Self {
        self.parts.clear();
        Self { parts: self.parts, bytes: 0 }
    }

    pub(in crate::server) const fn is_full(&self) -> bool {
        self.bytes >= FULL_BYTES
    }

    /// The bytes of all parts.
    pub(in crate::server) const fn held_bytes(&self) -> usize {
        self.bytes
    }

    pub(in crate::server) fn put(&mut self, part: ResponsePart) {
        self.bytes += part.weight();
        self.parts.push_back(part);
    }

    pub(in crate::server) fn take(&mut self) -> Option<ResponsePart> {
        let part = self.parts.pop_front()?;
        self.bytes -= part.weight();
        Some(part)
    }
}

impl ResponsePart {
    fn weight(&self) -> usize {
        match self {
            Self::Head(_, bytes) | Self::Content(bytes, _) => bytes.len() + PART_BYTES,
            Self::End(_) | Self::Failed(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(pipe: &mut RequestPipe, len: usize) {
        pipe.put(RequestPart::Content(vec![0; len].into(), 0));
    }

    #[test]
    fn a_small_request_can_begin_again() {
        let mut pipe = RequestPipe::default();
        content(&mut pipe, 10);
        assert!(pipe.take().is_some() && pipe.take().is_none() && pipe.can_repeat());
        content(&mut pipe, 5);
        pipe.rewind();
        assert_eq!(std::iter::from_fn(|| pipe.take()).count(), 2);
        pipe.forget();
        assert!(!pipe.can_repeat() && pipe.take().is_none());
    }

    #[test]
    fn a_large_request_is_not_remembered() {
        let mut pipe = RequestPipe::default();
        for _ in 0..3 {
            content(&mut pipe, READ_BYTES);
            assert!(pipe.is_full() && pipe.take().is_some() && !pipe.is_full());
        }
        assert!(!pipe.can_repeat() && pipe.parts.is_empty());
    }
}
