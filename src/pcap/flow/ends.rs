//! The two ends of a connection.

use std::net::SocketAddr;

use crate::pcap::frame::Segment;

/// The addresses of the two ends, the lesser one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::pcap) struct Key(SocketAddr, SocketAddr);

impl Key {
    /// The key of the connection that a segment belongs to.
    pub(in crate::pcap) fn of(segment: &Segment) -> Self {
        Self(segment.from.min(segment.to), segment.from.max(segment.to))
    }

    /// The address of an end.
    pub(super) const fn address(&self, end: Endpoint) -> SocketAddr {
        match end {
            Endpoint::Lesser => self.0,
            Endpoint::Greater => self.1,
        }
    }
}

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// The end with the lesser address.
    Lesser,
    /// The end with the greater address.
    Greater,
}

impl Endpoint {
    pub(super) const BOTH: [Self; 2] = [Self::Lesser, Self::Greater];

    /// The endpoint that sent a segment.
    pub(super) fn of(segment: &Segment) -> Self {
        if segment.from > segment.to { Self::Greater } else { Self::Lesser }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Lesser => Self::Greater,
            Self::Greater => Self::Lesser,
        }
    }

    /// The index of its stream.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Lesser => 0,
            Self::Greater => 1,
        }
    }
}

/// How far a connection came that is over: the sequence number after the last byte of each end, by
/// [`Endpoint::index`]. `None`: the end sent nothing.
#[derive(Clone, Copy, Debug)]
pub(in crate::pcap) struct Reached(pub(super) [Option<u32>; 2]);

impl Reached {
    /// Whether a segment that comes after the end has bytes that the connection did not.
    pub(in crate::pcap) fn lacks(&self, segment: &Segment) -> bool {
        let len = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX);
        let beyond = |next: u32| segment.seq.wrapping_add(len).wrapping_sub(next).cast_signed() > 0;
        len > 0 && self.0[Endpoint::of(segment).index()].is_none_or(beyond)
    }
}
