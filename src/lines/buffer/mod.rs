//! Where the bytes of a message wait until all of it is there: the three ways that textbooks show.
//!
//! All of them keep what is not consumed in one piece, so that a message can be looked at where it lies. They
//! differ in when they move bytes to make room. Each counts the bytes that it has moved.

mod compacting;
mod fixed;
mod lazy;

use std::fmt::Debug;

use crate::base::closed_list::{closed_list, keyed};

use compacting::Compacting;
use fixed::Fixed;
use lazy::Lazy;

/// Bytes that arrived and are not consumed.
pub(super) trait Buffer: Debug + Send {
    /// The bytes that were not consumed, in order.
    fn bytes(&self) -> &[u8];

    /// Appends the first bytes of `bytes`, and returns how many. Fewer than all: there is no room for more.
    fn push(&mut self, bytes: &[u8]) -> usize;

    /// Forgets the first `len` bytes: a message, and its line feed.
    fn consume(&mut self, len: usize);

    /// Total number of bytes moved in memory, including those copied when the buffer grew.
    fn moved(&self) -> u64;
}

/// A row of the table of buffers.
#[derive(Clone, Copy, Debug)]
pub struct BufferFacts {
    /// The stable name in settings and on the command line.
    pub key: &'static str,
    /// The name that people see.
    pub title: &'static str,
    /// One or two sentences on what the buffer does.
    pub about: &'static str,
    /// Makes one for messages of at most this many bytes, their line feeds included.
    make: fn(usize) -> Box<dyn Buffer>,
}

closed_list! {
    /// Which buffer a connection has.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum BufferKind: pub BufferFacts {
        /// Moves the rest to the front after each message.
        Compacting {
            key: "compacting", title: "Compacting",
            about: "Moves the rest to the front after each message. Simple, and the more messages arrive at once the more it moves.",
            make: |_| Box::new(Compacting::default()),
        },
        /// Moves the rest to the front once half of the buffer is wasted.
        #[default]
        Lazy {
            key: "lazy", title: "Lazy",
            about: "Moves the rest to the front once half of the buffer is wasted. It never moves more bytes than arrived.",
            make: |_| Box::new(Lazy::default()),
        },
        /// Never grows: it has room for the longest message, and moves the rest to the front when it is full.
        Fixed {
            key: "fixed", title: "Fixed size",
            about: "Has room for the longest message from the start, and moves the rest to the front when it is full.",
            make: |size| Box::new(Fixed::new(size)),
        },
    }
}

keyed!(BufferKind);

impl BufferKind {
    /// The index of the buffer in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// An empty buffer for messages of at most `size` bytes, their line feeds included.
    pub(super) fn make(self, size: usize) -> Box<dyn Buffer> {
        (self.facts().make)(size)
    }
}

/// Appends `bytes` to `buffer`. Returns how many bytes that moves: where there is no room, all that it holds.
fn append(buffer: &mut Vec<u8>, bytes: &[u8]) -> u64 {
    let grows = buffer.capacity() - buffer.len() < bytes.len();
    let moved = if grows { buffer.len() as u64 } else { 0 };
    buffer.extend_from_slice(bytes);
    moved
}
