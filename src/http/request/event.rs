//! What goes into a machine beside bytes, and what comes out.

use std::ops::Range;

/// What the machine refuses to read past. They hold for the next message after they are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest request target, in bytes (414).
    pub target_bytes: usize,
    /// Longest head from the method to the empty line, in bytes (431). Also the limit of a trailer
    /// section.
    pub head_bytes: usize,
    /// Longest body, in bytes of content (413).
    pub body_bytes: u64,
}

/// What [`super::RequestMachine::advance`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// All that is there has been looked at; more is needed. Not an error.
    NeedData,
    /// A head is complete: see [`super::RequestMachine::head`]. Its bytes are the last `head.len()` of
    /// `data[..consumed]`; empty lines may stand before them.
    Head,
    /// Content: a range of the `data` that was passed in.
    Body(Range<usize>),
    /// The message is complete. The next byte, if any, begins the next one.
    End,
}

/// One step of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many bytes of `data` are done with. The caller passes the rest again, with what came
    /// after it.
    pub consumed: usize,
    /// What they were.
    pub event: Event,
}

/// Where in a message the machine stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Between messages: nothing but empty lines has been seen of the next one.
    #[default]
    Idle,
    /// In the request line.
    RequestLine,
    /// In the field lines.
    Fields,
    /// In the body. `Some(n)`: n more bytes of content are known to come (of this chunk, if
    /// chunked). `None`: in the lines between chunks.
    Body(Option<u64>),
    /// In the trailer section.
    Trailers,
    /// The message broke a rule; nothing after it can be read.
    Failed,
}
