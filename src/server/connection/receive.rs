//! Reading from the socket.

use std::io::{self, ErrorKind, Read};

use bytes::Bytes;

use crate::{
    base::{
        faults::{self, Call},
        stream::{Direction, StreamId},
    },
    server::{output::HIGH_BYTES, protocol::Wants, turn::Turn, upstream::READ_BYTES},
    trace::EventKind,
};

use super::{Connection, State};

/// Whether the poll announces urgent data. Where it does not, a short read never says that the socket is empty.
const ANNOUNCES_URGENT: bool = cfg!(any(target_os = "linux", target_os = "android"));

impl Connection {
    /// Reads once from a socket that was just accepted. Returns whether bytes or the end of the stream arrived, which
    /// are to be served in the next turn.
    pub(in crate::server) fn read_first(&mut self, turn: &mut Turn) -> bool {
        self.can_read = true;
        // The next turn's look at the folder comes after this, as if its poll had announced the bytes.
        self.announced = Some(turn.now);
        let mut budget = turn.share_bytes;
        self.fill(turn, &mut budget)
    }

    /// Reads once. Returns whether bytes or the end of the stream arrived.
    pub(super) fn fill(&mut self, turn: &mut Turn, budget: &mut usize) -> bool {
        if self.deliver_end(turn) {
            return true;
        }
        if !self.can_read || *budget == 0 {
            return false;
        }
        // A relay stops by itself: where neither side read while its output is full, both would wait for ever.
        let is_relay = matches!(self.protocol.next(), Wants::Relay { .. });
        if self.output.queued() >= HIGH_BYTES && !is_relay {
            return false;
        }
        let most = if is_relay { READ_BYTES } else { usize::MAX };
        let received =
            if self.session.is_some() { self.read_encrypted(turn) } else { self.read_plain(turn, most) };
        match received {
            Ok(0) => {
                self.can_read = false;
                if self.session.is_some() {
                    self.on_end_of_encryption(turn);
                } else {
                    self.on_end_of_input(turn);
                }
                true
            }
            Ok(len) => {
                self.last_io = turn.now;
                if self.announced.take() != Some(turn.now) {
                    // A request that arrived later than the turn began finds the folder as it is now.
                    turn.service.look_again();
                }
                *budget = budget.saturating_sub(len);
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.can_read = false;
                false
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            Err(error) => {
                self.fail(&error);
                true
            }
        }
    }

    fn read_plain(&mut self, turn: &mut Turn, most: usize) -> io::Result<usize> {
        let room = turn.room();
        let most = room.len().min(most);
        let len = self.read_socket(&mut room[..most])?;
        if len > 0 {
            let bytes = turn.room().split_to(len).freeze();
            self.take_in(turn, bytes);
        }
        Ok(len)
    }

    /// Reads once from the socket.
    pub(super) fn read_socket(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let most = faults::allow(Call::Read, room.len())?;
        let len = self.socket.read(&mut room[..most])?;
        // A read that did not fill the buffer has emptied the socket, and epoll will report new data. This saves a
        // call that would return `WouldBlock`. An end that was announced together with the data is not announced
        // again, and a read ends early at the mark of urgent data.
        self.can_read = len == most || self.end_announced || self.urgent.is_used || !ANNOUNCES_URGENT;
        Ok(len)
    }

    /// Takes in bytes that arrived.
    pub(super) fn take_in(&mut self, turn: &mut Turn, bytes: Bytes) {
        let stream = StreamId { layer: self.layer(), direction: Direction::Received };
        turn.tracer.read(turn.now, self.id, stream, self.received, &bytes);
        self.received += bytes.len() as u64;
        if matches!(self.state, State::Open) {
            self.input.push(bytes);
        }
    }

    pub(super) fn on_end_of_input(&mut self, turn: &mut Turn) {
        self.half_closed = true;
        turn.tracer.event(turn.now, Some(self.id), None, EventKind::HalfClosed);
        match self.state {
            State::Open => self.call(turn, |protocol, cx| protocol.on_end(cx)),
            State::Lingering { reason, .. } => self.state = State::Gone(reason),
            State::Closing(_) | State::Gone(_) => {}
        }
    }
}
