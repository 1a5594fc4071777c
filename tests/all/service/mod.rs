//! What the folder answers, over real sockets.

mod access;
mod changing_files;
mod compression;
mod fields;
mod pages;
mod ranges;

use byteglass::{service::MiddlewareKind, testing::Site};

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Bytes that differ from place to place.
fn pattern(len: u32) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

/// Turns these layers on besides the usual ones.
fn with(kinds: &[MiddlewareKind]) -> Site {
    Site::start_as(|settings| {
        for kind in kinds {
            settings.middleware.set_enabled(*kind, true);
        }
    })
}
