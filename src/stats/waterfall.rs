//! Exchanges by connection, laid out over time: what waited for what.

use std::{collections::BTreeMap, ops::Range};

use crate::base::stream::{ConnId, ExchangeId, Nanos};

/// Share of the whole time from which on a pause of a connection is told.
const PAUSE_SHARE: u64 = 12;

/// What is known of an exchange.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// The exchange.
    pub id: ExchangeId,
    /// The client's connection.
    pub conn: ConnId,
    /// When the first byte of the request arrived.
    pub began: Nanos,
    /// When the head of the response was there. `None`: it never was, or is not yet.
    pub answered: Option<Nanos>,
    /// When the exchange ended, or the time now.
    pub end: Nanos,
    /// How it goes on after the head of the response.
    pub course: Course,
}

/// How an exchange goes on after the head of its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// A response follows.
    Response,
    /// The exchange has become a WebSocket.
    Tunnel,
    /// The exchange ended before a response was complete.
    Cut,
}

/// An exchange on a lane. The times follow each other without a gap; each may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The exchange.
    pub id: ExchangeId,
    /// The request was there, and the response of the one before was not written whole.
    pub queued: Range<Nanos>,
    /// The request arrives, and its response is made.
    pub working: Range<Nanos>,
    /// The response is written.
    pub sending: Range<Nanos>,
    /// How it goes on after the head of the response.
    pub course: Course,
}

impl Bar {
    /// The whole time.
    #[must_use]
    pub const fn time(&self) -> Range<Nanos> {
        self.queued.start..self.sending.end
    }
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The connection.
    pub conn: ConnId,
    /// Its exchanges, in the order in which they began.
    pub bars: Vec<Bar>,
    /// The times in which nothing was asked on it, if they are long enough to be told.
    pub pauses: Vec<Range<Nanos>>,
}

/// Lanes, and the time that they take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waterfall {
    /// The lanes, in the order of the connections.
    pub lanes: Vec<Lane>,
    /// From the first byte to the last.
    pub time: Range<Nanos>,
}

/// Lays out `pieces`, which are in the order of their numbers. Those before `first` are only asked when they ended.
#[must_use]
pub fn lay_out(pieces: impl Iterator<Item = Piece>, first: ExchangeId) -> Waterfall {
    let mut lanes: BTreeMap<ConnId, Lane> = BTreeMap::new();
    let mut ends: BTreeMap<ConnId, Nanos> = BTreeMap::new();
    for piece in pieces {
        let before = ends.insert(piece.conn, piece.end);
        if piece.id >= first {
            let new = || Lane { conn: piece.conn, bars: Vec::new(), pauses: Vec::new() };
            lanes.entry(piece.conn).or_insert_with(new).bars.push(bar(&piece, before));
        }
    }
    let mut lanes: Vec<Lane> = lanes.into_values().collect();
    let times = || lanes.iter().flat_map(|lane| &lane.bars).map(Bar::time);
    let start = times().map(|time| time.start).min().unwrap_or_default();
    let end = times().map(|time| time.end).max().unwrap_or_default();
    let least = end.saturating_sub(start) / PAUSE_SHARE;
    for lane in &mut lanes {
        let pairs = lane.bars.iter().zip(lane.bars.iter().skip(1));
        let pauses = pairs.map(|(one, next)| one.sending.end..next.queued.start);
        lane.pauses = pauses.filter(|it| it.end.saturating_sub(it.start) > least).collect();
    }
    Waterfall { lanes, time: start..end }
}

/// The bar of an exchange. `before`: when the one before it on its connection ended. `None`: not known.
fn bar(piece: &Piece, before: Option<Nanos>) -> Bar {
    let end = piece.end.max(piece.began);
    let turn = before.unwrap_or_default().clamp(piece.began, end);
    // A response that was made while the one before was still being written has not waited for its turn.
    let answered = piece.answered.unwrap_or(end).clamp(piece.began, end);
    let turn = turn.min(answered);
    Bar {
        id: piece.id,
        queued: piece.began..turn,
        working: turn..answered,
        sending: answered..end,
        course: piece.course,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(id: u64, conn: u64, [began, answered, end]: [u64; 3]) -> Piece {
        Piece {
            id: ExchangeId::nth(id),
            conn: ConnId::nth(conn),
            began: Nanos::new(began),
            answered: Some(Nanos::new(answered)),
            end: Nanos::new(end),
            course: Course::Response,
        }
    }

    fn times(bar: &Bar) -> [u64; 4] {
        [bar.queued.start, bar.working.start, bar.sending.start, bar.sending.end].map(Nanos::get)
    }

    #[test]
    fn a_pipelined_request_waits_for_the_one_before() {
        let pieces = [piece(1, 1, [0, 40, 50]), piece(2, 1, [0, 60, 70]), piece(3, 2, [10, 20, 30])];
        let laid = lay_out(pieces.into_iter(), ExchangeId::FIRST);
        assert_eq!(laid.lanes.len(), 2);
        assert_eq!(times(&laid.lanes[0].bars[0]), [0, 0, 40, 50]);
        assert_eq!(times(&laid.lanes[0].bars[1]), [0, 50, 60, 70]);
        assert_eq!(times(&laid.lanes[1].bars[0]), [10, 10, 20, 30]);
        assert_eq!((laid.time.start.get(), laid.time.end.get()), (0, 70));
        // The one before may stand in an earlier burst.
        let later = lay_out(pieces.into_iter(), ExchangeId::nth(2));
        assert_eq!(times(&later.lanes[0].bars[0]), [0, 50, 60, 70]);
    }

    #[test]
    fn a_long_pause_is_told_and_a_short_one_is_not() {
        let pieces = [piece(1, 1, [0, 5, 10]), piece(2, 1, [12, 15, 20]), piece(3, 1, [80, 90, 100])];
        let laid = lay_out(pieces.into_iter(), ExchangeId::FIRST);
        assert_eq!(laid.lanes[0].pauses, [Nanos::new(20)..Nanos::new(80)]);
    }

    #[test]
    fn what_never_was_answered_works_to_its_end() {
        let cut = Piece { answered: None, course: Course::Cut, ..piece(1, 1, [5, 0, 90]) };
        let laid = lay_out([cut].into_iter(), ExchangeId::FIRST);
        assert_eq!(times(&laid.lanes[0].bars[0]), [5, 5, 90, 90]);
        assert_eq!(lay_out([].into_iter(), ExchangeId::FIRST), Waterfall::default());
    }
}
