//! The request that a backend is sent, as far as its head and the settings decide.

use std::sync::Arc;

use crate::{
    base::stream::ExchangeId,
    gateway::{Address, Mount, mount},
    http::forward::{ForwardedHost, RequestForward, Target, request::has_passed},
    service::{Disturbance, Request},
    trace::Refusal,
};

use super::Gateway;

impl Gateway {
    /// Why a request is not passed on, whichever group it is for. `None`: nothing speaks against it.
    pub(in crate::server) fn refusal(&self, request: &Request<'_>) -> Option<Refusal> {
        // RFC 9110 §7.6.3: Via is used to find loops.
        if has_passed(request.head, request.bytes, &self.pseudonym) {
            return Some(Refusal::ForwardLoop);
        }
        mount::has_dot_segment(request.path()).then_some(Refusal::PathMalformed)
    }

    /// The target that the backend at `address` is asked for. `None`: the exchange is over.
    pub(in crate::server) fn target(&self, exchange: ExchangeId, address: &Address) -> Option<Target> {
        let transfer = self.transfers.get(&exchange)?;
        target(&transfer.request_head(), &transfer.mount, address)
    }

    /// The request of an exchange, for the backend with this authority. `None`: the exchange is over.
    pub(in crate::server) fn message_of<'a>(
        &'a self,
        exchange: ExchangeId,
        target: &'a Target,
        authority: &'a str,
        takes_authorization: bool,
    ) -> Option<RequestForward<'a>> {
        let request = self.transfers.get(&exchange)?.request_head();
        Some(self.message(request, target, authority, takes_authorization))
    }

    /// What rules of Trouble do to the request of an exchange on its way to the backend. `None`: nothing.
    pub(in crate::server) fn trouble_of(&self, exchange: ExchangeId) -> Option<Arc<Disturbance>> {
        self.transfers.get(&exchange)?.trouble.clone()
    }

    /// A request, for the backend with this authority.
    pub(super) fn message<'a>(
        &'a self,
        request: Request<'a>,
        target: &'a Target,
        authority: &'a str,
        takes_authorization: bool,
    ) -> RequestForward<'a> {
        let keeps_host = self.settings.keeps_host;
        RequestForward {
            head: request.head,
            bytes: request.bytes,
            target,
            // RFC 9112 §3.3: without Host, the authority is the one that the server's configuration names.
            host: if keeps_host && request.head.authority.is_some() {
                ForwardedHost::Kept
            } else {
                ForwardedHost::Rewritten(authority)
            },
            pseudonym: &self.pseudonym,
            forwarded: self.settings.forwarded,
            client: request.peer,
            takes_authorization,
            edits: request.edits.map(|edits| &**edits),
            framing: request.head.framing,
        }
    }
}

/// The target that the backend at `address` is asked for, whose group is mounted at `mount`. `None`: the target is not
/// below the mount.
pub(super) fn target(request: &Request<'_>, mount: &Mount, address: &Address) -> Option<Target> {
    let head = request.head;
    let path = request.path();
    // The path of a target in asterisk-form, or in absolute-form without a path, is empty and has no range.
    if head.path.is_empty() {
        let base = address.base().filter(|_| path != "*").unwrap_or_default();
        let end = head.target.end;
        let copied = head.query.as_ref().map_or(end..end, |query| query.start - 1..query.end);
        return Some(Target { written: format!("{base}{path}").into(), copied });
    }
    let place = &head.path;
    let end = head.query.as_ref().map_or(place.end, |query| query.end) - place.start;
    let mapped = mount.map(path, end as usize, address.base())?;
    let at = |offset: usize| place.start + u32::try_from(offset).unwrap_or(u32::MAX);
    Some(Target { written: mapped.written, copied: at(mapped.copied.start)..at(mapped.copied.end) })
}
