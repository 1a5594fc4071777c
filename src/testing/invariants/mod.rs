//! Invariants for any input: entry points for fuzzing, one for each way into the program.
//!
//! Each takes any bytes and panics where what its first line says does not hold. `fuzz/` feeds them
//! from libFuzzer; `tests/all/corpus.rs` plays what that found worth keeping.
//!
//! A new one is a function here with its line in [`TARGETS`], and a folder of that name in `fuzz/corpus` with
//! eight inputs or more.
#![allow(clippy::missing_panics_doc, reason = "a panic is how they report")]

mod events;
mod forwarding;
mod imports;
mod lines;
mod machines;
mod requests;
mod serving;
mod sessions;
mod viewing;
mod websocket;

pub use events::events;
pub use forwarding::{backend, forward};
pub use imports::import;
pub use lines::lines;
pub use machines::{chunked, request, response};
pub use serving::{conditional, encoding, range, service, target};
pub use sessions::session;
pub use viewing::{explain, export, filter, settings, terminal};
pub use websocket::websocket;

/// An entry point, and the name of its target and of its part of the corpus.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 20] = [
    ("request", request),
    ("response", response),
    ("chunked", chunked),
    ("backend", backend),
    ("forward", forward),
    ("lines", lines),
    ("websocket", websocket),
    ("events", events),
    ("target", target),
    ("range", range),
    ("conditional", conditional),
    ("encoding", encoding),
    ("service", service),
    ("filter", filter),
    ("explain", explain),
    ("terminal", terminal),
    ("settings", settings),
    ("session", session),
    ("import", import),
    ("export", export),
];

/// The first bytes of the input, which choose, and the rest of it.
fn choices<const N: usize>(data: &[u8]) -> Option<([u8; N], &[u8])> {
    data.split_first_chunk().map(|(first, rest)| (*first, rest))
}
