//! Plays a row over a real socket.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use byteglass::{
    lab::script::Step,
    testing::{Arrival, Client, PATIENCE},
};

use super::expect::{self, Seen};
use crate::strict;

/// Silence of this length counts as "nothing more": only where a row says that nothing may come.
const QUIET: Duration = Duration::from_millis(250);
/// A request that every connection in order answers.
const NEXT: &[u8] = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// One client.
struct Player<'a> {
    client: Client,
    expect: &'a str,
    methods: Vec<String>,
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
    let client = Client::connect(address);
    let port = client.port();
    let mut player = Player { client, expect, methods: expect::methods(expect), ended: false };
    let mut early = None;
    for step in steps {
        match step {
            Step::Send(bytes) => player.send(bytes),
            Step::Fin => _ = player.client.end(),
            Step::Wait(ms) => {
                player.listen(Duration::from_millis(*ms), |_| false);
                early = early.or(Some(!player.client.received.is_empty()));
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
        let deadline = Instant::now() + PATIENCE;
        while !bytes.is_empty() && !self.ended && Instant::now() < deadline {
            let sent = self.client.send_some(bytes);
            bytes = &bytes[sent..];
            if sent == 0 {
                self.listen(Duration::from_millis(5), |_| false);
            }
        }
    }

    /// Reads until the server ends, `enough` is there, or so much time is over.
    fn listen(&mut self, time: Duration, enough: impl Fn(&[u8]) -> bool) {
        let deadline = Instant::now() + time;
        while !self.ended && !enough(&self.client.received) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            match self.client.receive(left) {
                Arrival::Bytes => {}
                Arrival::Nothing => return,
                Arrival::End | Arrival::Broken(_) => self.ended = true,
            }
        }
    }

    /// Reads until there are so many final responses.
    fn listen_for(&mut self, finals: usize, time: Duration) {
        let methods = self.methods.clone();
        self.listen(time, |got| count_finals(got, &methods) >= finals);
    }

    fn finish(mut self) -> Result<Seen, String> {
        let mentions = |word| expect::mentions(self.expect, word);
        let (may_be_silent, closes, keeps) = (mentions("wait"), mentions("close"), mentions("keep"));
        let patience = if may_be_silent { QUIET } else { PATIENCE };
        self.listen_for(expect::responses(self.expect), patience);
        if closes {
            self.listen(PATIENCE, |_| false);
        } else if self.expect.contains(";n") {
            self.listen(QUIET, |_| false);
        }
        let mut kept = None;
        if keeps {
            let before = count_finals(&self.client.received, &self.methods);
            self.send(NEXT);
            self.listen_for(before.saturating_add(1), PATIENCE);
            let after = count_finals(&self.client.received, &self.methods);
            kept = Some(!self.ended && after == before + 1);
        }
        let got = &self.client.received;
        if got.is_empty() && !self.ended && !may_be_silent {
            return Err("no answer".to_owned());
        }
        // An end in mid-response is an error of the server, unless it was reset by it on purpose.
        let is_cut = ["rest=", ";cut"].iter().any(|flag| self.expect.contains(flag));
        let read = strict::read(got, &self.methods, self.ended && !is_cut)?;
        let mut messages = read.messages;
        if kept == Some(true) {
            messages.pop();
        }
        Ok(Seen { messages, rest: read.rest.len(), ended: self.ended, early: None, kept })
    }
}

/// How many final responses there are. More than any number where one is wrong: that is said at the end, and is
/// not worth waiting any longer.
fn count_finals(bytes: &[u8], methods: &[String]) -> usize {
    let read = strict::read(bytes, methods, false);
    read.map_or(usize::MAX, |read| read.messages.iter().filter(|message| !message.is_interim()).count())
}
