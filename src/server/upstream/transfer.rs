//! A forwarded exchange on its way.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    gateway::{Address, Mount},
    http::{Head, forward::FieldEdits},
    service::{Disturbance, Request},
    trace::AttemptRecord,
};

use super::pipe::{RequestPipe, ResponsePipe};

/// The place of a connection in the event loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) struct Place {
    pub(in crate::server) slot: usize,
    pub(in crate::server) conn: ConnId,
}

/// A backend that an exchange is given to.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) name: Box<str>,
    pub(super) address: Address,
}

/// A forwarded exchange.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "four facts about different things")]
pub(in crate::server) struct Transfer {
    pub(super) exchange: ExchangeId,
    /// The client's leg.
    pub(in crate::server) client: Place,
    /// The client's address.
    pub(in crate::server) peer: IpAddr,
    /// The request's head and its bytes.
    pub(in crate::server) head: Head,
    pub(in crate::server) head_bytes: Bytes,
    /// The changes of fields that rules make. `None`: none.
    pub(super) edits: Option<Arc<FieldEdits>>,
    /// What rules of Trouble do to the request on its way. `None`: nothing.
    pub(super) trouble: Option<Arc<Disturbance>>,
    /// The request on its way to the backend.
    pub(in crate::server) request: RequestPipe,
    /// The response on its way to the client.
    pub(in crate::server) response: ResponsePipe,
    /// Index of the group. `None`: the group was removed.
    pub(super) group: Option<usize>,
    /// The mount of the group, even if the group was removed.
    pub(super) mount: Arc<Mount>,
    /// Indices of the backends that the exchange was given to, in order. `None`: that backend was removed.
    pub(super) tried: Vec<Option<usize>>,
    /// The last of these backends. `None`: the exchange was given to none.
    pub(super) backend: Option<Arc<Destination>>,
    /// Whether that backend's outcome is still to be recorded.
    pub(super) is_tried: bool,
    /// Whether the exchange waits in the queue of its group.
    pub(super) is_waiting: bool,
    /// The connection that has the exchange now. `None`: the connection is being made.
    pub(super) upstream: Option<Place>,
    /// Whether that connection was used before.
    pub(super) is_reused: bool,
    /// Whether any byte of a response arrived.
    pub(in crate::server) has_begun: bool,
    /// Bytes of the input and of the output of the client's connection, as they were last seen.
    pub(super) client_side: (usize, usize),
    /// Bytes of the input and of the output of the backend's connection, as they were last seen.
    pub(super) backend_side: (usize, usize),
    /// The time at which the exchange was given to that backend.
    pub(super) given: Nanos,
    /// How each backend failed that had the exchange, a sentence or two each.
    pub(super) failed: Vec<String>,
    /// The attempt that is under way, or the last one.
    pub(in crate::server) attempt: AttemptRecord,
}

impl Transfer {
    /// The head of the request, as the client sent it.
    pub(super) fn request_head(&self) -> Request<'_> {
        let edits = self.edits.as_ref();
        Request { edits, ..Request::new(self.exchange, &self.head, &self.head_bytes, self.peer) }
    }
}
