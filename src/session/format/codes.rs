//! The numbers that records use. They are part of the format and never change their meaning within a version.

use crate::base::stream::{Direction, Layer, StreamId};

/// The kinds of records, by their tag byte.
pub(crate) mod tag {
    /// Added to the tag if the event belongs to the exchange named last on its connection.
    pub(crate) const SAME_EXCHANGE: u8 = 0x80;
    /// Added to the tag if the event belongs to another exchange, whose number ends the record.
    pub(crate) const EXCHANGE: u8 = 0x40;

    pub(crate) const EPOCH: u8 = 1;
    pub(crate) const LISTENING: u8 = 2;
    pub(crate) const STOPPED: u8 = 3;
    pub(crate) const SERVER_MESSAGE: u8 = 4;
    pub(crate) const OPENED: u8 = 5;
    pub(crate) const DELETED: u8 = 7;
    pub(crate) const ENCRYPTED: u8 = 8;
    pub(crate) const ENCRYPTED_BYTES: u8 = 9;
    pub(crate) const HALF_CLOSED: u8 = 10;
    pub(crate) const CLOSED: u8 = 11;
    pub(crate) const MARKED: u8 = 12;
    pub(crate) const REQUEST_LINE: u8 = 13;
    pub(crate) const HEAD: u8 = 14;
    pub(crate) const GUARDS_PASSED: u8 = 15;
    pub(crate) const CONTINUE: u8 = 16;
    pub(crate) const REQUEST_END: u8 = 17;
    pub(crate) const RESPONSE_HEAD: u8 = 18;
    pub(crate) const RESPONSE_SENT: u8 = 19;
    pub(crate) const ABORTED: u8 = 20;
    pub(crate) const GUARD: u8 = 21;
    pub(crate) const MIDDLEWARE: u8 = 22;
    pub(crate) const ROUTES_TRIED: u8 = 23;
    pub(crate) const NOTE_ADDED: u8 = 24;
    pub(crate) const OMITTED: u8 = 25;
    pub(crate) const LINEAGE: u8 = 26;
    pub(crate) const SENT_AGAIN: u8 = 27;
    pub(crate) const RECEIVED: u8 = 28;
    pub(crate) const ANSWERED: u8 = 29;
    pub(crate) const BACKEND_CHOSEN: u8 = 30;
    pub(crate) const ATTEMPT_ENDED: u8 = 31;
    /// Bytes of a stream: the number of the stream is added, and [`DROPPED`] if the bytes are not kept.
    pub(crate) const BYTES: u8 = 32;
    pub(crate) const DROPPED: u8 = 4;
    /// A message begins: the number of the stream is added, and [`UPSTREAM`] on the leg to another server.
    pub(crate) const MESSAGE_STARTED: u8 = 40;
    pub(crate) const UPSTREAM: u8 = 4;
    /// The first number after those of [`MESSAGE_STARTED`].
    pub(crate) const END: u8 = 48;
}

/// The number of a stream: 0 to 3.
pub(crate) const fn stream_number(stream: StreamId) -> u8 {
    let sent = matches!(stream.direction, Direction::Sent) as u8;
    let plaintext = matches!(stream.layer, Layer::Plaintext) as u8;
    sent | plaintext << 1
}

/// The stream with a number, of which only the two lowest bits count.
pub(crate) const fn stream(number: u8) -> StreamId {
    let direction = if number & 1 == 0 { Direction::Received } else { Direction::Sent };
    let layer = if number & 2 == 0 { Layer::Wire } else { Layer::Plaintext };
    StreamId { layer, direction }
}

/// The codes of the parts of records.
pub(crate) mod code {
    /// The end that opened a connection.
    pub(crate) const ACCEPTED: u8 = 0;
    pub(crate) const DIALED: u8 = 1;

    /// The kind of a note.
    pub(crate) const VIOLATION: u8 = 1;
    pub(crate) const FILE_SHRANK: u8 = 2;
    pub(crate) const FILE_FAILED: u8 = 3;
    pub(crate) const BYTES_AFTER_LAST: u8 = 6;
    pub(crate) const URGENT_BYTE: u8 = 8;
    pub(crate) const TROUBLE: u8 = 9;
    pub(crate) const TEXT: u8 = 7;

    /// Why a route does not match.
    pub(crate) const MATCHES: u8 = 0;
    pub(crate) const METHOD: u8 = 1;
    pub(crate) const SEGMENT: u8 = 2;
    pub(crate) const TOO_SHORT: u8 = 3;
    pub(crate) const TOO_LONG: u8 = 4;

    /// The target of a route.
    pub(crate) const PARAMS: u8 = 0;
    pub(crate) const FOLDER: u8 = 1;
    pub(crate) const GROUP: u8 = 2;

    /// The form of a middleware step's summary.
    pub(crate) const WORDS: u8 = 0;
    pub(crate) const TOKEN_TAKEN: u8 = 1;
    pub(crate) const NO_TOKEN: u8 = 2;
}
