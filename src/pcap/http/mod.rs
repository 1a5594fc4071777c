//! Finds the messages of HTTP/1 in the two streams of a connection: `connection` the requests and whose response
//! comes next, `responses` the responses.

mod connection;
mod responses;

use crate::{base::stream::ExchangeId, http::Method, words::plural};

use super::sink::EventSink;

pub(super) use connection::HttpConnection;

/// Stands for bytes of a body that are not in the capture: the machine counts them without looking at them.
pub(super) static UNKNOWN_BYTES: [u8; 64 * 1024] = [0; 64 * 1024];

/// Says that bytes of a `message` are missing: `1,418 bytes of the response are not in the capture.`
fn not_captured(bytes: u64, message: &str) -> String {
    let are = if bytes == 1 { "is" } else { "are" };
    format!("{} of the {message} {are} not in the capture.", plural(bytes, "byte"))
}

/// Says that a server sent something in place of a response.
fn no_response(bytes: u64) -> String {
    let begin = if bytes == 1 { "begins" } else { "begin" };
    format!("{} came that {begin} no response of HTTP/1.", plural(bytes, "byte"))
}

/// A request whose response is not complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingRequest {
    pub id: ExchangeId,
    pub method: Method,
    pub keep_alive: bool,
    pub expects_continue: bool,
    /// Whether requests may be missing from the capture before it, so that the next response may be another's.
    pub after_gap: bool,
}

impl PendingRequest {
    /// A request of which nothing is known yet.
    fn unknown(out: &mut EventSink) -> Self {
        out.exchanges += 1;
        let id = ExchangeId::nth(out.exchanges);
        Self { id, method: Method::Get, keep_alive: true, expects_continue: false, after_gap: false }
    }
}
