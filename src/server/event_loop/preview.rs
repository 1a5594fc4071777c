//! How the event loop finds what it would make of a request.

use std::net::{IpAddr, Ipv4Addr};

use crate::{
    base::stream::ExchangeId,
    http::{head::slice, replay},
    server::{
        host,
        preview::{Preview, Trial},
    },
    service::Request,
    trace::{MiddlewareSteps, Refusal},
};

use super::EventLoop;

impl EventLoop {
    /// What would be made of a request from this machine, which is read as any other is.
    pub(super) fn preview(&self, trial: Trial) -> Preview {
        let bytes = format!("{} {} HTTP/1.1\r\nHost: {}\r\n\r\n", trial.method, trial.target, trial.host);
        let (bytes, turn) = (bytes.as_bytes(), &self.turn);
        let mut preview = Preview {
            trial,
            refusal: None,
            steps: MiddlewareSteps::default(),
            attempts: Vec::new(),
            forward: None,
        };
        let read = replay::requests(bytes, 0, turn.limits());
        let Some(head) = read.messages.first().and_then(|message| message.head.as_ref()) else {
            preview.refusal = read.violation.map(|violation| violation.rule.into());
            return preview;
        };
        let authority = head.authority.as_ref().map(|range| slice(bytes, range));
        if authority.is_some_and(|authority| !host::is_ours(authority, &turn.hosts)) {
            preview.refusal = Some(Refusal::HostForeign.into());
            return preview;
        }
        let mut request = Request::new(ExchangeId::FIRST, head, bytes, IpAddr::V4(Ipv4Addr::LOCALHOST));
        let (steps, edits) = turn.service.try_middleware(&request, &turn.clock);
        preview.steps = steps;
        request.edits = edits.as_ref();
        let (attempts, group) = turn.service.attempts(request.method_token(), request.path());
        if attempts.is_empty() && request.path() != "*" {
            preview.refusal = Some(Refusal::MethodNotImplemented.into());
        }
        preview.attempts = attempts;
        let takes_authorization = turn.service.asks_for_credentials();
        preview.forward = group
            .and_then(|group| turn.gateway.preview(request, group, takes_authorization, turn.clock.now()));
        for backend in preview.forward.iter_mut().flat_map(|forward| &mut forward.backends) {
            backend.leads_back = self.leads_here(&backend.settings.address);
        }
        preview
    }
}
