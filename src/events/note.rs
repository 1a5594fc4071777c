//! What is worth saying about a stream. None of it is an error: any bytes are an event stream.

use crate::base::closed_list::closed_list;

/// A row of the table of notes.
#[derive(Clone, Copy, Debug)]
pub struct NoteFacts {
    /// The note in one sentence.
    pub sentence: &'static str,
    /// The clause behind it.
    pub section: &'static str,
}

closed_list! {
    /// Something worth saying about an item that is no error.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Note: pub NoteFacts {
        /// Bytes that are no character.
        NotUtf8 {
            sentence: "This is not UTF-8, so a client reads U+FFFD, the replacement character.",
            section: "HTML §9.2.6",
        },
        /// A field that the standard does not name.
        UnknownField {
            sentence: "No field has this name, and its case matters: the line is ignored.",
            section: "HTML §9.2.6",
        },
        /// An id with U+0000.
        IdWithNul {
            sentence: "An id with U+0000 is ignored: the last id stays what it was.",
            section: "HTML §9.2.6",
        },
        /// A retry that is not digits.
        RetryNotDigits {
            sentence: "A retry is a number of milliseconds in ASCII digits only. Anything else is ignored.",
            section: "HTML §9.2.6",
        },
        /// A JSON text sequence in which bytes come before the first separator.
        NoSeparator {
            sentence: "Each JSON text begins after a record separator (0x1E). There is none before these bytes.",
            section: "RFC 7464 §2.1",
        },
        /// A JSON text without the line feed that ends it.
        NoLineFeed {
            sentence: "A line feed ends each JSON text, so that one that was cut off is seen to be. There is none here.",
            section: "RFC 7464 §2.4",
        },
    }
}
