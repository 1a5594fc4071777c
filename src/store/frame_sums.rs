//! What is kept of the frames of an exchange that has become a WebSocket, for its row and for filters.

use crate::websocket::Opcode;

use super::frames::SeenFrame;

/// Bytes of messages that are kept at most. Of more, the older half leaves.
const TEXT_BYTES: usize = 64 * 1024;
/// The character between two messages. A text frame may hold it too, which then counts as two.
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
}

impl FrameSums {
    /// Takes a frame in.
    pub(super) fn add(&mut self, frame: &SeenFrame<'_>) {
        self.counts.frames += 1;
        self.counts.opcodes |= 1 << frame.head.opcode.bits();
        if !frame.is_text {
            return;
        }
        if frame.head.opcode == Opcode::Text && !self.text.is_empty() {
            self.text.push(SEPARATOR);
        }
        self.text.push_str(&String::from_utf8_lossy(frame.payload));
        if self.text.len() > TEXT_BYTES {
            let half = self.text.ceil_char_boundary(self.text.len() / 2);
            let from = self.text[half..].find(SEPARATOR).map_or(half, |index| half + index + 1);
            self.text.drain(..from);
        }
    }

    /// The text of the messages, as far as it is kept.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Bytes of memory.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.text.capacity()
    }
}

/// The messages in a text of [`FrameSums`].
pub(super) fn messages(text: &str) -> impl Iterator<Item = &str> {
    text.split(SEPARATOR)
}

#[cfg(test)]
mod tests {
    use crate::{
        base::stream::{Direction, ExchangeId},
        websocket::Frame,
    };

    use super::*;

    fn add(sums: &mut FrameSums, opcode: Opcode, payload: &[u8]) {
        let length = payload.len() as u64;
        let head = Frame { start: 0, payload: 2, length, fin: true, rsv: 0, opcode, mask: None };
        let direction = Direction::Received;
        sums.add(&SeenFrame { exchange: ExchangeId::FIRST, direction, head, payload, is_text: true });
    }

    #[test]
    fn a_message_in_fragments_is_one_text() {
        let mut sums = FrameSums::default();
        for (opcode, payload) in
            [(Opcode::Text, "one "), (Opcode::Continuation, "two"), (Opcode::Text, "three")]
        {
            add(&mut sums, opcode, payload.as_bytes());
        }
        assert_eq!(messages(sums.text()).collect::<Vec<_>>(), ["one two", "three"]);
        assert!(sums.counts.has(Opcode::Continuation) && !sums.counts.has(Opcode::Binary));
    }

    #[test]
    fn of_too_much_text_the_latest_whole_messages_stay() {
        let mut sums = FrameSums::default();
        for number in 0..2_000 {
            add(&mut sums, Opcode::Text, format!("{number:099}é").as_bytes());
        }
        assert_eq!(sums.counts.frames, 2_000);
        assert!(sums.heap_bytes() < 4 * TEXT_BYTES);
        let kept: Vec<&str> = messages(sums.text()).collect();
        assert!(kept.len() > 300 && kept.iter().all(|text| text.chars().count() == 100), "{}", kept.len());
        assert!(kept.last().is_some_and(|text| text.ends_with("1999é")));
    }
}
