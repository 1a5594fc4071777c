//! Plays a row over a real socket.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use byteglass::{
    lab::script::Step,
    testing::{Client, PATIENCE},
};

use super::expect::{self, Seen};
use crate::strict;

/// Silence of this length counts as "nothing more": only where a row says that nothing may come.
const QUIET: Duration = Duration::from_millis(250);
/// A request that every connection in order answers.
const NEXT: &[u8] = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// One client.
struct Player<'a> {
    socket: TcpStream,
    expect: &'a str,
    methods: Vec<String>,
    got: Vec<u8>,
    ended: bool,
}

/// What came of a row.
pub(super) struct Played {
    pub seen: Seen,
    /// The client's port: by it the connection is found in the capture.
    pub port: u16,
}

/// Does what the row says and reads what comes.
///
/// # Errors
/// What a strict client may not take, or that nothing came at all.
pub(super) fn play(address: SocketAddr, steps: &[Step], expect: &str) -> Result<Played, String> {
    let socket = Client::connect(address).socket;
    let port = socket.local_addr().unwrap().port();
    let methods = expect::methods(expect);
    let mut player = Player { socket, expect, methods, got: Vec::new(), ended: false };
    let mut early = None;
    for step in steps {
        match step {
            Step::Send(bytes) => player.send(bytes),
            Step::Fin => drop(player.socket.shutdown(Shutdown::Write)),
            Step::Wait(ms) => {
                player.listen(Duration::from_millis(*ms), |_| false);
                early = early.or(Some(!player.got.is_empty()));
            }
            Step::Idle => {
                player.listen(PATIENCE, |_| false);
            }
        }
    }
    let mut seen = player.finish()?;
    seen.early = early;
    Ok(Played { seen, port })
}

impl Player<'_> {
    /// Sends, and reads meanwhile, so that neither side waits for the other for ever.
    fn send(&mut self, mut bytes: &[u8]) {
        self.socket.set_nonblocking(true).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !bytes.is_empty() && !self.ended && Instant::now() < deadline {
            match self.socket.write(bytes) {
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.listen(Duration::from_millis(5), |_| false);
                    self.socket.set_nonblocking(true).unwrap();
                }
                // The server hung up: what it said before is still to be read.
                Err(_) => break,
            }
        }
    }

    /// Reads until the server ends, `enough` is there, or so much time is over.
    fn listen(&mut self, time: Duration, enough: impl Fn(&[u8]) -> bool) {
        self.socket.set_nonblocking(false).unwrap();
        let deadline = Instant::now() + time;
        let mut block = vec![0; 256 * 1024];
        while !self.ended && !enough(&self.got) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            self.socket.set_read_timeout(Some(left)).unwrap();
            match self.socket.read(&mut block) {
                Ok(0) => self.ended = true,
                Ok(len) => self.got.extend_from_slice(&block[..len]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return,
                Err(_) => self.ended = true,
            }
        }
    }

    fn finals(&self, bytes: &[u8], ended: bool) -> usize {
        let read = strict::read(bytes, &self.methods, ended);
        // What is wrong is said at the end; it is not worth waiting any longer.
        read.map_or(usize::MAX, |read| read.messages.iter().filter(|message| !message.is_interim()).count())
    }

    fn finish(mut self) -> Result<Seen, String> {
        let wanted = expect::responses(self.expect);
        let mentions = |word| expect::mentions(self.expect, word);
        let may_be_silent = mentions("wait");
        let patience = if may_be_silent { QUIET } else { PATIENCE };
        let (methods, expect) = (self.methods.clone(), self.expect);
        self.listen(patience, |got| {
            let read = strict::read(got, &methods, false);
            read.map_or(true, |read| read.messages.iter().filter(|one| !one.is_interim()).count() >= wanted)
        });
        if mentions("close") {
            self.listen(PATIENCE, |_| false);
        } else if expect.contains(";n") {
            self.listen(QUIET, |_| false);
        }
        let mut kept = None;
        if mentions("keep") {
            let before = self.finals(&self.got, self.ended);
            self.send(NEXT);
            let methods = self.methods.clone();
            self.listen(PATIENCE, |got| {
                let read = strict::read(got, &methods, false);
                read.map_or(true, |read| {
                    read.messages.iter().filter(|one| !one.is_interim()).count() > before
                })
            });
            kept = Some(!self.ended && self.finals(&self.got, false) == before + 1);
        }
        if self.got.is_empty() && !self.ended && !may_be_silent {
            return Err("no answer".to_owned());
        }
        // An end in mid-response is an error of the server, unless it was reset by it on purpose.
        let read = strict::read(&self.got, &self.methods, self.ended)?;
        let mut messages = read.messages;
        if kept == Some(true) {
            messages.pop();
        }
        Ok(Seen { messages, rest: read.rest.len(), ended: self.ended, early: None, kept })
    }
}
