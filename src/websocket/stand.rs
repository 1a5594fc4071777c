//! The places in which the machine of frames stands between two bytes.

use crate::{
    base::closed_list::{closed_list, keyed},
    wire::StandFacts,
};

closed_list! {
    /// A place between two bytes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Stand: pub StandFacts {
        /// Between two frames.
        Between {
            key: "between_frames", title: "between frames", waits_for: "the first byte of a frame: FIN, RSV and the opcode",
            about: "Nothing of a frame has arrived.", section: "RFC 6455 §5.2",
        },
        /// After the first byte.
        LengthByte {
            key: "length_byte", title: "before the length", waits_for: "the mask bit and the length, or its form",
            about: "The opcode is known.", section: "RFC 6455 §5.2",
        },
        /// In the longer forms of the length.
        Length {
            key: "length", title: "in the length", waits_for: "the rest of the length",
            about: "The length has two or eight bytes more. It is known once all of them are there.", section: "RFC 6455 §5.2",
        },
        /// In the masking key.
        MaskKey {
            key: "mask_key", title: "in the masking key", waits_for: "the rest of its four bytes",
            about: "Each byte of the payload is masked with one of the key's four.", section: "RFC 6455 §5.3",
        },
        /// In the payload.
        Payload {
            key: "payload", title: "in the payload", waits_for: "more of the payload",
            about: "The length says how many bytes follow. Those of a text are checked to be UTF-8.", section: "RFC 6455 §5.2",
        },
        /// After a close frame.
        Closed {
            key: "closed", title: "after the close frame", waits_for: "nothing",
            about: "No frame follows a close frame.", section: "RFC 6455 §5.5.1",
        },
        /// After a breach.
        Failed {
            key: "failed", title: "stopped", waits_for: "nothing: no later byte is read",
            about: "A frame breaks a rule. Nothing more is read.", section: "RFC 6455 §7.1.7",
        },
    }
}

keyed!(Stand);
