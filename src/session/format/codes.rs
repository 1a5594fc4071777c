//! The numbers in records: part of the format.

use crate::base::stream::{Direction, Layer, StreamId};

/// What happened, by the byte of a record that says so.
pub(crate) mod tag {
    /// Added where the event is about the exchange that was named last on its connection.
    pub const SAME_EXCHANGE: u8 = 0x80;
    /// Added where the event is about another exchange, whose number is at the end of the record.
    pub const EXCHANGE: u8 = 0x40;

    pub const EPOCH: u8 = 1;
    pub const LISTENING: u8 = 2;
    pub const STOPPED: u8 = 3;
    pub const SERVER_MESSAGE: u8 = 4;
    pub const OPENED: u8 = 5;
    pub const HALF_CLOSED: u8 = 10;
    pub const CLOSED: u8 = 11;
    pub const REQUEST_LINE: u8 = 13;
    pub const HEAD: u8 = 14;
    pub const GUARDS_PASSED: u8 = 15;
    pub const CONTINUE: u8 = 16;
    pub const REQUEST_END: u8 = 17;
    pub const RESPONSE_HEAD: u8 = 18;
    pub const RESPONSE_SENT: u8 = 19;
    pub const ABORTED: u8 = 20;
    pub const GUARD: u8 = 21;
    pub const MIDDLEWARE: u8 = 22;
    pub const ROUTES_TRIED: u8 = 23;
    pub const NOTE_ADDED: u8 = 24;
    pub const OMITTED: u8 = 25;
    pub const TEXT: u8 = 26;
    pub const REPLY: u8 = 27;
    /// Bytes of a stream: the number of the stream is added, and [`DROPPED`] where they are not kept.
    pub const BYTES: u8 = 32;
    pub const DROPPED: u8 = 4;
    /// A message begins: the number of the stream is added, and [`UPSTREAM`] on that leg.
    pub const MESSAGE_STARTED: u8 = 40;
    pub const UPSTREAM: u8 = 4;
    /// The first number that no record has.
    pub const END: u8 = 48;
}

/// The number of a stream: 0 to 3.
pub(crate) const fn stream_number(stream: StreamId) -> u8 {
    let sent = matches!(stream.direction, Direction::Sent) as u8;
    let plaintext = matches!(stream.layer, Layer::Plaintext) as u8;
    sent | plaintext << 1
}

/// The stream of a number, of which only the two lowest bits count.
pub(crate) const fn stream(number: u8) -> StreamId {
    let direction = if number & 1 == 0 { Direction::Received } else { Direction::Sent };
    let layer = if number & 2 == 0 { Layer::Wire } else { Layer::Plaintext };
    StreamId { layer, direction }
}

/// The numbers of what stands inside a record: part of the format, too.
pub(crate) mod code {
    /// Who opened a connection.
    pub const ACCEPTED: u8 = 0;
    pub const DIALED: u8 = 1;

    /// What a note says, by its first byte.
    pub const VIOLATION: u8 = 1;
    pub const FILE_SHRANK: u8 = 2;
    pub const FILE_FAILED: u8 = 3;
    pub const BYTES_AFTER_LAST: u8 = 6;
    pub const TEXT: u8 = 7;

    /// Why a route does not match, by its first byte.
    pub const MATCHES: u8 = 0;
    pub const METHOD: u8 = 1;
    pub const SEGMENT: u8 = 2;
    pub const TOO_SHORT: u8 = 3;
    pub const TOO_LONG: u8 = 4;

    /// What a middleware did, by its first byte.
    pub const WORDS: u8 = 0;
    pub const TOKEN_TAKEN: u8 = 1;
    pub const NO_TOKEN: u8 = 2;
}
