//! The kinds of frames (RFC 6455 §5.2).

use crate::base::closed_list::{closed_list, keyed};

/// A row of the table of opcodes.
#[derive(Clone, Copy, Debug)]
pub struct OpcodeFacts {
    /// The four bits on the wire.
    pub bits: u8,
    /// The stable name in filters and in JSON, which is also the word shown to people.
    pub key: &'static str,
    /// The clause that defines the kind.
    pub section: &'static str,
    /// One sentence about a frame of this kind.
    pub about: &'static str,
}

closed_list! {
    /// The kind of a frame.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Opcode: pub OpcodeFacts {
        /// The message of an earlier frame goes on.
        Continuation {
            bits: 0x0, key: "continue", section: "RFC 6455 §5.4",
            about: "This frame goes on with the message that an earlier frame began.",
        },
        /// A message of text begins.
        Text {
            bits: 0x1, key: "text", section: "RFC 6455 §5.6",
            about: "A text message: its payload is UTF-8.",
        },
        /// A message of any bytes begins.
        Binary {
            bits: 0x2, key: "binary", section: "RFC 6455 §5.6",
            about: "A binary message: its payload may hold any bytes.",
        },
        /// The sender closes.
        Close {
            bits: 0x8, key: "close", section: "RFC 6455 §5.5.1",
            about: "The closing handshake: no data frame follows from this side. The other side answers with a close frame of its own.",
        },
        /// The sender asks whether the other end is there.
        Ping {
            bits: 0x9, key: "ping", section: "RFC 6455 §5.5.2",
            about: "A ping asks for a pong with the same payload. It may stand between the frames of a message.",
        },
        /// The answer to a ping.
        Pong {
            bits: 0xA, key: "pong", section: "RFC 6455 §5.5.3",
            about: "A pong repeats the payload of a ping. One that nobody asked for is allowed.",
        },
    }
}

keyed!(Opcode);

impl Opcode {
    /// The kind with these four bits. `None`: they are reserved.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|opcode| opcode.bits() == bits)
    }

    /// The four bits on the wire.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.facts().bits
    }

    /// Whether this is a control frame: "Control frames are identified by opcodes where the most significant bit
    /// of the opcode is 1" (§5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.facts().bits & 0x8 != 0
    }
}
