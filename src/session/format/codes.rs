//! Events as compact records. All but the bytes of reads and writes, which are in packets.

/// The first byte of a record: what happened. The numbers are part of the format.
pub(crate) mod tag {
    /// Added where the event is about the exchange that was named last on its connection.
    pub const SAME_EXCHANGE: u8 = 0x80;
    /// Added where the event is about another exchange, whose number is at the end of the record.
    pub const EXCHANGE: u8 = 0x40;

    pub const EPOCH: u8 = 1;
    pub const LISTENING: u8 = 2;
    pub const STOPPED: u8 = 3;
    pub const ANNOUNCED: u8 = 4;
    pub const OPENED: u8 = 5;
    pub const READ: u8 = 6;
    pub const READ_OMITTED: u8 = 7;
    pub const WROTE: u8 = 8;
    pub const WROTE_OMITTED: u8 = 9;
    pub const HALF_CLOSED: u8 = 10;
    pub const CLOSED: u8 = 11;
    pub const BEGAN: u8 = 12;
    pub const REQUEST_LINE: u8 = 13;
    pub const HEAD: u8 = 14;
    pub const GUARDS_PASSED: u8 = 15;
    pub const CONTINUE: u8 = 16;
    pub const REQUEST_END: u8 = 17;
    pub const RESPONSE_HEAD: u8 = 18;
    pub const DONE: u8 = 19;
    pub const ABORTED: u8 = 20;
    pub const GUARD: u8 = 21;
    pub const MIDDLEWARE: u8 = 22;
    pub const ROUTED: u8 = 23;
    pub const NOTED: u8 = 24;
    pub const OMITTED: u8 = 25;
}

/// The numbers of what stands inside a record: part of the format, too.
pub(crate) mod code {
    use crate::trace::Severity;

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

    /// Severities by their numbers.
    pub const SEVERITIES: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Error];
}
