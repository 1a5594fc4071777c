//! Finds the messages of HTTP/1 in the two streams of a connection: `connection` the requests and whose response
//! comes next, `responses` the responses.

mod connection;
mod responses;

use crate::{base::stream::ExchangeId, http::Method};

use super::sink::EventSink;

pub(super) use connection::HttpConnection;

/// Stands for bytes of a body that are not in the capture: the machine counts them without looking at them.
pub(super) static UNKNOWN_BYTES: [u8; 64 * 1024] = [0; 64 * 1024];

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
