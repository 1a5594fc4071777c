//! One copy: a connection, the bytes of the request, and what comes back until the response is complete.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr},
    time::{Duration, Instant},
};

use bytes::{Buf, Bytes};
use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::{
    base::{
        faults::{self, Call},
        task::Task,
    },
    http::{Limits, ResponseMachine, Status},
    server::{announced::Announced, connection::reset_when_dropped},
    trace::ProtocolKind,
    wire::{Event, Machine, Silent},
};

use super::{AgainError, Copies, Ending};

/// The longest head of a response that is read as one; behind a longer one everything is read until close.
const LIMITS: Limits = Limits { head_bytes: 1024 * 1024, ..Limits::UNLIMITED };
/// Bytes that are read at once.
const BLOCK: usize = 64 * 1024;
/// Interval at which the sender looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(50);
/// Time within which the event loop takes a connection up.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);

/// Makes connections and watches them, one at a time.
pub(super) struct Caller {
    poll: Poll,
    events: Events,
    block: Vec<u8>,
}

/// What is read back.
struct Response {
    /// `None`: where the response ends is not known, so everything is read until close.
    machine: Option<ResponseMachine>,
    /// Bytes that the machine has not consumed.
    unread: Vec<u8>,
}

impl Caller {
    /// # Errors
    /// The system has no means to watch connections.
    pub(super) fn new() -> io::Result<Self> {
        let poll = faults::pass(Call::Register).and_then(|()| Poll::new())?;
        Ok(Self { poll, events: Events::with_capacity(8), block: vec![0; BLOCK] })
    }

    /// Sends one copy, and reads until its response is complete.
    ///
    /// # Errors
    /// The connection could not be made or watched, it is not one to this server, or `task` was cancelled.
    pub(super) fn send(
        &mut self,
        copies: &Copies,
        address: SocketAddr,
        announced: &Announced,
        task: &Task,
        deadline: Instant,
    ) -> Result<Ending, AgainError> {
        let connect = || {
            let socket = faults::pass(Call::Connect).and_then(|()| TcpStream::connect(address))?;
            let own = faults::pass(Call::Prepare).and_then(|()| socket.local_addr())?;
            Ok((socket, own))
        };
        let (mut socket, own) =
            announced.connect(copies.again, connect).map_err(|error| AgainError::Connect(address, error))?;
        // Another program may listen there by now. It gets a connection, and not one byte.
        let until = deadline.min(Instant::now() + TAKEN_WITHIN);
        while !announced.wait_taken(own, LOOK) {
            let failed = match socket.take_error() {
                Ok(Some(error)) => AgainError::Connect(address, error),
                _ if task.cancelled() => AgainError::Cancelled,
                _ if Instant::now() >= until => AgainError::NotTaken(address),
                _ => continue,
            };
            announced.forget(own);
            return Err(failed);
        }
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        faults::pass(Call::Register)
            .and_then(|()| registry.register(&mut socket, Token(0), interest))
            .map_err(AgainError::Failed)?;
        let ending = self.converse(&mut socket, copies, task, deadline);
        if matches!(ending, Ok(Ending::Unended(_)) | Err(_)) {
            // A server that only waits notices a reset, and not the end of the other side.
            reset_when_dropped(&socket);
        }
        // Dropping the socket ends the watch as well.
        let _ = faults::pass(Call::Deregister).and_then(|()| self.poll.registry().deregister(&mut socket));
        ending
    }

    fn converse(
        &mut self,
        socket: &mut TcpStream,
        copies: &Copies,
        task: &Task,
        deadline: Instant,
    ) -> Result<Ending, AgainError> {
        let mut unsent = Some(copies.bytes.iter().cloned());
        let mut piece = Bytes::new();
        let mut response = Response::to(copies);
        loop {
            if task.cancelled() {
                return Err(AgainError::Cancelled);
            }
            if let Some(pieces) = &mut unsent
                && write_all(socket, &mut piece, pieces)
            {
                unsent = None;
                // A request that breaks off, and a protocol whose replies have no marked end.
                if !copies.is_complete || response.machine.is_none() {
                    let _ = faults::pass(Call::Shutdown).and_then(|()| socket.shutdown(Shutdown::Write));
                }
            }
            if let Some(ending) = self.read(socket, &mut response) {
                return Ok(ending);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Ending::Unended(copies.patience));
            }
            let polled = faults::pass(Call::Poll)
                .and_then(|()| self.poll.poll(&mut self.events, Some(left.min(LOOK))));
            if let Err(error) = polled
                && error.kind() != ErrorKind::Interrupted
            {
                return Err(AgainError::Failed(error));
            }
        }
    }

    /// Reads what has arrived. `None`: more is to come.
    fn read(&mut self, socket: &mut TcpStream, response: &mut Response) -> Option<Ending> {
        loop {
            let room = faults::allow(Call::Read, self.block.len());
            match room.and_then(|room| socket.read(&mut self.block[..room])) {
                Ok(0) => return Some(response.end()),
                Ok(len) => {
                    if let Some(ending) = response.take(&self.block[..len]) {
                        return Some(ending);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // The server reset the connection: what came before it is all there is.
                Err(_) => return Some(response.end()),
            }
        }
    }
}

impl Response {
    fn to(copies: &Copies) -> Self {
        let machine = (copies.protocol == ProtocolKind::Http).then(|| {
            let mut machine = ResponseMachine::strict(LIMITS);
            machine.answers(copies.method);
            machine
        });
        Self { machine, unread: Vec::new() }
    }

    /// Takes bytes. `None`: more is to come.
    fn take(&mut self, bytes: &[u8]) -> Option<Ending> {
        self.unread.extend_from_slice(bytes);
        let mut at = 0;
        let ending = loop {
            let Some(machine) = &mut self.machine else {
                at = self.unread.len();
                break None;
            };
            match machine.advance(&self.unread[at..], &mut Silent) {
                Ok(step) => {
                    at += step.consumed;
                    match step.event {
                        Event::NeedData => break None,
                        Event::Head if machine.head().status == Status(101) => break Some(Ending::Switched),
                        Event::End => break Some(Ending::Complete),
                        Event::Head | Event::Body(_) => {}
                    }
                }
                Err(_) => self.machine = None,
            }
        };
        self.unread.drain(..at);
        ending
    }

    /// How the copy ended, since the server has finished sending.
    fn end(&mut self) -> Ending {
        let is_complete = match &mut self.machine {
            // A body that lasts until close (RFC 9112 §6.3) is complete by now.
            Some(machine) => machine.end_of_input(&mut Silent).is_ok() && machine.offset() > 0,
            None => true,
        };
        if is_complete { Ending::Complete } else { Ending::Closed }
    }
}

/// Writes as much as the socket takes. Returns whether nothing is left, or nothing more will be taken: the server may
/// have answered already, and what it said is still to be read.
fn write_all(socket: &mut TcpStream, piece: &mut Bytes, pieces: &mut impl Iterator<Item = Bytes>) -> bool {
    loop {
        if piece.is_empty() {
            match pieces.next() {
                Some(next) => *piece = next,
                None => return true,
            }
            continue;
        }
        let room = faults::allow(Call::Write, piece.len());
        match room.and_then(|room| socket.write(&piece[..room])) {
            Ok(len) => piece.advance(len),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return true,
        }
    }
}
