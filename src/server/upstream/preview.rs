//! What a group would make of a request, found without sending it.

use bytes::BytesMut;

use crate::{
    base::stream::Nanos,
    gateway::{Choice, Verdict},
    server::preview::{BackendPreview, ForwardPreview},
    service::Request,
    trace::Refusal,
};

use super::{Gateway, message::target};

impl Gateway {
    /// What the group of this index would make of a request. Nothing is sent or counted. `None`: no such group.
    pub(in crate::server) fn preview(
        &self,
        request: Request<'_>,
        group: usize,
        takes_authorization: bool,
        now: Nanos,
    ) -> Option<ForwardPreview> {
        let (mount, known) = self.groups.get(group)?;
        let choice = known.preview(request.peer, now);
        let waits = choice.chosen.is_none() && choice.is_worth_waiting();
        let Choice { chosen, verdicts } = choice;
        let settings = known.settings();
        // A request that waits is written for a backend that has no room yet.
        let full = || verdicts.iter().position(|verdict| matches!(verdict, Verdict::Full { .. }));
        let head = match (self.refusal(&request), chosen.or_else(full)) {
            (Some(refusal), _) => Err(refusal),
            (None, None) => Err(Refusal::NoBackend),
            (None, Some(index)) => {
                let address = &settings.backends[index].address;
                let mut head = BytesMut::new();
                if let Some(target) = target(&request, mount, address) {
                    let authority = address.authority();
                    self.message(request, &target, &authority, takes_authorization).write(&mut head, None);
                }
                Ok(head.freeze())
            }
        };
        let backends = settings.backends.iter().zip(verdicts);
        let backends = backends.map(|(settings, verdict)| BackendPreview {
            settings: settings.clone(),
            verdict,
            leads_back: false,
        });
        Some(ForwardPreview {
            group: settings.name.as_str().into(),
            policy: settings.policy,
            backends: backends.collect(),
            waits,
            head,
        })
    }
}
