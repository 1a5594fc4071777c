//! Clients and files that behave badly, over real sockets. `examples/slow_clients.rs` has the same at
//! full size, with figures.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod support;

use std::{cell::Cell, fs, io::ErrorKind};

use byteglass::{
    server::MiddlewareKind,
    trace::{CloseReason, NoteKind, What},
};
use support::Site;

/// More than any socket buffers, and nothing that compresses.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// RFC 9112 §8: what ends with the connection "is considered complete unless an error was indicated by
/// the underlying connection".
#[cfg(unix)]
#[test]
fn a_response_without_a_length_that_breaks_off_is_reset() {
    let site = Site::start_as(|settings| settings.middleware.set_enabled(MiddlewareKind::Compression, true));
    let path = site.folder.path().join("noise.txt");
    fs::write(&path, noise(20_000_000)).unwrap();
    let mut client = site.client();
    client.send("GET /noise.txt HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    site.wait_for(|event| matches!(event.what, What::Wrote { .. }));
    fs::File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
    // It reads what there is, so that the server goes on and finds the end of the file.
    assert_eq!(client.rest(), Err(ErrorKind::ConnectionReset));
    let noted = Cell::new(false);
    site.wait_for(|event| {
        let is_note = |kind| matches!(kind, &NoteKind::FileFailed(_));
        noted.set(noted.get() || matches!(&event.what, What::Noted(note) if is_note(&note.kind)));
        matches!(event.what, What::Closed(CloseReason::FileBroke))
    });
    assert!(noted.get());
    assert_eq!(site.client().get("/a.txt").status, 200);
}
