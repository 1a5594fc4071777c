//! The sizes past which a machine refuses to read, and the breaches after which it reads on.

use super::leniency::Leniencies;

/// Limits on the parts of one message. They hold for the next message after they are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest request target, in bytes (414).
    pub target_bytes: usize,
    /// Longest head from its first byte to the empty line, in bytes (431). Also the limit of a trailer
    /// section.
    pub head_bytes: usize,
    /// Longest body, in bytes of content (413).
    pub body_bytes: u64,
    /// The breaches after which reading goes on.
    pub leniencies: Leniencies,
}

impl Limits {
    /// Limits for stored bytes: no server accepts messages that reach them, so that a message is never
    /// refused a second time. Heads stay bounded, so that a capture without line ends cannot make a
    /// reader gather all of it.
    pub const UNLIMITED: Self = Self {
        target_bytes: 64 << 20,
        head_bytes: 64 << 20,
        body_bytes: u64::MAX / 2,
        leniencies: Leniencies::NONE,
    };

    /// These limits, with the breaches after which reading goes on.
    #[must_use]
    pub const fn with(self, leniencies: Leniencies) -> Self {
        Self { leniencies, ..self }
    }
}
