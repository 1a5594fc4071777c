//! Turns a capture of packets by another program (tcpdump, Wireshark) into the events that the server itself would
//! have given: reads are the client's segments in order, writes the server's.
//!
//! In reading order: `frame` finds the TCP segment in a packet, `tcp` puts the segments of one direction in
//! order, `flow` those of both directions, `spoken` tells HTTP/1 from other protocols, `http` finds requests and
//! responses.

pub mod file;
mod flow;
mod frame;
mod http;
mod link;
mod sink;
pub mod spoken;
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
    words::{plural, plural_is},
};
use file::{Packets, Stop};
use flow::{Flow, Key, Reached};
use frame::{Segment, Skip};
use sink::EventSink;
use spoken::Spoken;

/// Upper bound on the packets of a batch.
const PACKETS: usize = 256;
/// Number of finished connections that are remembered, so that late repetitions are recognised.
const REMEMBERED: usize = 4_096;
/// Upper bound on link types that are named.
const LINKS_TOLD: usize = 8;
/// A packet that is earlier than the one before it by more than this, in nanoseconds, begins another recording.
const STEP_NANOS: i128 = 1_000_000_000;
/// Upper bound on connections that are followed at once; beyond it, the oldest one is given up.
const FOLLOWED: usize = 65_536;

/// Statistics of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Packets, of any kind.
    pub packets: u64,
    /// Packets without a TCP segment.
    pub other: u64,
    /// Packets of link types that are not read.
    pub unknown_links: u64,
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
    /// Segments with bytes that repeat some of a connection that was over.
    pub after_end: u64,
    /// Times of packets that lie more than a second before the packet that stands before them.
    pub steps_back: u64,
    /// Connections of each other protocol, in the order of `Spoken::ALL`.
    pub spoken: [u64; Spoken::ALL.len()],
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (packets, connections) = (plural(self.packets, "packet"), plural(self.connections, "connection"));
        write!(f, "{packets}, {connections} with HTTP/1, {}", plural(self.exchanges, "exchange"))?;
        for (spoken, number) in Spoken::ALL.iter().zip(self.spoken).filter(|(_, number)| *number > 0) {
            write!(f, ", {} of {}", plural(number, "connection"), spoken.facts().name)?;
        }
        for (number, thing, what) in [
            (self.other, "packet", " of something else"),
            (self.unknown_links, "packet", " of link types that are not read"),
            (self.fragments, "fragment", " not put together"),
            (self.short, "packet", " cut too short"),
            (self.out_of_order, "segment", " late in the file"),
            (self.repeated, "segment", " sent again"),
            (self.different, "segment", " sent again with other bytes"),
            (self.lost_bytes, "byte", " not in the capture"),
            (self.after_end, "segment", " after the end of a connection"),
            (self.steps_back, "step", " back in time"),
        ] {
            if number > 0 {
                write!(f, ", {}{what}", plural(number, thing))?;
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
    /// How far finished connections came, and the order in which they ended.
    over: HashMap<Key, Reached>,
    ended_keys: VecDeque<Key>,
    out: EventSink,
    /// What 0 of the events is, in nanoseconds since 1970. `None`: no packet was read yet.
    base: Option<i128>,
    now: Nanos,
    flows_begun: u64,
    summary: Summary,
    /// The first link types that are not read.
    links: Vec<u16>,
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
            over: HashMap::new(),
            ended_keys: VecDeque::new(),
            out: EventSink::default(),
            base: None,
            now: Nanos::ZERO,
            flows_begun: 0,
            summary: Summary::default(),
            links: Vec::new(),
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
        let EventSink { connections, exchanges, spoken, .. } = self.out;
        Summary { connections, exchanges, spoken, ..self.summary }
    }

    /// What of a file in which HTTP/1 was found could not be read, in one sentence without a capital and a full stop.
    /// `None`: all packets are of link types that are read.
    #[must_use]
    pub fn unread(&self) -> Option<String> {
        let number = self.summary.unknown_links;
        (number > 0).then(|| format!("{} {}", plural_is(number, "packet"), self.unread_links()))
    }

    /// `of link type 105 (IEEE 802.11), which is not read`.
    fn unread_links(&self) -> String {
        let links: Vec<String> = self.links.iter().map(|number| link::named(*number)).collect();
        match &links[..] {
            [one] => format!("of link type {one}, which is not read"),
            several => format!("of the link types {}, which are not read", several.join(", ")),
        }
    }

    /// Why nothing of HTTP/1 was found in a file that was read to its end, in one sentence. `None`: something was.
    #[must_use]
    pub fn nothing(&self) -> Option<String> {
        let Summary { packets, exchanges, unknown_links, spoken, .. } = self.summary();
        if exchanges > 0 || self.stop.is_some() {
            return None;
        }
        if packets > 0 && unknown_links == packets {
            return Some(format!("its packets are {}", self.unread_links()));
        }
        let others = Spoken::ALL.iter().zip(spoken).filter(|(_, number)| *number > 0);
        let others: Vec<&str> = others.map(|(spoken, _)| spoken.facts().name).collect();
        let spoken = if others.is_empty() {
            String::new()
        } else {
            format!(": its connections speak {}", others.join(", "))
        };
        let unread = self.unread().map(|unread| format!("; {unread}")).unwrap_or_default();
        Some(format!("there is no HTTP/1 in this capture{spoken}{unread}"))
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
                    let nanos = packet.nanos;
                    let found = frame::segment(&packet).map(|segment| {
                        let bytes = packet.data.get(segment.payload.clone()).unwrap_or_default();
                        let bytes = Bytes::copy_from_slice(bytes);
                        (segment, bytes)
                    });
                    self.tick(nanos);
                    match found {
                        Ok((segment, bytes)) => self.segment(&segment, &bytes),
                        Err(Skip::Other) => self.summary.other += 1,
                        Err(Skip::Link(number)) => {
                            self.summary.unknown_links += 1;
                            if self.links.len() < LINKS_TOLD && !self.links.contains(&number) {
                                self.links.push(number);
                            }
                        }
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

    /// Sets the time to that of a packet, in nanoseconds since 1970. The clock of the events never goes back: where the
    /// file does, as one does that was put together from several, what the clock means changes.
    fn tick(&mut self, nanos: u64) {
        let wall = i128::from(nanos);
        let Some(base) = self.base else {
            self.base = Some(wall);
            let epoch = UNIX_EPOCH + Duration::from_nanos(nanos);
            return self.out.emit(Nanos::ZERO, None, None, EventKind::Epoch(epoch));
        };
        // Packets of several interfaces may be slightly out of order.
        let late = i128::from(self.now.get()) + base - wall;
        if late > STEP_NANOS {
            self.summary.steps_back += 1;
            self.now = Nanos::new(self.now.get() + 1);
            let base = wall - i128::from(self.now.get());
            self.base = Some(base);
            let ago = Duration::from_nanos(self.now.get());
            let epoch = UNIX_EPOCH + Duration::from_nanos(nanos);
            let epoch = epoch.checked_sub(ago).unwrap_or(UNIX_EPOCH);
            self.out.emit(self.now, None, None, EventKind::Epoch(epoch));
        } else {
            self.now = self.now.max(Nanos::new(u64::try_from(wall - base).unwrap_or(0)));
        }
    }

    fn segment(&mut self, segment: &Segment, bytes: &Bytes) {
        let key = Key::of(segment);
        let opens = segment.syn && segment.ack.is_none();
        if opens && self.flows.get(&key).is_some_and(|flow| flow.begins_anew(segment)) {
            self.drop_flow(&key);
        }
        if !self.flows.contains_key(&key) {
            if bytes.is_empty() && !segment.syn {
                return;
            }
            if !opens && self.over.get(&key).is_some_and(|reached| !reached.lacks(segment)) {
                self.summary.after_end += u64::from(!bytes.is_empty());
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
            self.flows.insert(key, Flow::new(key, self.flows_begun, self.now));
        }
        let Some(flow) = self.flows.get_mut(&key) else { return };
        flow.segment(self.now, segment, bytes, &mut self.out);
        if flow.is_over() {
            if self.over.insert(key, flow.reached()).is_none() {
                self.ended_keys.push_back(key);
            }
            self.drop_flow(&key);
            if self.ended_keys.len() > REMEMBERED
                && let Some(oldest) = self.ended_keys.pop_front()
            {
                self.over.remove(&oldest);
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
