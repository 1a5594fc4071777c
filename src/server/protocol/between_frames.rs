//! Finds the places between the frames that pass through a tunnel, so that another frame can be sent there.

use std::{borrow::Cow, collections::VecDeque};

use bytes::Bytes;

use crate::{
    http::{
        Framing,
        forward::{Author, Framer, Origin, Origins},
    },
    server::output::Output,
    websocket::{FrameMachine, Limits, Sender},
    wire::{Event, Machine, Silent},
};

/// Frames that wait for a place at most; more are dropped.
const WAITING_MAX: usize = 64;

/// One direction of a tunnel through which WebSocket frames pass.
#[derive(Debug)]
pub(super) struct BetweenFrames {
    machine: FrameMachine,
    /// Bytes of a part of a frame's head that is not complete. They have been passed on.
    carry: Vec<u8>,
    /// Frames that wait for a place.
    waiting: VecDeque<Vec<u8>>,
}

impl BetweenFrames {
    /// The frames of `sender`, from the first one on.
    pub(super) fn new(sender: Sender) -> Self {
        let limits = Limits { deflate: true, ..Limits::UNLIMITED };
        Self { machine: FrameMachine::new(sender, 0, limits), carry: Vec::new(), waiting: VecDeque::new() }
    }

    /// Passes bytes of the tunnel on, and the frames that wait where there is a place for them.
    pub(super) fn pass(
        &mut self,
        mut content: Bytes,
        at: u64,
        output: &mut Output,
        mut origins: Option<&mut Origins>,
    ) {
        let before = self.carry.len();
        let data = if before == 0 {
            Cow::Borrowed(&content[..])
        } else {
            Cow::Owned([&std::mem::take(&mut self.carry), &content[..]].concat())
        };
        let (mut read, mut places) = (0, Vec::new());
        // A frame that breaks a rule is passed on like any other: its ends judge it.
        while let Ok(step) = self.machine.advance(&data[read..], &mut Silent) {
            read += step.consumed;
            match step.event {
                Event::NeedData => {
                    self.carry = data[read..].to_vec();
                    break;
                }
                Event::End if places.len() < self.waiting.len() => places.push(read - before),
                _ => {}
            }
        }
        drop(data);
        let mut passed = 0;
        let put = |content: Bytes, passed: usize, origins: Option<&mut Origins>, output: &mut Output| {
            let from = at + passed as u64;
            Framer::new(Framing::None).frame(&content, from, |bytes| output.put(bytes), origins);
        };
        for place in places {
            put(content.split_to(place - passed), passed, origins.as_deref_mut(), output);
            passed = place;
            self.send_one(output, origins.as_deref_mut());
        }
        put(content, passed, origins.as_deref_mut(), output);
        self.send_waiting(output, origins);
    }

    /// Sends a frame at the next place.
    pub(super) fn interject(&mut self, frame: &[u8], output: &mut Output, origins: Option<&mut Origins>) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(frame.to_vec());
        }
        self.send_waiting(output, origins);
    }

    /// Sends the frames that wait, if the bytes so far end with a frame.
    fn send_waiting(&mut self, output: &mut Output, mut origins: Option<&mut Origins>) {
        if self.has_place() {
            while self.send_one(output, origins.as_deref_mut()) {}
        }
    }

    /// Whether the bytes so far end with a frame. After a fault nobody knows, and any place will do.
    fn has_place(&self) -> bool {
        (self.machine.is_between_frames() && self.carry.is_empty()) || self.machine.has_failed()
    }

    fn send_one(&mut self, output: &mut Output, origins: Option<&mut Origins>) -> bool {
        let frame = self.waiting.pop_front();
        if let Some(frame) = &frame {
            output.build(|tail| tail.extend_from_slice(frame));
            if let Some(origins) = origins {
                origins.add(frame.len() as u64, Origin::Written(Author::Composer));
            }
        }
        frame.is_some()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::base::stream::Nanos;

    fn written(output: &mut Output) -> Vec<u8> {
        let mut got = Vec::new();
        output.flush(&mut got, Nanos::ZERO, usize::MAX, |_, _, _| {}).unwrap();
        got
    }

    /// Two frames of a server; the other frame is given before the byte at each place.
    #[test]
    fn a_frame_is_sent_between_two_frames_wherever_it_comes() {
        let (first, second) = (&b"\x81\x03one"[..], &b"\x82\x7E\x00\x80"[..]);
        let second = [second, &[7; 128]].concat();
        let stream = [first, &second].concat();
        let other = b"\x89\x00";
        for given in 0..=stream.len() {
            for size in [1, 2, 7, 200] {
                let mut between = BetweenFrames::new(Sender::Server);
                let mut output = Output::default();
                let (head, tail) = stream.split_at(given);
                head.chunks(size)
                    .for_each(|piece| between.pass(Bytes::copy_from_slice(piece), 0, &mut output, None));
                between.interject(other, &mut output, None);
                tail.chunks(size)
                    .for_each(|piece| between.pass(Bytes::copy_from_slice(piece), 0, &mut output, None));
                let expected = match given {
                    0 => [&other[..], first, &second].concat(),
                    _ if given <= first.len() => [first, other, &second].concat(),
                    _ => [first, &second, other].concat(),
                };
                assert_eq!(written(&mut output), expected, "{given} {size}");
            }
        }
    }

    #[test]
    fn what_is_no_frame_passes_unchanged() {
        let mut between = BetweenFrames::new(Sender::Client);
        let mut output = Output::default();
        between.pass(Bytes::from_static(b"\xFF\xFFnot a frame"), 0, &mut output, None);
        between.interject(b"x", &mut output, None);
        assert_eq!(written(&mut output), b"\xFF\xFFnot a framex");
    }
}
