//! The encryption of a connection: between its socket and its input and output.

use std::{io, sync::Arc};

use crate::{
    base::stream::Layer,
    server::{
        tls::{Broken, Session},
        turn::Turn,
        upstream::READ_BYTES,
    },
    trace::{CloseReason, Encryption, EventKind, TlsProblem},
};

use super::{Connection, State};

impl Connection {
    /// The layer of the bytes that the trace is given.
    pub(super) const fn layer(&self) -> Layer {
        if self.session.is_some() { Layer::Plaintext } else { Layer::Wire }
    }

    /// Whether encrypted bytes wait for the socket.
    pub(super) fn is_encrypting(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.is_waiting())
    }

    /// Writes what is encrypted already, as far as the socket takes it. Returns whether any was written.
    pub(super) fn flush_encrypted(&mut self) -> io::Result<bool> {
        let Some(session) = &mut self.session else { return Ok(false) };
        let before = session.bytes();
        session.flush(&mut self.socket)?;
        Ok(session.bytes() != before)
    }

    /// Reads once from the socket, and decrypts.
    pub(super) fn read_encrypted(&mut self, turn: &mut Turn) -> io::Result<usize> {
        let mut block = std::mem::take(&mut turn.encrypted);
        block.resize(READ_BYTES, 0);
        let received = self.read_socket(&mut block);
        if let (Ok(len), State::Open) = (&received, self.state) {
            self.decrypt(turn, &block[..*len]);
        }
        turn.encrypted = block;
        received
    }

    fn decrypt(&mut self, turn: &mut Turn, mut encrypted: &[u8]) {
        let Some(mut session) = self.session.take() else { return };
        let mut filled = 0;
        while !encrypted.is_empty() {
            session.feed(&mut encrypted);
            loop {
                let room = turn.room();
                let len = session.read(&mut room[filled..]);
                filled += len;
                if filled == room.len() || (len == 0 && filled > 0 && encrypted.is_empty()) {
                    let bytes = room.split_to(std::mem::take(&mut filled)).freeze();
                    self.session = Some(session);
                    self.take_in(turn, bytes);
                    let Some(taken) = self.session.take() else { return };
                    session = taken;
                }
                if len == 0 {
                    break;
                }
            }
        }
        self.session = Some(session);
        self.report_handshake(turn, None);
    }

    /// Delivers the end of what was decrypted, or the failure, once the protocol has taken all that came before.
    /// Returns whether there was one.
    pub(super) fn deliver_end(&mut self, turn: &mut Turn) -> bool {
        let Some(session) = self.session.as_mut().filter(|_| matches!(self.state, State::Open)) else {
            return false;
        };
        if let Some(error) = session.take_failure() {
            self.break_off(turn, &Broken::Tls(error));
            return true;
        }
        let ends = session.has_ended() && !self.half_closed;
        if ends {
            self.on_end_of_input(turn);
        }
        ends
    }

    /// Handles the end of the socket's stream, which may lie before the end of what is inside.
    pub(super) fn on_end_of_encryption(&mut self, turn: &mut Turn) {
        let is_shaking = self.session.as_ref().is_some_and(|session| session.is_shaking_hands());
        match self.state {
            State::Open if is_shaking => self.break_off(turn, &Broken::Ended(TlsProblem::Ended)),
            State::Open if !self.half_closed => {
                self.half_closed = true;
                turn.tracer.event(turn.now, Some(self.id), None, EventKind::HalfClosed);
                self.call(turn, |protocol, cx| protocol.on_cut_off(cx));
            }
            State::Lingering { reason, .. } => self.state = State::Gone(reason),
            State::Open | State::Closing(_) | State::Gone(_) => {}
        }
    }

    /// Ends a connection whose encryption failed.
    fn break_off(&mut self, turn: &mut Turn, broken: &Broken) {
        // The alert that says why. If the socket does not take it, the other end does without.
        let _ = self.flush_encrypted();
        if self.report_handshake(turn, Some(broken)) {
            return;
        }
        if let Broken::Tls(error) = broken {
            let words = Session::in_words(error);
            self.call(turn, |protocol, cx| protocol.on_encryption_failed(cx, &words));
        }
    }

    /// Reports the end of the handshake, once. `broken`: what failed. Returns whether it was reported now.
    pub(super) fn report_handshake(&mut self, turn: &mut Turn, broken: Option<&Broken>) -> bool {
        let now = turn.clock.now();
        let handshake = self.session.as_mut().and_then(|session| session.report(broken, now));
        let Some(handshake) = handshake.map(Arc::new) else { return false };
        let encryption = Encryption { handshake: Arc::clone(&handshake), is_reused: false };
        let kind = EventKind::Encrypted(Box::new(encryption));
        turn.event_now(self.id, self.protocol.exchange(), kind);
        self.call(turn, |protocol, cx| protocol.on_handshake(cx, &handshake));
        true
    }

    /// Reports a handshake that is not over when the connection ends. Returns whether there is one.
    pub(super) fn give_handshake_up(&mut self, turn: &mut Turn, reason: CloseReason) -> bool {
        let problem = match reason {
            CloseReason::Reset | CloseReason::Failed => TlsProblem::Reset,
            CloseReason::Timeout(_) => TlsProblem::TimedOut,
            _ => return false,
        };
        let is_shaking = self.session.as_ref().is_some_and(|session| session.is_shaking_hands());
        is_shaking && !self.is_connecting && self.report_handshake(turn, Some(&Broken::Ended(problem)))
    }
}
