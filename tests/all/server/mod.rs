//! The server over real sockets: raw bytes in, raw bytes out, on free ports, without sleeps.

mod again;
mod answers;
#[cfg(unix)]
mod bad_clients;
mod lines;
mod refusals;
mod settings;
mod trace;
mod trouble;

const GET: &str = "GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
