//! The faults of a frame, as one table.

use crate::{
    base::closed_list::{closed_list, keyed},
    wire::{self, Class},
};

use super::close_code::CloseCode;

/// A frame that breaks a rule of RFC 6455.
pub type Violation = wire::Violation<Rule>;

/// A row of the table of rules.
#[derive(Clone, Copy, Debug)]
pub struct RuleFacts {
    /// The stable name in files and in JSON.
    pub key: &'static str,
    /// In what way the frame is at fault.
    pub class: Class,
    /// The clause that the frame breaks.
    pub section: &'static str,
    /// The code with which the connection is closed.
    pub close: CloseCode,
    /// One sentence that says what is wrong.
    pub sentence: &'static str,
}

use Class::{Incomplete, Malformed, OverLimit};
use CloseCode::{InvalidPayload, Policy, ProtocolError, TooBig};

closed_list! {
    /// Why a WebSocket connection is failed: a frame breaks a rule, or exceeds a limit.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Rule: pub RuleFacts {
        /// A reserved bit is set.
        ReservedBit {
            key: "ws_reserved_bit", class: Malformed, section: "RFC 6455 §5.2", close: ProtocolError,
            sentence: "A reserved bit is set, but no extension that gives it a meaning was agreed on.",
        },
        /// The opcode is reserved.
        ReservedOpcode {
            key: "ws_reserved_opcode", class: Malformed, section: "RFC 6455 §5.2", close: ProtocolError,
            sentence: "The opcode is reserved: no kind of frame has it.",
        },
        /// A frame of a client is not masked.
        Unmasked {
            key: "ws_unmasked", class: Malformed, section: "RFC 6455 §5.1", close: ProtocolError,
            sentence: "The client did not mask the frame. It has to mask every frame that it sends.",
        },
        /// A frame of a server is masked.
        Masked {
            key: "ws_masked", class: Malformed, section: "RFC 6455 §5.1", close: ProtocolError,
            sentence: "The server masked the frame. Only a client masks frames.",
        },
        /// The length has a shorter form.
        LengthNotShortest {
            key: "ws_length_not_shortest", class: Malformed, section: "RFC 6455 §5.2", close: ProtocolError,
            sentence: "The length is written in more bytes than it needs.",
        },
        /// The length has more than 63 bits.
        LengthTopBit {
            key: "ws_length_top_bit", class: Malformed, section: "RFC 6455 §5.2", close: ProtocolError,
            sentence: "The most significant bit of the length is set. It must be 0.",
        },
        /// A control frame is a fragment.
        ControlFragmented {
            key: "ws_control_fragmented", class: Malformed, section: "RFC 6455 §5.5", close: ProtocolError,
            sentence: "A control frame must not be fragmented, but FIN is 0.",
        },
        /// A control frame has more than 125 bytes.
        ControlTooLong {
            key: "ws_control_too_long", class: Malformed, section: "RFC 6455 §5.5", close: ProtocolError,
            sentence: "A control frame has at most 125 bytes of payload.",
        },
        /// A continuation without a beginning.
        NothingToContinue {
            key: "ws_nothing_to_continue", class: Malformed, section: "RFC 6455 §5.4", close: ProtocolError,
            sentence: "The frame continues a message, but no message has begun.",
        },
        /// A message begins before the one before it ends.
        MessageInMessage {
            key: "ws_message_in_message", class: Malformed, section: "RFC 6455 §5.4", close: ProtocolError,
            sentence: "A message begins before the one before it has ended.",
        },
        /// A close frame has one byte.
        CloseTooShort {
            key: "ws_close_too_short", class: Malformed, section: "RFC 6455 §5.5.1", close: ProtocolError,
            sentence: "The payload of a close frame is empty, or begins with a code of two bytes.",
        },
        /// The code must not be sent.
        CloseCodeInvalid {
            key: "ws_close_code_invalid", class: Malformed, section: "RFC 6455 §7.4.1", close: ProtocolError,
            sentence: "No close frame may hold this code.",
        },
        /// The reason of a close frame is not UTF-8.
        CloseReasonNotUtf8 {
            key: "ws_close_reason_not_utf8", class: Malformed, section: "RFC 6455 §5.5.1", close: InvalidPayload,
            sentence: "The reason in the close frame is not UTF-8.",
        },
        /// Text is not UTF-8.
        TextNotUtf8 {
            key: "ws_text_not_utf8", class: Malformed, section: "RFC 6455 §8.1", close: InvalidPayload,
            sentence: "The text message is not UTF-8.",
        },
        /// Text ends within a character.
        TextCutOff {
            key: "ws_text_cut_off", class: Malformed, section: "RFC 6455 §8.1", close: InvalidPayload,
            sentence: "The text message ends in the middle of a UTF-8 character.",
        },
        /// A message is larger than the limit.
        MessageTooBig {
            key: "ws_message_too_big", class: OverLimit, section: "RFC 6455 §7.4.1", close: TooBig,
            sentence: "The message is larger than this server takes.",
        },
        /// The rest of a frame or a message does not come in time.
        MessageLate {
            key: "ws_message_late", class: Incomplete, section: "RFC 6455 §7.4.1", close: Policy,
            sentence: "The rest of the frame did not come in time.",
        },
        /// The stream ends without a close frame.
        EndedWithoutClose {
            key: "ws_ended_without_close", class: Incomplete, section: "RFC 6455 §7.1.5", close: ProtocolError,
            sentence: "The connection ended without a close frame.",
        },
    }
}

keyed!(Rule);
