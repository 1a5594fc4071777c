//! The parts of a frame (RFC 6455 §5.2).

use crate::{
    base::closed_list::closed_list,
    wire::{SpanFacts, SpanRole, Vocabulary},
};

closed_list! {
    /// The part of a frame that a span is, in the order of the legend.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum SpanKind: pub SpanFacts {
        /// The first byte: FIN, the reserved bits and the opcode.
        Opcode {
            name: "FIN and opcode", role: SpanRole::Method, sample: "81  ", section: "RFC 6455 §5.2",
            about: "The first byte of a frame: FIN says whether the message ends here, three bits are reserved, four are the opcode.",
        },
        /// The second byte and what follows it: the mask bit and the length.
        Length {
            name: "mask bit and length", role: SpanRole::Framing, sample: "86  ", section: "RFC 6455 §5.2",
            about: "The mask bit and the length of the payload: seven bits, or 126 and two more bytes, or 127 and eight more.",
        },
        /// The key of the mask.
        MaskKey {
            name: "mask key", role: SpanRole::Name, sample: "key ", section: "RFC 6455 §5.3",
            about: "Every byte of the payload is combined with one byte of this key by exclusive or.",
        },
        /// The code of a close frame.
        CloseCode {
            name: "close code", role: SpanRole::Status, sample: "1000", section: "RFC 6455 §7.4",
            about: "The first two bytes of a close frame's payload: the reason as a number.",
        },
        /// The payload.
        Payload {
            name: "payload", role: SpanRole::Content, sample: "text", section: "RFC 6455 §5.2",
            about: "The payload of the frame, masked if a client sent it.",
        },
        /// The bytes that break a rule.
        Malformed {
            name: "malformed", role: SpanRole::Fault, sample: "!   ", section: "",
            about: "The bytes that break a rule of the protocol.",
        },
        /// Bytes that nobody parsed: those after a fault or after a close frame.
        Unparsed {
            name: "not parsed", role: SpanRole::Unparsed, sample: "?   ", section: "RFC 6455 §5.5.1",
            about: "These bytes were not read: a close frame, or a frame that breaks a rule, was the last one.",
        },
    }
}

/// Something worth saying about a frame that is no error. There is nothing so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Note {}

impl Vocabulary for SpanKind {
    type Note = Note;
    const CONTENT: Self = Self::Payload;
    const MALFORMED: Self = Self::Malformed;
    const UNPARSED: Self = Self::Unparsed;
}
