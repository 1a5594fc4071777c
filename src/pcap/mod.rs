//! Turns a capture of packets by another program (tcpdump, Wireshark) into the events that the server itself would
//! have given: reads are the client's segments in order, writes the server's.
//!
//! In reading order: `frame` finds the TCP segment in a packet, `tcp` puts the segments of one direction in
//! order, `http` finds requests and responses in it.

pub mod file;
mod flow;
mod frame;
mod http;
mod tcp;

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    io::Read,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;

use crate::{
    base::stream::Nanos,
    trace::{Batch, EventKind, Severity},
    words::{count, plural},
};
use file::{Packets, Stop};
use flow::{Flow, Key};
use frame::{Segment, Skip};
use http::EventSink;

/// Upper bound on the packets of a batch.
const PACKETS: usize = 256;
/// Number of finished connections that are remembered, so that late repetitions are recognised.
const REMEMBERED: usize = 4_096;
/// Upper bound on connections that are followed at once; beyond it, the oldest one is given up.
const FOLLOWED: usize = 65_536;

/// Statistics of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Packets, of any kind.
    pub packets: u64,
    /// Packets without a TCP segment: other protocols, or unknown link types.
    pub other: u64,
    /// Fragments of IP packets, which are not reassembled.
    pub fragments: u64,
    /// Packets of which too few bytes were captured.
    pub short: u64,
    /// Connections that carry HTTP/1.
    pub connections: u64,
    /// Exchanges on them.
    pub exchanges: u64,
    /// Segments that came before an earlier part of their stream.
    pub out_of_order: u64,
    /// Segments that repeat bytes.
    pub repeated: u64,
    /// Repeating segments whose bytes differ from the first time.
    pub different: u64,
    /// Bytes of the streams that are not in the capture.
    pub lost_bytes: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (packets, connections) = (plural(self.packets, "packet"), plural(self.connections, "connection"));
        write!(f, "{packets}, {connections} with HTTP/1, {}", plural(self.exchanges, "exchange"))?;
        for (number, what) in [
            (self.other, "packets of something else"),
            (self.fragments, "fragments, which are not put together"),
            (self.short, "packets cut too short"),
            (self.out_of_order, "segments out of order"),
            (self.repeated, "segments sent again"),
            (self.different, "of them with other bytes"),
            (self.lost_bytes, "bytes not in the capture"),
        ] {
            if number > 0 {
                write!(f, ", {} {what}", count(number))?;
            }
        }
        Ok(())
    }
}

/// Reads a capture and gives its events.
#[derive(Debug)]
pub struct Import<R> {
    packets: Packets<R>,
    flows: HashMap<Key, Flow>,
    /// The flows in the order in which they began, with their numbers; some may be over.
    begun: VecDeque<(Key, u64)>,
    over: VecDeque<Key>,
    out: EventSink,
    /// Time of the first packet, in nanoseconds since 1970. `None`: no packet was read yet.
    base: Option<u64>,
    now: Nanos,
    flows_begun: u64,
    summary: Summary,
    stop: Option<Stop>,
    ended: bool,
}

impl<R: Read> Import<R> {
    /// Reads `file` from its beginning.
    pub fn new(file: R) -> Self {
        Self {
            packets: Packets::new(file),
            flows: HashMap::new(),
            begun: VecDeque::new(),
            over: VecDeque::new(),
            out: EventSink::default(),
            base: None,
            now: Nanos::ZERO,
            flows_begun: 0,
            summary: Summary::default(),
            stop: None,
            ended: false,
        }
    }

    /// Bytes of the file that were read so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.packets.offset()
    }

    /// Where and why reading ended before the end of the file. `None`: it did not, or not yet.
    #[must_use]
    pub const fn stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// Where and why reading ended, as [`Self::stop`] has it.
    #[must_use]
    pub fn into_stop(self) -> Option<Stop> {
        self.stop
    }

    /// The statistics of the part of the file that was read.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary { connections: self.out.connections, exchanges: self.out.exchanges, ..self.summary }
    }

    /// The events of the next packets; may be none. `None`: the file was read as far as possible.
    pub fn step(&mut self) -> Option<Batch> {
        if self.ended {
            return None;
        }
        for _ in 0..PACKETS {
            match self.packets.next() {
                Some(Ok(packet)) => {
                    self.summary.packets += 1;
                    let base = *self.base.get_or_insert_with(|| {
                        let epoch = UNIX_EPOCH + Duration::from_nanos(packet.nanos);
                        self.out.emit(Nanos::ZERO, None, None, EventKind::Epoch(epoch));
                        packet.nanos
                    });
                    // Packets of several interfaces may be slightly out of order.
                    self.now = self.now.max(Nanos::new(packet.nanos.saturating_sub(base)));
                    match frame::segment(&packet) {
                        Ok(segment) => {
                            let bytes = packet.data.get(segment.payload.clone()).unwrap_or_default();
                            let bytes = Bytes::copy_from_slice(bytes);
                            self.segment(&segment, &bytes);
                        }
                        Err(Skip::Other | Skip::Link(_)) => self.summary.other += 1,
                        Err(Skip::Fragment) => self.summary.fragments += 1,
                        Err(Skip::Short) => self.summary.short += 1,
                    }
                }
                end => {
                    self.stop = end.and_then(Result::err);
                    self.end();
                    break;
                }
            }
        }
        Some(Batch { events: std::mem::take(&mut self.out.events) })
    }

    fn segment(&mut self, segment: &Segment, bytes: &Bytes) {
        let key = Key::of(segment);
        let opens = segment.syn && !segment.ack;
        if opens && self.flows.get(&key).is_some_and(|flow| flow.begins_anew(segment)) {
            self.drop_flow(&key);
        }
        if !self.flows.contains_key(&key) {
            if self.over.contains(&key) && !opens || bytes.is_empty() && !segment.syn {
                return;
            }
            while self.flows.len() >= FOLLOWED
                && let Some((oldest, number)) = self.begun.pop_front()
            {
                if self.flows.get(&oldest).is_some_and(|flow| flow.number == number) {
                    self.drop_flow(&oldest);
                }
            }
            self.flows_begun += 1;
            self.begun.push_back((key, self.flows_begun));
            self.flows.insert(key, Flow::new(self.flows_begun));
        }
        let Some(flow) = self.flows.get_mut(&key) else { return };
        flow.segment(self.now, segment, bytes, &mut self.out);
        if flow.is_over() {
            self.drop_flow(&key);
            self.over.push_back(key);
            if self.over.len() > REMEMBERED {
                self.over.pop_front();
            }
        }
    }

    fn drop_flow(&mut self, key: &Key) {
        let Some(mut flow) = self.flows.remove(key) else { return };
        let stats = flow.finish(self.now, &mut self.out);
        for one in stats {
            self.summary.out_of_order += one.out_of_order;
            self.summary.repeated += one.repeated;
            self.summary.different += one.different;
            self.summary.lost_bytes += one.lost_bytes;
        }
    }

    /// Ends all connections and emits the summary.
    fn end(&mut self) {
        self.ended = true;
        let mut keys: Vec<(u64, Key)> = self.flows.iter().map(|(key, flow)| (flow.number, *key)).collect();
        keys.sort_unstable_by_key(|(number, _)| *number);
        for (_, key) in keys {
            self.drop_flow(&key);
        }
        let text = self.summary().to_string();
        self.out.emit(self.now, None, None, EventKind::ServerMessage(Severity::Info, text.into()));
        if let Some(stop) = &self.stop {
            self.out.emit(
                self.now,
                None,
                None,
                EventKind::ServerMessage(Severity::Warning, stop.to_string().into()),
            );
        }
    }
}

#[cfg(test)]
mod tests;
