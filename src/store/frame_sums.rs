//! What is kept of the frames of an exchange that has become a WebSocket, for its row and for filters.

use crate::websocket::Opcode;

use super::frames::SeenFrame;

/// Bytes of messages that are kept at most. Of more, the older half leaves.
const TEXT_BYTES: usize = 64 * 1024;
/// The character after each message. A message that has it itself is not kept here.
const SEPARATOR: char = '\0';

/// How many frames there were, and which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCounts {
    /// Number of complete frames, both directions together.
    pub frames: u64,
    /// The bit `1 << bits` of each opcode that a frame had.
    opcodes: u16,
    /// Whether there may have been more, since bytes were left out.
    pub has_gap: bool,
}

impl FrameCounts {
    /// Whether a frame had this opcode.
    #[must_use]
    pub const fn has(&self, opcode: Opcode) -> bool {
        self.opcodes & 1 << opcode.bits() != 0
    }
}

/// The counts, and the text of the messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameSums {
    /// The counts.
    pub counts: FrameCounts,
    text: String,
    /// Bytes that left `text`.
    left_bytes: u64,
    /// What came of the messages that are not complete, in the order of [`Direction::ALL`].
    ///
    /// [`Direction::ALL`]: crate::base::stream::Direction::ALL
    begun: [Vec<u8>; 2],
    /// Whether a part of such a message was not kept, so that the message is not.
    is_cut: [bool; 2],
    /// Whether a message is not in `text`, or not as it was.
    lacks: bool,
}

/// The text messages of a WebSocket that are in memory without their frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Messages<'a> {
    /// The latest complete ones, with U+0000 between them.
    text: &'a str,
    /// Bytes of texts before `text`.
    pub left_bytes: u64,
    /// Whether there are no others.
    pub are_all: bool,
}

impl<'a> Messages<'a> {
    /// The messages.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.text.split(SEPARATOR).filter(|text| !text.is_empty())
    }

    /// Bytes of all texts so far, those that have left included.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.left_bytes + self.text.len() as u64
    }
}

impl FrameSums {
    /// Takes a frame in.
    pub(super) fn add(&mut self, frame: &SeenFrame<'_>) {
        self.counts.frames += 1;
        self.counts.opcodes |= 1 << frame.head.opcode.bits();
        if !frame.is_text {
            return;
        }
        let index = frame.direction.index();
        let (begun, is_cut) = (&mut self.begun[index], &mut self.is_cut[index]);
        let is_whole = !frame.is_compressed && frame.head.length == frame.payload.len() as u64;
        *is_cut |= !is_whole || begun.len() + frame.payload.len() > TEXT_BYTES / 2;
        if *is_cut {
            self.lacks = true;
        } else {
            begun.extend_from_slice(frame.payload);
        }
        if frame.head.fin {
            let message = std::mem::take(begun);
            if !std::mem::take(is_cut) {
                self.add_message(&message);
            }
        }
    }

    fn add_message(&mut self, message: &[u8]) {
        match str::from_utf8(message) {
            Ok(text) if !text.contains(SEPARATOR) => {
                self.text.push_str(text);
                self.text.push(SEPARATOR);
            }
            _ => self.lacks = true,
        }
        if self.text.len() > TEXT_BYTES {
            let half = self.text.ceil_char_boundary(self.text.len() / 2);
            let from = self.text[half..].find(SEPARATOR).map_or(half, |index| half + index + 1);
            self.text.drain(..from);
            self.left_bytes += from as u64;
        }
    }

    /// The messages, as far as they are kept.
    pub(super) fn messages(&self) -> Messages<'_> {
        let are_begun = self.begun.iter().any(|begun| !begun.is_empty());
        let are_all = self.left_bytes == 0 && !self.lacks && !self.counts.has_gap && !are_begun;
        Messages { text: &self.text, left_bytes: self.left_bytes, are_all }
    }

    /// Bytes of memory.
    pub(super) fn heap_bytes(&self) -> usize {
        let begun: usize = self.begun.iter().map(Vec::capacity).sum();
        size_of::<Self>() + self.text.capacity() + begun
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        base::stream::{Direction, ExchangeId},
        websocket::Frame,
    };

    use super::*;

    fn add(sums: &mut FrameSums, direction: Direction, opcode: Opcode, fin: bool, payload: &[u8]) {
        let length = payload.len() as u64;
        let head = Frame { start: 0, payload: 2, length, fin, rsv: 0, opcode, mask: None };
        let exchange = ExchangeId::FIRST;
        sums.add(&SeenFrame { exchange, direction, head, payload, is_text: true, is_compressed: false });
    }

    fn texts(sums: &FrameSums) -> (Vec<&str>, bool) {
        (sums.messages().iter().collect(), sums.messages().are_all)
    }

    #[test]
    fn a_message_in_fragments_is_one_text_whatever_comes_between_them() {
        let mut sums = FrameSums::default();
        add(&mut sums, Direction::Received, Opcode::Text, false, "one \u{e9}".as_bytes().split_at(5).0);
        add(&mut sums, Direction::Sent, Opcode::Text, true, b"other");
        assert_eq!(texts(&sums), (vec!["other"], false), "one is not complete");
        add(&mut sums, Direction::Received, Opcode::Continuation, true, &"\u{e9}".as_bytes()[1..]);
        add(&mut sums, Direction::Received, Opcode::Text, true, b"three");
        assert_eq!(texts(&sums), (vec!["other", "one \u{e9}", "three"], true));
        assert!(sums.counts.has(Opcode::Continuation) && !sums.counts.has(Opcode::Binary));
    }

    #[test]
    fn what_is_not_kept_as_it_was_is_told() {
        let long = vec![b'a'; TEXT_BYTES];
        for message in [&b"a\0b"[..], b"\xff", &long] {
            let mut sums = FrameSums::default();
            add(&mut sums, Direction::Sent, Opcode::Text, true, b"before");
            assert_eq!(texts(&sums), (vec!["before"], true));
            add(&mut sums, Direction::Sent, Opcode::Text, true, message);
            assert_eq!(texts(&sums), (vec!["before"], false));
        }
    }

    #[test]
    fn what_stands_on_both_sides_of_a_part_that_was_not_kept_is_no_text() {
        let mut sums = FrameSums::default();
        add(&mut sums, Direction::Sent, Opcode::Text, false, b"a");
        add(&mut sums, Direction::Sent, Opcode::Continuation, false, &vec![b'x'; TEXT_BYTES]);
        add(&mut sums, Direction::Sent, Opcode::Continuation, true, b"b");
        add(&mut sums, Direction::Sent, Opcode::Text, true, b"after");
        assert_eq!(texts(&sums), (vec!["after"], false));
    }

    #[test]
    fn of_too_much_text_the_latest_whole_messages_stay() {
        let mut sums = FrameSums::default();
        for number in 0..2_000 {
            add(&mut sums, Direction::Sent, Opcode::Text, true, format!("{number:099}é").as_bytes());
        }
        assert_eq!(sums.counts.frames, 2_000);
        assert!(sums.heap_bytes() < 4 * TEXT_BYTES);
        let (kept, are_all) = texts(&sums);
        assert!(kept.len() > 300 && kept.iter().all(|text| text.chars().count() == 100), "{}", kept.len());
        assert!(kept.last().is_some_and(|text| text.ends_with("1999é")) && !are_all);
        assert_eq!(sums.messages().end(), 2_000 * 102);
    }
}
