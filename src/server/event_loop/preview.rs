//! How the event loop finds what it would make of a request.

use std::net::{IpAddr, Ipv4Addr};

use crossbeam_channel::Sender;

use crate::{
    base::stream::ExchangeId,
    http::{head::slice, replay},
    server::{
        host,
        preview::{Preview, Trial},
    },
    service::{Clock as _, FolderTrial, Request, Trying},
    trace::{MiddlewareSteps, Refusal},
};

use super::EventLoop;

impl EventLoop {
    /// Answers a trial, or has a thread do so that may wait for the folder's disk.
    pub(super) fn answer_trial(&self, trial: Trial, answer: Sender<Preview>) {
        let (mut preview, folder) = self.preview(trial);
        let Some(folder) = folder else {
            // The caller may have stopped waiting for an answer, so a failed send is ignored.
            let _ = answer.send(preview);
            return;
        };
        self.turn.disk.tell(folder.key(), move || {
            preview.attempts.push(folder.run());
            let _ = answer.send(preview);
        });
    }

    /// What would be made of a request from this machine, which is read as any other is.
    fn preview(&self, trial: Trial) -> (Preview, Option<FolderTrial>) {
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
            return (preview, None);
        };
        let authority = head.authority.as_ref().map(|range| slice(bytes, range));
        if authority.is_some_and(|authority| !host::is_ours(authority, &turn.hosts)) {
            preview.refusal = Some(Refusal::HostForeign.into());
            return (preview, None);
        }
        let mut request = Request::new(ExchangeId::FIRST, head, bytes, IpAddr::V4(Ipv4Addr::LOCALHOST));
        let (steps, edits) = turn.service.try_middleware(&request, &turn.clock);
        preview.steps = steps;
        request.edits = edits.as_ref();
        let wall = turn.clock.wall();
        let (attempts, trying) = turn.service.attempts(request.method_token(), request.path(), wall);
        let (group, folder) = match trying {
            Trying::Own => (None, None),
            Trying::Group(group) => (Some(group), None),
            Trying::Folder(folder) => (None, Some(folder)),
        };
        if attempts.is_empty() && folder.is_none() && request.path() != "*" {
            preview.refusal = Some(Refusal::MethodNotImplemented.into());
        }
        preview.attempts = attempts;
        let takes_authorization = turn.service.asks_for_credentials();
        preview.forward = group
            .and_then(|group| turn.gateway.preview(request, group, takes_authorization, turn.clock.now()));
        for backend in preview.forward.iter_mut().flat_map(|forward| &mut forward.backends) {
            backend.leads_back = self.leads_here(&backend.settings.address);
        }
        (preview, folder)
    }
}
