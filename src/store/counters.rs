//! The counters of a connection, with which a reader can begin in the middle of it.

use crate::base::stream::Nanos;

/// Counters of a connection at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionCounters {
    /// Whether every byte so far belongs to an exchange that is over: reading further back adds nothing.
    pub clean: bool,
    /// Reads so far.
    pub reads: u64,
    /// Writes so far.
    pub writes: u64,
    /// Exchanges so far.
    pub exchanges: u64,
    /// Bytes received so far.
    pub incoming: u64,
    /// Bytes sent so far.
    pub outgoing: u64,
    /// The latest read and the latest write with bytes: when it was, and the stream offset after it. An omission
    /// that follows directly belongs to the same read (or write). `None`: the latest one had no bytes.
    pub(crate) latest: [Option<(Nanos, u64)>; 2],
}

impl ConnectionCounters {
    /// Counts a read of `len` bytes at `offset`. A read whose end was left out comes in two events and counts once.
    pub fn count_read(&mut self, at: Nanos, offset: u64, len: u64, omitted: bool) {
        self.reads += u64::from(!(omitted && self.latest[0] == Some((at, offset))));
        self.incoming = offset + len;
        self.latest[0] = (!omitted).then_some((at, self.incoming));
    }

    /// Counts a write of `len` bytes at `offset`; the counterpart of [`Self::count_read`].
    pub fn count_write(&mut self, at: Nanos, offset: u64, len: u64, omitted: bool) {
        self.writes += u64::from(!(omitted && self.latest[1] == Some((at, offset))));
        self.outgoing = offset + len;
        self.latest[1] = (!omitted).then_some((at, self.outgoing));
    }
}
