//! A request on its way to a backend, and its response.

use crate::{
    base::stream::{ExchangeId, Nanos},
    http::{Framing, forward::Framer},
    server::protocol::between_frames::BetweenFrames,
};

/// A request on its way, and its response.
#[derive(Debug)]
pub(super) struct Busy {
    pub(super) exchange: ExchangeId,
    /// Framer of the request's content. `None`: the head of the request is not written yet.
    pub(super) framer: Option<Framer>,
    /// The time at which all of the request was in the output. `None`: it is not.
    pub(super) sent_at: Option<Nanos>,
    /// The framing of the response's content. [`Framing::None`] before its head.
    pub(super) framing: Framing,
    /// Whether the connection goes on after the response, as far as its head says.
    pub(super) keep_alive: bool,
    /// Whether the request asks for another protocol.
    pub(super) may_upgrade: bool,
    /// Number of interim responses so far.
    pub(super) interim: u32,
    /// Whether the connection is a tunnel: after a 101 another protocol is spoken in both directions.
    pub(super) is_tunnel: bool,
    /// The places between the frames for the backend. `None`: the tunnel is not one of WebSocket.
    pub(super) frames: Option<Box<BetweenFrames>>,
}

impl Busy {
    pub(super) const fn new(exchange: ExchangeId) -> Self {
        Self {
            exchange,
            framer: None,
            sent_at: None,
            framing: Framing::None,
            keep_alive: false,
            may_upgrade: false,
            interim: 0,
            is_tunnel: false,
            frames: None,
        }
    }
}
